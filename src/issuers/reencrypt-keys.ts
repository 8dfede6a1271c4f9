import { needsReencryption, reencryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { placeOf } from './make-key.ts'
import { readIssuers, readKeys, replacePrivateKey } from './store.ts'

/** Brings the private keys of all issuers, a few dozen, under the active field key; returns how many it changed. */
export async function reencryptIssuerKeys(deps: Pick<Deps, 'db' | 'keyring'>): Promise<number> {
  return await inTx(deps.db, async (tx) => {
    let moved = 0
    for (const { city } of await readIssuers(tx)) {
      for (const { kid, privateKeyEncrypted } of await readKeys(tx, city)) {
        if (!needsReencryption(deps.keyring, privateKeyEncrypted)) continue
        const renewed = reencryptField(deps.keyring, privateKeyEncrypted, placeOf(kid))
        await replacePrivateKey(tx, { kid, privateKeyEncrypted: renewed })
        moved++
      }
    }
    return moved
  })
}
