import { blindIndexes, needsReencryption } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { inTx } from '../kernel/tx.ts'
import {
  type CarrierPlace,
  claimNumber,
  deleteOldCarrierIndexes,
  readCarriersAfter,
  replaceNumber,
} from './carrier-store.ts'
import { indexType } from './carriers.ts'
import { openNumber, sealNumber } from './register-carrier.ts'
import { CARD_STATUS } from './types.ts'

const A_BATCH = 500

/**
 * Brings the next carriers to the active field key and under all live index keys. A batch is a transaction of its own and
 * finds what is done already.
 */
export async function reencryptCarriers(
  deps: Pick<Deps, 'db' | 'keyring'>,
  batch: { readonly after: CarrierPlace | null; readonly limit: number },
): Promise<{ readonly moved: number; readonly next: CarrierPlace | null }> {
  const { keyring } = deps
  return await inTx(deps.db, async (tx) => {
    const rows = await readCarriersAfter(tx, batch.after, batch.limit)
    let moved = 0
    for (const row of rows) {
      const { personId, carrierId } = row
      const number = openNumber(keyring, row)
      if (needsReencryption(keyring, row.numberEncrypted)) {
        await replaceNumber(tx, { personId, carrierId, numberEncrypted: sealNumber(keyring, carrierId, number) })
        moved++
      }
      // A revoked one without any index row was registered by mistake: its number stays free.
      if (row.status === CARD_STATUS.revoked && row.indexKeyIds.length === 0) continue
      const missing = blindIndexes(keyring, { type: indexType(row.kind), normalForm: number }).filter(
        (index) => !row.indexKeyIds.includes(index.keyId),
      )
      if (missing.length > 0) moved += await claimNumber(tx, { personId, carrierId, indexes: missing })
    }
    const last = rows.at(-1)
    const next = rows.length < batch.limit || last === undefined ? null : last
    return { moved, next: next && { personId: next.personId, carrierId: next.carrierId } }
  })
}

/** The change of field and index keys for carriers: passes go on, while the ring holds older keys, until one moves nothing. */
export function carrierUpkeep(deps: Pick<Deps, 'db' | 'keyring' | 'log'>): Periodic[] {
  const { field, index } = deps.keyring
  let after: CarrierPlace | null = null
  let moved = 0
  let done = field.byId.size === 1 && index.byId.size === 1
  return [
    {
      name: 'cards.reencrypt-carriers',
      everyMs: 10_000,
      run: async () => {
        if (done) return
        const step = await reencryptCarriers(deps, { after, limit: A_BATCH })
        moved += step.moved
        after = step.next
        if (after !== null) return
        done = moved === 0
        deps.log.info({ area: 'cards', verb: 'reencrypt-carriers', moved, done }, 'a pass over all carriers ended')
        moved = 0
      },
    },
    {
      name: 'cards.forget-old-indexes',
      everyMs: 6 * 3_600_000,
      run: () => deleteOldCarrierIndexes(deps.db, { active: index.active.id, live: [...index.byId.keys()] }),
    },
  ]
}
