import { createPublicKey } from 'node:crypto'
import fastifyJwt from '@fastify/jwt'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import pg from 'pg'
import * as schema from '../src/cards/schema.ts'
import type { PublishedJwk } from '../src/issuers/index.ts'
import { answer } from './answer.ts'

/**
 * The verifier that most people would write: @fastify/jwt verifies the card, one query says whether the card is good and
 * whether the holder's city recognises the institution. It is spared much that ours does: it asks nobody who they are,
 * keeps no audit, logs nothing, knows one key of one issuer and takes the periods of the register as open.
 */
const app = fastify().withTypeProvider<TypeBoxTypeProvider>()
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
let institution = ''

interface CardClaims {
  readonly jti: string
  readonly iat: number
  readonly exp: number
}

interface Found {
  readonly city: '510100'
  readonly status: number
  readonly personId: string
  readonly maskedName: string
  readonly insuredCity: '510100'
  readonly recognised: boolean
}

app.post(
  '/naive',
  { schema: { headers: schema.VerifyHeaders, body: schema.VerifyBody, response: { 200: schema.VerdictBody } } },
  async (request) => {
    const card = app.jwt.verify<CardClaims>(request.body.code)
    const { rows } = await pool.query<Found>({
      // A name makes it a prepared statement.
      name: 'card-and-institution',
      text: `select c.city, c.status, c.person_id as "personId", c.masked_name as "maskedName",
                    c.insured_city as "insuredCity", r.code is not null as recognised
             from cards_card c
             left join institutions_recognition r on r.code = $2 and r.insured_city = c.insured_city
             where c.card_id = $1`,
      values: [card.jti, institution],
    })
    const [found] = rows
    const good = found !== undefined && found.status === 0
    return {
      verdict: good ? ('accepted' as const) : ('refused' as const),
      reasons: good ? [] : [{ code: 'revoked', zh: '该卡已作废', en: 'The card is not good' }],
      kind: 'card' as const,
      algorithm: 'ES256' as const,
      cardId: card.jti,
      issuer: found?.city ?? ('510100' as const),
      issuedAt: new Date(card.iat * 1000).toISOString(),
      expiresAt: new Date(card.exp * 1000).toISOString(),
      ...(found === undefined ? {} : { holder: holderOf(found), recognition: recognitionOf(found) }),
      healthCode: { state: 'dormant' as const },
      freshness: FRESH,
      clockSkewS: 5,
    }
  },
)

interface Preparation {
  readonly key: PublishedJwk
  readonly institution: string
}

answer(
  {
    async prepare(given: Preparation) {
      institution = given.institution
      const pem = createPublicKey({ format: 'jwk', key: { ...given.key } }).export({ format: 'pem', type: 'spki' })
      await app.register(fastifyJwt, { secret: { public: pem.toString() }, verify: { algorithms: ['ES256'] } })
      return await app.listen({ host: '127.0.0.1', port: 0 })
    },
  },
  async () => {
    await app.close()
    await pool.end()
  },
)

const holderOf = ({ personId, maskedName, insuredCity }: Found) => ({ personId, maskedName, insuredCity })

const recognitionOf = ({ recognised }: Found) => ({ recognised, reasons: [] })

/** As fresh as its query. */
const FRESH = {
  state: 'fresh' as const,
  keysAgeMs: 0,
  statusAgeMs: 0,
  institutionsAgeMs: 0,
  healthCodesAgeMs: 0,
  policyFrom: '2020-01-01',
  warnAfterS: 10,
  refuseAfterS: 120,
}
