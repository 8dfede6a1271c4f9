import type { Database } from '../kernel/db.ts'
import { type Clock, localDate } from '../kernel/time.ts'
import { type VerifyOptions, verifyLedger } from './verify.ts'

type Write = (line: string) => void

/** A line of progress at most this often. */
const TELL_EVERY_MS = 1000

/**
 * `ledger verify`: proves the ledger and reports to a person. True where everything holds.
 *
 * @param tell progress, beside the report
 */
export async function runLedgerVerify(
  db: Database,
  clock: Clock,
  { write, tell, anchors = [] }: { readonly write: Write; readonly tell: Write } & Pick<VerifyOptions, 'anchors'>,
): Promise<boolean> {
  const began = clock.now().getTime()
  let told = began
  const report = await verifyLedger(db, {
    anchors,
    progress: (done, of) => {
      const now = clock.now().getTime()
      if (now - told < TELL_EVERY_MS) return
      told = now
      const rate = Math.round(done / ((now - began) / 1000))
      tell(`${done} of some ${of} journals (${Math.floor((done / Math.max(of, 1)) * 100)} %), ${rate} per second`)
    },
  })
  for (const { kind, what } of report.faults) write(`${kind.padEnd(12)} ${what}`)
  if (report.more) write('… and more of the same kind')
  for (const head of report.heads) write(`head         ${head.book} ${head.month} ${head.no} ${head.hash}`)
  if (anchors.length > 0) write(`anchors      ${anchors.length} links kept elsewhere were compared`)
  const unsealed = report.journals - report.sealed
  write(
    `ledger ${report.ok ? 'ok' : 'BROKEN'} on ${localDate(clock.now())}: ${report.journals} journals, ${unsealed} waiting to be sealed, ${report.faults.length} differences`,
  )
  return report.ok
}
