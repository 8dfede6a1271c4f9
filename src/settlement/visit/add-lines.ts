import type { Tx } from '../../kernel/db.ts'
import { inTx } from '../../kernel/tx.ts'
import { factsOfSender } from './begin-visit.ts'
import { visitError } from './errors.ts'
import { splitCharge, splitReturn, type UnsplitLine, type VisitLine } from './line-rules.ts'
import { insertLines, type KnownClaim, readBatches, readLines } from './line-store.ts'
import { isFreeLine, openVisit, type VisitDeps } from './open-visit.ts'
import { invalid } from './read-fields.ts'
import { lineRepeated, resolveLines, showSplit, toldOf } from './resolve-lines.ts'
import { needsDisease } from './rules.ts'
import type { AddLinesInput, FeeLine, LineSplit, Sender } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import type { VisitRow } from './visit-store.ts'

/** Where the sender's lines stand in its message. */
const NODE = 'feedetail'

/** Some months of intensive care; a bill is settled in memory. */
const MOST_LINES_OF_VISIT = 20_000

/**
 * 2204, 2301: fee lines, split on arrival by the catalogue of the place of treatment. A batch of an outpatient visit comes
 * whole, in one call; several batches may. Answers the split in the sender's order.
 */
export async function addLines(deps: VisitDeps, by: Sender, input: AddLinesInput): Promise<readonly LineSplit[]> {
  const { kind } = input
  const { city } = factsOfSender(deps, by)
  const lines = resolveLines(deps, { institution: by.institution, city }, input.feedetail, NODE)
  if (kind === 'outpatient') assertBatches(lines)
  return await inTx(deps.db, async (tx) => {
    const now = deps.clock.now()
    const infno = kind === 'outpatient' ? '2204' : '2301'
    const opened = await openVisit(tx, by, input, { kind, infno, now, lock: true })
    const { visit, claims } = opened
    if (opened.lines + lines.length > MOST_LINES_OF_VISIT) {
      throw invalid(`/${NODE}`, `a visit has at most ${MOST_LINES_OF_VISIT} lines`)
    }
    if (kind === 'outpatient') await assertNewBatches(tx, visit, lines)
    const split = await splitLines(tx, visit, claims, lines)
    await writeLines(tx, visit, split, input.feedetail, now)
    await auditVisit(tx, deps, by, { action: 'add-lines', personId: visit.personId, visitId: visit.id })
    return split.map(showSplit)
  })
}

/** Writes split lines; refuses all where one of the serials is in use. */
export async function writeLines(
  tx: Tx,
  visit: Pick<VisitRow, 'personId' | 'id'>,
  lines: readonly VisitLine[],
  sent: readonly FeeLine[],
  now: Date,
  node = NODE,
): Promise<void> {
  const told = lines.map((line) => ({ ...line, told: toldOf(sent[line.no] as FeeLine) }))
  const written = await insertLines(tx, visit, told, now)
  if (written.size < lines.length) {
    throw lineRepeated(
      lines
        .filter((line) => !written.has(line.feedetlSn))
        .map((line) => ({ pointer: `/${node}/${line.no}/feedetl_sn`, detail: 'is in use in this visit' })),
    )
  }
}

/** Every line has its batch, and each batch one disease. */
function assertBatches(lines: readonly UnsplitLine[]): void {
  const diseases = new Map<string, string | null>()
  for (const { chrgBchno, diseCodg, initFeedetlSn, no } of lines) {
    const place = `/${NODE}/${no}`
    if (chrgBchno === null || chrgBchno === '0000') throw invalid(`${place}/chrg_bchno`, 'is no batch')
    if (initFeedetlSn !== null) throw invalid(`${place}/init_feedetl_sn`, 'outpatient lines are taken back with 2205')
    const known = diseases.get(chrgBchno)
    if (known !== undefined && known !== diseCodg) throw invalid(`${place}/dise_codg`, 'a batch has one dise_codg')
    diseases.set(chrgBchno, diseCodg)
  }
}

