import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import type { Static } from 'typebox'
import * as schema from '../src/cards/schema.ts'
import type { PublishedJwk } from '../src/issuers/index.ts'
import { answer } from './answer.ts'

/**
 * What the verifier is compared with: Fastify with the same schemas and nothing else. `/echo` answers at once;
 * `/bare` does what no verifier can leave out: it takes the token apart, verifies the signature in Node's thread pool
 * and parses the payload.
 */
const app = fastify().withTypeProvider<TypeBoxTypeProvider>()
type Verdict = Static<typeof schema.VerdictBody>
const keys = new Map<string, { key: KeyObject; dsaEncoding: 'ieee-p1363' }>()
/** An answer of the service, so that both sides serialise the same. */
let sample: Verdict | undefined
const route = {
  schema: { headers: schema.VerifyHeaders, body: schema.VerifyBody, response: { 200: schema.VerdictBody } },
}

app.post('/echo', route, async () => verdict())

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
  return { ...verdict(), cardId: jti }
})

const url = await app.listen({ host: '127.0.0.1', port: 0 })

interface Preparation {
  readonly keys: readonly PublishedJwk[]
  readonly verdict: Verdict
}

answer(
  {
    url: () => url,
    prepare(given: Preparation) {
      sample = given.verdict
      for (const jwk of given.keys) {
        keys.set(jwk.kid, { key: createPublicKey({ format: 'jwk', key: { ...jwk } }), dsaEncoding: 'ieee-p1363' })
      }
    },
  },
  () => app.close(),
)

function verdict(): Verdict {
  if (sample === undefined) throw new Error('there is no verdict to answer yet')
  return sample
}

function verifyInPool(data: Buffer, key: { key: KeyObject; dsaEncoding: 'ieee-p1363' }, signature: Buffer) {
  return new Promise<boolean>((done, fail) =>
    verify('sha256', data, key, signature, (error, good) => (error ? fail(error) : done(good))),
  )
}
