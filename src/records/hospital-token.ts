import { randomUUID } from 'node:crypto'
import { importJWK, type JWK, SignJWT } from 'jose'
import type { Dispatcher } from 'undici'
import { isObject } from '../fhir/index.ts'
import { decryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { openBudget } from './budget.ts'
import { classifyFailure, type Failure, ofStatus, securityFailure, structureFailure } from './classify-failure.ts'
import { type HospitalRequest, sendRequest } from './send-request.ts'
import { keyPlace } from './signing-key.ts'
import type { Hospital } from './types.ts'

export type TokenReply = { readonly token: string } | { readonly failure: Failure }

export interface TokenDesk {
  get(): Promise<TokenReply>
  /** Forgets the token, e.g. after a 401: the hospital may have been restarted. */
  drop(): void
}

type BackendServices = Extract<Hospital['auth'], { kind: 'backend-services' }>

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const SCOPE = 'system/Patient.rs system/DiagnosticReport.rs system/Observation.rs system/Specimen.rs'
/** A token this close to its end is not used: the request would arrive with a dead one. */
const MARGIN_MS = 30_000
const ASSERTION_LIFE_S = 240
const TOKEN_DEADLINE_MS = 3_000
const TOKEN_MAX_BYTES = 65_536

/** Our own fault, e.g. a key under a master key that is gone: no verdict on the hospital. */
const UNSIGNED: Failure = {
  code: 'exception',
  text: 'The hub could not sign its request for a token of the hospital.',
  verdict: 'neutral',
}

/**
 * Access tokens for one hospital (SMART Backend Services, client side). One is fetched at a time and serves every
 * search until shortly before it ends; its request has a deadline of its own, for it must not die with the first of
 * the searches that wait for it.
 */
export function createTokenDesk(
  deps: Pick<Deps, 'clock' | 'keyring' | 'log'>,
  hospital: Hospital & { readonly auth: BackendServices },
  agent: Dispatcher,
): TokenDesk {
  let kept: { readonly token: string; readonly until: number } | undefined
  let running: Promise<TokenReply> | undefined

  const fetchToken = async (): Promise<TokenReply> => {
    const { auth } = hospital
    const endpoint = auth.tokenUrl === null ? await discover(hospital, agent) : { tokenUrl: auth.tokenUrl }
    if ('failure' in endpoint) return endpoint
    const assertion = await sign(deps, hospital, endpoint.tokenUrl).catch((error: unknown) => {
      deps.log.error({ err: error, institution: hospital.institution }, 'an assertion to a hospital was not signed')
    })
    if (assertion === undefined) return { failure: UNSIGNED }
    const reply = await sendForm(agent, endpoint.tokenUrl, {
      grant_type: 'client_credentials',
      scope: SCOPE,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
    })
    if ('failure' in reply) return reply
    const { access_token: token, expires_in: life } = reply.body
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token) || typeof life !== 'number') {
      return { failure: structureFailure("The hospital's token endpoint gave no usable token.") }
    }
    kept = { token, until: deps.clock.now().getTime() + life * 1000 - MARGIN_MS }
    return { token }
  }

  return {
    async get() {
      if (kept !== undefined && kept.until > deps.clock.now().getTime()) return { token: kept.token }
      running ??= fetchToken().finally(() => {
        running = undefined
      })
      return await running
    },
    drop() {
      kept = undefined
    },
  }
}

async function sign(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  { institution, auth }: Hospital & { readonly auth: BackendServices },
  tokenUrl: string,
): Promise<string> {
  const jwk = JSON.parse(decryptField(deps.keyring, auth.privateKey, keyPlace(institution))) as JWK
  const now = Math.floor(deps.clock.now().getTime() / 1000)
  return await new SignJWT({})
    .setProtectedHeader({ alg: auth.publicJwk.alg, kid: auth.publicJwk.kid, typ: 'JWT' })
    .setIssuer(auth.clientId)
    .setSubject(auth.clientId)
    .setAudience(tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_LIFE_S)
    .sign(await importJWK(jwk, auth.publicJwk.alg))
}

/** The token endpoint as the hospital publishes it. A discovered one must lie at the hospital's own origin. */
async function discover(
  hospital: Hospital,
  agent: Dispatcher,
): Promise<{ readonly tokenUrl: string } | { readonly failure: Failure }> {
  const reply = await send(agent, `${hospital.baseUrl}/.well-known/smart-configuration`, { method: 'GET' })
  if ('failure' in reply) return reply
  const url = reply.body['token_endpoint']
  if (typeof url !== 'string' || !URL.canParse(url)) {
    return { failure: structureFailure('The hospital publishes no token endpoint.') }
  }
  if (new URL(url).origin !== new URL(hospital.baseUrl).origin) {
    return {
      failure: securityFailure("The hospital's token endpoint lies at another origin; register it to allow it."),
    }
  }
  return { tokenUrl: url }
}

const sendForm = (agent: Dispatcher, url: string, form: Readonly<Record<string, string>>) =>
  send(agent, url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })

async function send(
  agent: Dispatcher,
  url: string,
  init: Pick<HospitalRequest, 'method' | 'body'> & { readonly headers?: HospitalRequest['headers'] },
): Promise<{ readonly body: Readonly<Record<string, unknown>> } | { readonly failure: Failure }> {
  const budget = openBudget(TOKEN_DEADLINE_MS, TOKEN_MAX_BYTES)
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', ...init.headers }
  try {
    const { status, bytes } = await sendRequest(agent, { ...init, url, headers }, budget)
    // A refused assertion is a matter of rights, not a broken system: RFC 6749 §5.2 answers it 400 or 401.
    if (status === 400) return { failure: ofStatus(403) }
    if (status !== 200) return { failure: ofStatus(status) }
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(body)
      ? { body }
      : { failure: structureFailure('The token endpoint did not answer with an object.') }
  } catch (error) {
    if (error instanceof SyntaxError)
      return { failure: structureFailure('The token endpoint did not answer with JSON.') }
    return { failure: classifyFailure(error) }
  } finally {
    budget.close()
  }
}
