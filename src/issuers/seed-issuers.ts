import { CITIES } from '../codes/index.ts'
import { inTx } from '../kernel/tx.ts'
import { type KeyDeps, makeKey } from './make-key.ts'
import { insertIssuer, markIssuerChanged, readKeys } from './store.ts'
import { issuerName, type KeyAlgorithm, type KeyUse } from './types.ts'

/** Each use has a key of its own: a leaked code key makes no cards. */
const FIRST_KEYS: readonly { readonly use: KeyUse; readonly alg: KeyAlgorithm }[] = [
  { use: 'card', alg: 'ES256' },
  { use: 'code', alg: 'ES256' },
  { use: 'status', alg: 'ES256' },
  { use: 'health', alg: 'ES256' },
  { use: 'bundle', alg: 'ES256' },
  { use: 'card', alg: 'EdDSA' },
  { use: 'code', alg: 'EdDSA' },
  { use: 'card', alg: 'SM2-SM3' },
  { use: 'code', alg: 'SM2-SM3' },
]

/** Sets up the four issuing cities with their first keys; what is there stays as it is. */
export async function seedIssuers(deps: KeyDeps): Promise<void> {
  await inTx(deps.db, async (tx) => {
    for (const { code: city } of CITIES) {
      await insertIssuer(tx, { city, issuer: issuerName(city) })
      await markIssuerChanged(tx, city)
      const rows = await readKeys(tx, city)
      for (const { use, alg } of FIRST_KEYS) {
        if (rows.some((row) => row.alg === alg && row.uses.includes(use))) continue
        await makeKey(deps, tx, { city, uses: [use], alg, activeFrom: deps.clock.now(), retiredAt: null })
      }
    }
  })
}
