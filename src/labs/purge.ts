import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import type { LabsDeps } from './caller.ts'
import { deleteClass, insertProofs, type PurgeClass, pruneMessages } from './purge-store.ts'
import { type PolicyName, readPolicy } from './store.ts'

const DAY_MS = 86_400_000
/** Rows of one transaction, so that a long-neglected table never holds its locks for long. */
const BATCH = 1_000

const CLASSES: readonly (readonly [PurgeClass, PolicyName])[] = [
  ['report', 'report-days'],
  // A report's history is kept as long as reports are.
  ['version', 'report-days'],
  ['review', 'review-days'],
]

/** Deletes what is older than the policy holds it, with a proof for each institution and batch. */
export async function purgeOld(deps: Pick<LabsDeps, 'db' | 'clock' | 'log'>): Promise<void> {
  const now = deps.clock.now()
  const policy = await readPolicy(deps.db, localDate(now))
  const cutoffOf = (days: number): Date => new Date(now.getTime() - days * DAY_MS)
  for (const [name, figureName] of CLASSES) {
    const figure = policy.get(figureName)
    // Without a figure nothing is taken and nothing deleted: somebody has to say what holds.
    if (figure === undefined) continue
    const cutoff = cutoffOf(figure.value)
    for (let gone = BATCH; gone === BATCH; ) {
      const purged = await inTx(deps.db, async (tx) => {
        const rows = await deleteClass(tx, name, { cutoff, cutoffDay: localDate(cutoff), limit: BATCH })
        await insertProofs(tx, name, rows, figure, now)
        return rows
      })
      gone = purged.reduce((sum, one) => sum + one.count, 0)
      for (const { institution, count } of purged) {
        deps.log.info({ area: 'labs', verb: 'purge', class: name, institution, count }, 'rows were purged')
      }
    }
  }
  const messages = policy.get('message-days')
  if (messages === undefined) return
  while ((await pruneMessages(deps.db, cutoffOf(messages.value), BATCH)) === BATCH);
}
