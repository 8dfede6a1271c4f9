import { generateKeyPairSync } from 'node:crypto'
import type { Role } from '../../src/http/access.ts'
import {
  type IdentityKeys,
  mintAccessToken,
  type RegisterClient,
  registerClient,
  SCOPES_BY_ROLE,
} from '../../src/identity/index.ts'
import type { Deps } from '../../src/kernel/deps.ts'

export interface TokenFor {
  /** National code; hospitals and pharmacies get one of Deyang when it is left out. */
  readonly institution?: string
  /** City code; Deyang when it is left out. */
  readonly city?: string
  /** Left out: all scopes of the role. Any scope may be asked for, also one that the role cannot be granted. */
  readonly scopes?: readonly string[]
  readonly clientId?: string
}

const CODES: Partial<Record<Role, string>> = { hospital: 'H51060300001', pharmacy: 'P51060300001' }

/**
 * Tokens for tests without a round trip through /oauth/token: the client is registered when it is first asked for,
 * the token is signed directly.
 */
export function tokenMinter(
  deps: Pick<Deps, 'db' | 'clock' | 'config'>,
  keys: IdentityKeys,
): (role: Role, options?: TokenFor) => Promise<string> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwks = { keys: [publicKey.export({ format: 'jwk' })] }
  const registered = new Map<string, Promise<void>>()

  return async (role, options = {}) => {
    const institution = options.institution ?? CODES[role]
    const city = role === 'operator' ? options.city : (options.city ?? '510600')
    const clientId = options.clientId ?? ['test', role, institution, city].filter(Boolean).join('-').toLowerCase()
    const client: RegisterClient = { clientId, role, institution, city, jwks }
    const ready = registered.get(clientId) ?? registerClient(deps, client).then(() => keys.refresh())
    registered.set(clientId, ready)
    await ready
    return await mintAccessToken(
      keys,
      {
        issuer: deps.config.publicUrl,
        clientId,
        role,
        institution,
        city,
        scopes: options.scopes ?? SCOPES_BY_ROLE[role],
      },
      deps.clock,
    )
  }
}
