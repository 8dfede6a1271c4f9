import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { Pool } from 'undici'
import { afterAll, beforeAll } from 'vitest'
import { seedCards } from '../../src/cards/index.ts'
import { CODE_TYPE } from '../../src/cards/token.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { type KeyAlgorithm, seedIssuers } from '../../src/issuers/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import type { TestDatabase } from '../support/database.ts'

/** What a counter asks for: a token of all that a hospital may do would be most of each request. */
const COUNTER = ['cards.verify', 'cards.read', 'institutions.read']

export const CITY = '510100'
export const institutions = generateInstitutions('attack')
export const hospitalCode = institutions.find((one) => one.recordHolder)?.code ?? ''

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly requestId: string
}

/** The whole API, listening, with cards of real people in all algorithms. */
export function useServed(database: TestDatabase) {
  const lines: string[] = []
  const api = useApp(database, {
    onLog: (line) => {
      if (/"level":"(error|fatal)"/.test(line)) lines.push(line)
    },
    env: {
      YMT_RATE_PER_ADDRESS_MINUTE: '10000000',
      YMT_RATE_PER_MINUTE: '10000000',
      YMT_BODY_LIMIT_BYTES: '9000000',
    },
    seed: async (deps) => {
      await seedIssuers(deps)
      await seedInstitutions(deps, institutions)
      await seedPeople(deps, generatePeople('attack', 12))
    },
  })
  const cards: Partial<Record<KeyAlgorithm, readonly string[]>> = {}
  let pool: Pool | undefined
  let url = ''
  let authorization = ''

  beforeAll(async () => {
    const rows = await database.db.selectFrom('people_person').select('person_id').execute()
    const personIds = rows.map((row) => row.person_id)
    for (const alg of ['ES256', 'EdDSA', 'SM2-SM3'] as const) {
      const issued = await seedCards({ ...api.deps, ...api.live }, { city: CITY, personIds, alg })
      cards[alg] = issued.map((one) => one.card)
    }
    await api.refresh()
    await api.live.cards.warmed()
    url = await api.app.listen({ host: '127.0.0.1', port: 0 })
    pool = new Pool(url, { connections: 8, pipelining: 1, headersTimeout: 10_000, bodyTimeout: 10_000 })
    authorization = (await api.token('hospital', { institution: hospitalCode, scopes: COUNTER })).authorization
    // A lane takes only callers whose token it has seen.
    await ask('/cards/verify', '{"code":"x"}')
  })
  afterAll(async () => pool?.destroy())

  async function ask(
    path: string,
    body: string | Buffer,
    headers: Record<string, string> = {},
    method: 'POST' | 'PUT' | 'GET' = 'POST',
  ): Promise<Answer> {
    if (pool === undefined) throw new Error('the server listens from beforeAll on')
    const reply = await pool.request({
      path,
      method,
      headers: { 'content-type': 'application/json', authorization, ...headers },
      body,
    })
    const text = await reply.body.text()
    return {
      status: reply.statusCode,
      type: String(reply.headers['content-type'] ?? ''),
      requestId: String(reply.headers['x-request-id'] ?? ''),
      text,
    }
  }

  return {
    api,
    /** Lines of the log that say that something went wrong. */
    lines,
    ask,
    get url() {
      return url
    },
    get authorization() {
      return authorization
    },
    card: (at: number, alg: KeyAlgorithm = 'ES256'): string => cards[alg]?.[at] ?? '',
    async verify(body: object): Promise<{ verdict: string; reasons: { code: string }[] }> {
      return JSON.parse((await ask('/cards/verify', JSON.stringify(body))).text)
    },
    /** A dynamic code of a card, as its issuer makes it. */
    async code(card: string, alg: KeyAlgorithm = 'ES256'): Promise<string> {
      const { iss, jti, idx } = JSON.parse(Buffer.from(card.split('.')[1] ?? '', 'base64url').toString())
      const iat = Math.floor(api.deps.clock.now().getTime() / 1000)
      const payload = { iss, sub: jti, jti: randomBytes(16).toString('base64url'), iat, exp: iat + 60, idx }
      return (await api.live.issuerKeys.sign({ city: CITY, use: 'code', typ: CODE_TYPE, payload, alg })).token
    },
    /** Everything that the server says to these bytes until it hangs up or `quietMs` pass without a word. */
    async raw(bytes: string | Buffer, quietMs = 500): Promise<string> {
      const { port } = new URL(url)
      return await new Promise((done) => {
        let said = ''
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
        socket.setTimeout(quietMs, () => socket.destroy())
        socket.on('data', (chunk: Buffer) => void (said += chunk.toString('latin1')))
        socket.on('error', () => undefined)
        socket.on('close', () => done(said))
      })
    },
  }
}
