import { generateKeyPairSync } from 'node:crypto'
import { Writable } from 'node:stream'
import { exportJWK, SignJWT } from 'jose'
import type { App } from '../../src/http/app-type.ts'
import { ACCESS_TOKEN_TYPE } from '../../src/http/auth.ts'
import { createServer } from '../../src/http/server.ts'
import { createLog } from '../../src/kernel/log.ts'
import { systemClock } from '../../src/kernel/time.ts'
import { testConfig } from './deps.ts'

/** The HTTP layer alone, with one key and no slice; a test adds its own routes. */
export async function bareServer(env: Record<string, string> = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const config = testConfig({ YMT_LOG_LEVEL: 'info', ...env })
  let lines = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines += chunk.toString()
      done()
    },
  })
  const app: App = await createServer({
    config,
    clock: systemClock,
    log: createLog({ level: config.logLevel, name: 'test' }, sink),
    tokenKeys: {
      signing: () => ({ kid: 'k1', privatePem }),
      publicPem: (kid) => (kid === 'k1' ? publicPem : undefined),
      admits: () => true,
    },
  })
  const seconds = (): number => Math.floor(systemClock.now().getTime() / 1000)
  const token = async (
    claims: {
      subject?: string
      role?: string
      scope?: string
      iss?: string
      aud?: string
      ttl?: number
      kid?: string
      alg?: string
    } = {},
  ) =>
    await new SignJWT({
      role: claims.role ?? 'hospital',
      scope: claims.scope ?? 'shop.read shop.write',
      inst: 'H51010499001',
    })
      .setProtectedHeader({ alg: claims.alg ?? 'ES256', kid: claims.kid ?? 'k1', typ: ACCESS_TOKEN_TYPE })
      .setSubject(claims.subject ?? 'client-1')
      .setIssuer(claims.iss ?? config.publicUrl)
      .setAudience(claims.aud ?? config.publicUrl)
      .setJti(Math.random().toString(36))
      .setIssuedAt(seconds())
      .setExpirationTime(seconds() + (claims.ttl ?? 300))
      .sign(claims.alg === 'HS256' ? Buffer.from(publicPem) : privateKey)
  return { app, token, publicJwk: await exportJWK(publicKey), logLines: () => lines }
}
