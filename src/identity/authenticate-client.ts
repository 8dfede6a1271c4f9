import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from 'jose'
import type { Deps } from '../kernel/deps.ts'
import { looksPersonal } from '../kernel/log.ts'
import { type Client, isClientId } from './client.ts'
import { oauthError } from './errors.ts'
import { checkAssertionClaims } from './rules.ts'
import { readClient, useAssertion } from './store.ts'

/** One text for every reason: who holds no key must not learn which clients and keys there are. The log says which. */
const UNPROVEN = 'the assertion is not signed with a registered key of a registered client'

export interface Assertion {
  readonly text: string
  /** The token endpoint's address. */
  readonly audience: string
  /** `client_id` of the request, where it sends one. */
  readonly clientId?: string | undefined
  readonly algorithms: readonly string[]
}

/**
 * Authenticates a client by its signed assertion (RFC 7523 §3, SMART Backend Services) and uses the assertion up.
 * Fails closed: where the database does not answer there is no token.
 *
 * @throws AppError `oauth.invalid_client`, saying which rule is broken to whom has proved to hold a client's key.
 */
export async function authenticateClient(
  deps: Pick<Deps, 'db' | 'clock' | 'config' | 'log'>,
  assertion: Assertion,
): Promise<Client> {
  const { alg, kid, sub } = peek(assertion.text)
  if (typeof alg !== 'string' || !assertion.algorithms.includes(alg)) {
    throw refuse(`alg must be one of ${assertion.algorithms.join(', ')}`)
  }
  if (typeof kid !== 'string') throw refuse('kid is required in the header of the assertion')
  if (typeof sub !== 'string') throw refuse('iss and sub must both be the client id')
  // RFC 7521 §4.2: a client_id that is sent as well must name the same client.
  if (assertion.clientId !== undefined && assertion.clientId !== sub)
    throw refuse('client_id is not the sub of the assertion')

  const unproven = (reason: string, cause?: unknown) => {
    deps.log.info({ client: loggable(sub), reason }, 'client not authenticated')
    return refuse(UNPROVEN, cause)
  }
  const client = await readClient(deps.db, sub)
  if (client === undefined) throw unproven('no client with this id is registered')
  const key = client.keys.find((one) => one.kid === kid)
  if (key === undefined) throw unproven('kid names no registered key of this client')
  // The algorithm belongs to the registered key. A header that could choose it would let a public key serve as the
  // secret of an HMAC (RFC 8725 §2.1).
  if (key.alg !== alg) throw unproven(`the key that kid names signs with ${key.alg}`)

  const nowS = deps.clock.now().getTime() / 1000
  const skewS = deps.config.clockSkewS
  const claims = await verifySignature(assertion.text, await importJWK(key, key.alg), key.alg).catch(
    (cause: unknown) => {
      throw unproven('the signature does not fit the key that kid names', cause)
    },
  )
  // From here on it is the client itself that asks, and may know what is wrong.
  if (client.status !== 'active') throw refuse('the client is suspended')
  const reasons = checkAssertionClaims(claims, { clientId: sub, audience: assertion.audience, nowS, skewS })
  if (reasons.length > 0) throw refuse(reasons.join('; '))

  const { jti, exp } = claims as { jti: string; exp: number }
  const expiresAt = new Date((exp + skewS) * 1000)
  if (!(await useAssertion(deps.db, { clientId: sub, jti, expiresAt }))) {
    throw refuse('jti was used before: sign a new assertion for each request')
  }
  return client
}

/** What has to be known before the signature can be checked; nothing of it is trusted. */
function peek(text: string): { alg: unknown; kid: unknown; sub: unknown } {
  try {
    const { alg, kid } = decodeProtectedHeader(text)
    return { alg, kid, sub: decodeJwt(text).sub }
  } catch (cause) {
    throw refuse('client_assertion is not a signed JWT in compact form', cause)
  }
}

async function verifySignature(
  text: string,
  key: Awaited<ReturnType<typeof importJWK>>,
  alg: string,
): Promise<Record<string, unknown>> {
  const { payload } = await compactVerify(text, key, { algorithms: [alg] })
  return JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>
}

/** What somebody sent as a client's name goes to the log only where it can be one. */
function loggable(sub: string): string {
  return isClientId(sub) && !looksPersonal(sub) ? sub : '(no client id)'
}

function refuse(detail: string, cause?: unknown) {
  return oauthError('invalid_client', { detail, cause })
}
