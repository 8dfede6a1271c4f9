import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { Type } from 'typebox'
import { afterAll, beforeAll } from 'vitest'
import { allow } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { createServer } from '../../src/http/server.ts'
import { type IdentityKeys, identityRoutes, JWT_BEARER, openTokenKeys } from '../../src/identity/index.ts'
import { type Config, readConfig } from '../../src/kernel/config.ts'
import { deriveSandboxKeyring, type Keyring } from '../../src/kernel/crypto/index.ts'
import type { Database } from '../../src/kernel/db.ts'
import { createLog, type Logger } from '../../src/kernel/log.ts'
import { type ManualClock, manualClock } from '../../src/kernel/time.ts'
import type { TestDatabase } from '../support/database.ts'

export const PUBLIC_URL = 'https://hub.example'
export const TOKEN_URL = `${PUBLIC_URL}/oauth/token`

export interface IdentityDeps {
  readonly config: Config
  readonly clock: ManualClock
  readonly db: Database
  readonly log: Logger
  readonly keyring: Keyring
}

export interface IdentityApp {
  readonly app: App
  readonly deps: IdentityDeps
  readonly keys: IdentityKeys
  readonly lines: string[]
}

/** The service with the identity routes and one route to protect. Its fields are set from `beforeAll` on. */
export function useIdentityApp(database: TestDatabase): IdentityApp {
  const clock = manualClock('2026-03-02T09:00:00+08:00')
  const dataDir = mkdtempSync(join(tmpdir(), 'ymt-identity-'))
  const config = readConfig({ YMT_PUBLIC_URL: PUBLIC_URL, YMT_DATA_DIR: dataDir, YMT_LOG_LEVEL: 'info' })
  const lines: string[] = []
  const log = createLog({ level: 'info', name: 'test' }, { write: (line) => lines.push(line) })
  const parts = {} as { app: App; deps: IdentityDeps; keys: IdentityKeys }

  beforeAll(async () => {
    const deps = { config, clock, db: database.db, log, keyring: deriveSandboxKeyring(join(dataDir, 'keys')) }
    const keys = await openTokenKeys(deps)
    const app = await createServer({ config, clock, log, tokenKeys: keys })
    identityRoutes(app, { ...deps, tokenKeys: keys })
    const Who = Type.Object({ client: Type.String(), institution: Type.Optional(Type.String()) })
    app.get('/probe', {
      config: allow('cards.verify', ['hospital', 'pharmacy']),
      schema: { response: { 200: Who } },
      handler: async ({ caller }) => ({
        client: caller.clientId,
        ...(caller.institution ? { institution: caller.institution } : {}),
      }),
    })
    await app.ready()
    Object.assign(parts, { app, deps, keys })
  })
  afterAll(async () => {
    await parts.app.close()
    await parts.keys.close()
    rmSync(dataDir, { recursive: true })
  })
  return {
    get app() {
      return parts.app
    },
    get deps() {
      return parts.deps
    },
    get keys() {
      return parts.keys
    },
    lines,
  }
}

export type Alg = 'ES256' | 'ES384' | 'RS384' | 'EdDSA'

export interface ClientKey {
  readonly privateJwk: JWK
  readonly publicJwk: JWK
  readonly alg: Alg
}

export async function makeKey(alg: Alg = 'ES256'): Promise<ClientKey> {
  const { privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'ES384'
        ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
        : alg === 'EdDSA'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = privateKey.export({ format: 'jwk' }) as JWK
  const kid = await calculateJwkThumbprint(jwk)
  const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const
  const publicJwk: JWK = Object.fromEntries(publicMembers.filter((name) => jwk[name]).map((name) => [name, jwk[name]]))
  return { alg, privateJwk: { ...jwk, kid, alg }, publicJwk: { ...publicJwk, kid } }
}

export interface Twist {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/** A good assertion, except for what the test changes in it. */
export async function sign(app: IdentityApp, clientId: string, key: ClientKey, twist: Twist = {}): Promise<string> {
  const nowS = app.deps.clock.now().getTime() / 1000
  const claims = { iss: clientId, sub: clientId, aud: TOKEN_URL, jti: randomUUID(), exp: nowS + 60, ...twist.claims }
  return await new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: key.alg, kid: key.privateJwk.kid as string, ...twist.header })
    .sign(await importJWK(key.privateJwk, key.alg))
}

export interface TokenReply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/** Asks the token endpoint, as a client system does. */
export async function ask(app: IdentityApp, assertion: string, form: Record<string, string> = {}): Promise<TokenReply> {
  const response = await app.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: JWT_BEARER,
      client_assertion: assertion,
      ...form,
    }).toString(),
  })
  return { status: response.statusCode, headers: response.headers, body: response.json() }
}

/** Calls the protected route; the status and the error code, if any. */
export async function probe(
  app: IdentityApp,
  token: string,
): Promise<{ status: number; code?: string; client?: string }> {
  const response = await app.app.inject({ url: '/probe', headers: { authorization: `Bearer ${token}` } })
  const { code, client } = response.json() as { code?: string; client?: string }
  return { status: response.statusCode, ...(code ? { code } : {}), ...(client ? { client } : {}) }
}

/** The part of a JWT before or after the first dot. */
export function partOf(token: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString()) as Record<string, unknown>
}
