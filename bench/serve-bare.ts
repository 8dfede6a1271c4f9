import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import * as schema from '../src/cards/schema.ts'
import { answer } from './answer.ts'

/**
 * What the verifier is compared with: Fastify with the same schemas and nothing else. `/echo` answers at once;
 * `/bare` does what no verifier can leave out: it takes the token apart, verifies the signature in Node's thread pool
 * and parses the payload.
 */
const app = fastify().withTypeProvider<TypeBoxTypeProvider>()
const keys = new Map<string, { key: KeyObject; dsaEncoding: 'ieee-p1363' }>()
const route = {
  schema: { headers: schema.VerifyHeaders, body: schema.VerifyBody, response: { 200: schema.VerdictBody } },
}

app.post('/echo', route, async () => verdictOf('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'))

app.post('/bare', route, async (request) => {
  const { code } = request.body
  const [header = '', payload = '', signature = ''] = code.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  const key = keys.get(kid)
  const good =
    key !== undefined &&
    (await verifyInPool(Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
  if (!good) throw new Error('the signature is not good')
  const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string }
  return verdictOf(jti)
})

const url = await app.listen({ host: '127.0.0.1', port: 0 })

answer(
  {
    url: () => url,
    keys: (published: readonly { kid: string; kty: string; crv: string; x: string; y: string }[]) => {
      for (const { kid, kty, crv, x, y } of published) {
        keys.set(kid, {
          key: createPublicKey({ format: 'jwk', key: { kty, crv, x, y } }),
          dsaEncoding: 'ieee-p1363',
        })
      }
    },
  },
  () => app.close(),
)

function verifyInPool(data: Buffer, key: { key: KeyObject; dsaEncoding: 'ieee-p1363' }, signature: Buffer) {
  return new Promise<boolean>((done, fail) =>
    verify('sha256', data, key, signature, (error, good) => (error ? fail(error) : done(good))),
  )
}

/** As large as a real verdict, so that both sides serialise the same. */
function verdictOf(cardId: string) {
  return {
    verdict: 'accepted' as const,
    reasons: [],
    kind: 'card' as const,
    cardId,
    issuer: '510100' as const,
    expiresAt: '2031-11-24T07:01:00.000Z',
    holder: { personId: cardId, maskedName: '张*明', insuredCity: '510100' as const },
    recognition: { recognised: true, reasons: [] },
    freshness: { state: 'fresh' as const, cardsAgeMs: 250, institutionsAgeMs: 250, warnAfterS: 60, refuseAfterS: 3600 },
  }
}
