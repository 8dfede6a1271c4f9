import type { Tx } from '../../kernel/db.ts'
import { inTx } from '../../kernel/tx.ts'
import { visitError } from './errors.ts'
import type { VisitLine } from './line-rules.ts'
import { deleteLines, readLines, type VisitKey } from './line-store.ts'
import { isFreeLine, openVisit, type VisitDeps } from './open-visit.ts'
import type { RemoveLinesInput, Sender } from './types.ts'
import { auditVisit } from './visit-audit.ts'

/** Stands for all lines that are not settled. */
const ALL = '0000'

/** 2205, 2302: takes fee lines back that are not settled. */
export async function removeLines(deps: VisitDeps, by: Sender, input: RemoveLinesInput): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    const { kind } = input
    const infno = kind === 'outpatient' ? '2205' : '2302'
    const { visit, claims } = await openVisit(tx, by, input, { kind, infno, now, lock: true })
    const asked = input.kind === 'outpatient' ? input.chrgBchno : input.feedetlSn
    const named =
      asked === ALL
        ? (await readLines(tx, visit)).filter((line) => isFreeLine(line, claims))
        : input.kind === 'outpatient'
          ? await readLines(tx, visit, { batch: asked })
          : await readOne(tx, visit, asked)
    const field = input.kind === 'outpatient' ? 'chrg_bchno' : 'feedetl_sn'
    if (named.length === 0) {
      throw visitError('line-not-found', {
        detail: `${field}: the visit has no such fee lines.`,
        errors: [{ pointer: `/${field}`, detail: 'names no lines of this visit' }],
      })
    }
    if (named.some((line) => !isFreeLine(line, claims))) {
      const missing = kind === 'outpatient' ? '2208' : '2305'
      throw visitError('line-settled', {
        detail: `${field}: settled lines stay; take the settlement back first (${missing}).`,
        errors: [{ pointer: `/${field}`, detail: 'is settled' }],
        meta: { call: infno, missing },
      })
    }
    await deleteLines(
      tx,
      visit,
      named.map((line) => line.feedetlSn),
    )
    await auditVisit(tx, deps, by, { action: 'remove-lines', personId: visit.personId, visitId: visit.id })
  })
}

/**
 * The one line of a serial. A charge goes after its returns, and returns go the last one first: each was split as what it
 * changed in the split of those before it.
 */
async function readOne(tx: Tx, visit: VisitKey, serial: string): Promise<readonly VisitLine[]> {
  const found = await readLines(tx, visit, { serials: [serial] })
  const line = found.find((one) => one.feedetlSn === serial)
  if (line === undefined) return []
  const family = line.initFeedetlSn === null ? found : await readLines(tx, visit, { serials: [line.initFeedetlSn] })
  if (family.at(-1)?.feedetlSn !== serial) {
    throw visitError('line-returned', {
      detail: 'feedetl_sn: later returns of this line stand; take them back first (2302), the last one first.',
      errors: [{ pointer: '/feedetl_sn', detail: 'has later returns' }],
      meta: { call: '2302', missing: '2302' },
    })
  }
  return [line]
}