async function assertNewBatches(tx: Tx, visit: VisitRow, lines: readonly UnsplitLine[]): Promise<void> {
  if (needsDisease(visit.medType ?? '')) {
    const without = lines.find((line) => line.diseCodg === null)
    if (without !== undefined) throw invalid(`/${NODE}/${without.no}/dise_codg`, 'is required with med_type 14')
  }
  const batches = [...new Set(lines.flatMap((line) => line.chrgBchno ?? []))]
  const known = await readBatches(tx, visit, batches)
  if (known.length > 0) {
    throw visitError('batch-sent', {
      detail: `chrg_bchno ${known[0]}: was sent before. A batch is sent whole: take it back (2205) and send it again.`,
      errors: known.map((batch) => ({
        pointer: `/${NODE}/${lines.find((line) => line.chrgBchno === batch)?.no}/chrg_bchno`,
        detail: 'was sent before',
      })),
      meta: { call: '2204', missing: '2205' },
    })
  }
}

async function splitLines(
  tx: Tx,
  visit: VisitRow,
  claims: readonly KnownClaim[],
  lines: readonly UnsplitLine[],
): Promise<readonly VisitLine[]> {
  const returned = [...new Set(lines.flatMap((line) => line.initFeedetlSn ?? []))]
  const known = returned.length === 0 ? [] : [...(await readLines(tx, visit, { serials: returned }))]
  return lines.map((line) => {
    if (line.initFeedetlSn === null) {
      const charge = splitCharge(line, visit.treatmentCity)
      known.push(charge)
      return charge
    }
    const split = splitOneReturn(line, known, claims, visit.treatmentCity)
    known.push(split)
    return split
  })
}

function splitOneReturn(
  line: UnsplitLine,
  known: readonly VisitLine[],
  claims: readonly KnownClaim[],
  city: string,
): VisitLine {
  const place = `/${NODE}/${line.no}`
  const original = known.find((one) => one.feedetlSn === line.initFeedetlSn && one.initFeedetlSn === null)
  if (original === undefined) {
    throw visitError('line-not-found', {
      detail: `${place.slice(1)}/init_feedetl_sn: the visit has no such line.`,
      errors: [{ pointer: `${place}/init_feedetl_sn`, detail: 'is no charge of this visit' }],
    })
  }
  if (!isFreeLine(original, claims)) {
    throw visitError('line-settled', {
      detail: `${place.slice(1)}/init_feedetl_sn: the line is settled; take the settlement back first (2305).`,
      errors: [{ pointer: `${place}/init_feedetl_sn`, detail: 'is settled' }],
      meta: { call: '2301', missing: '2305' },
    })
  }
  if (original.medListCodg !== line.medListCodg)
    throw invalid(`${place}/med_list_codg`, 'is not that of the line returned')
  if (original.pric !== line.pric) throw invalid(`${place}/pric`, 'is not that of the line returned')
  const earlier = known.filter((one) => one.initFeedetlSn === original.feedetlSn)
  // The terms of the charge, not those of the day of its return.
  const { chrgitmLv, selfpayProp, pricUplmtAmt, lmtUsedFlag, medChrgitmType, listType, catalogueRow, hospApprFlag } =
    original
  const terms = {
    chrgitmLv,
    selfpayProp,
    pricUplmtAmt,
    lmtUsedFlag,
    medChrgitmType,
    listType,
    catalogueRow,
    hospApprFlag,
  }
  const split = splitReturn({ ...line, ...terms }, original, earlier, city)
  if (split === undefined) {
    throw visitError('return-too-large', {
      detail: `${place.slice(1)}/cnt: more than is left of the line returned.`,
      errors: [{ pointer: `${place}/cnt`, detail: 'is more than is left' }],
    })
  }
  return split
}
