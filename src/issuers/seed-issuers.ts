import { CITIES, type CityCode } from '../codes/index.ts'
import { inTx } from '../kernel/tx.ts'
import { auditKey, type KeyCaller } from './audit-key.ts'
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

/** What was missing before. */
export interface IssuerSetup {
  readonly issuers: readonly CityCode[]
  readonly keys: readonly {
    readonly city: CityCode
    readonly use: KeyUse
    readonly alg: KeyAlgorithm
    readonly kid: string
  }[]
}

/**
 * Sets up the four issuing cities with their first keys; what is there stays as it is, so a hub of before gets the uses and
 * algorithms that it does not have yet. With `by` each new key leaves an audit event.
 */
export async function seedIssuers(deps: KeyDeps, by?: KeyCaller): Promise<IssuerSetup> {
  return await inTx(deps.db, async (tx) => {
    const issuers: CityCode[] = []
    const keys: IssuerSetup['keys'][number][] = []
    for (const { code: city } of CITIES) {
      if (await insertIssuer(tx, { city, issuer: issuerName(city) })) issuers.push(city)
      await markIssuerChanged(tx, city)
      const rows = await readKeys(tx, city)
      for (const { use, alg } of FIRST_KEYS) {
        if (rows.some((row) => row.alg === alg && row.uses.includes(use))) continue
        const { kid } = await makeKey(deps, tx, {
          city,
          uses: [use],
          alg,
          activeFrom: deps.clock.now(),
          retiredAt: null,
        })
        if (by !== undefined) await auditKey(tx, deps.clock, by, { action: 'issuers.make-key', kid })
        keys.push({ city, use, alg, kid })
      }
    }
    return { issuers, keys }
  })
}
