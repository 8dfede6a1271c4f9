import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { reencryptIssuerKeys } from './reencrypt-keys.ts'

export function issuersPeriodic(deps: Pick<Deps, 'db' | 'keyring' | 'log'>): Periodic[] {
  return [
    {
      name: 'issuers.reencrypt-keys',
      everyMs: 60_000,
      run: async () => {
        const moved = await reencryptIssuerKeys(deps)
        if (moved > 0) deps.log.info({ area: 'issuers', verb: 'reencrypt-keys', moved }, 'issuer keys re-encrypted')
      },
    },
  ]
}
