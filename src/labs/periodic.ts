import { encryptField, reencryptField } from '../kernel/crypto/index.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { inTx } from '../kernel/tx.ts'
import type { LabsDeps } from './caller.ts'
import { purgeOld } from './purge.ts'
import { replaceSealed, type SealedColumn, takeStale } from './reencrypt-store.ts'
import { SEALED } from './seal.ts'

const HOUR_MS = 3_600_000
const ROWS_A_BATCH = 200
const BATCHES_A_TICK = 20
/** IV and tag: what a ciphertext of nothing has behind its header. */
const IV_AND_TAG = 28

/** Upkeep of held results: what is too old goes, and what stands under an older key is written under the active one. */
export function labsPeriodics(deps: Pick<LabsDeps, 'db' | 'clock' | 'log' | 'keyring'>): Periodic[] {
  const { keyring } = deps
  const columns = Object.keys(SEALED) as SealedColumn[]
  const place = SEALED.reportFacts('header')
  const sample = encryptField(keyring, '', place)
  const header = sample.subarray(0, sample.length - IV_AND_TAG)
  let done = keyring.field.byId.size === 1

  const reencrypt = async (): Promise<void> => {
    for (let batch = 0; batch < BATCHES_A_TICK && !done; batch++) {
      let moved = 0
      for (const column of columns) {
        moved += await inTx(deps.db, async (tx) => {
          const rows = await takeStale(tx, column, header, ROWS_A_BATCH)
          const sealed = rows.map(({ id, value }) => ({
            id,
            value: reencryptField(keyring, value, SEALED[column](id)),
          }))
          await replaceSealed(tx, column, sealed)
          return rows.length
        })
      }
      done = moved === 0
      if (done) deps.log.info({ area: 'labs', verb: 'reencrypt' }, 'held results need the older keys no more')
    }
  }
  return [
    { name: 'labs.purge', everyMs: HOUR_MS, run: () => purgeOld(deps) },
    { name: 'labs.reencrypt', everyMs: 10_000, run: reencrypt },
  ]
}
