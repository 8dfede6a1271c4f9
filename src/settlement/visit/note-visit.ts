import { inTx } from '../../kernel/tx.ts'
import { visitError } from './errors.ts'
import { openVisit, type VisitDeps } from './open-visit.ts'
import { assertPast, invalid, readTime } from './read-fields.ts'
import { MED_TYPES, needsDisease } from './rules.ts'
import type { Diagnosis, NoteVisitInput, Sender, VisitKind } from './types.ts'
import { auditVisit } from './visit-audit.ts'
import { updateVisit } from './visit-store.ts'

/** Most diagnoses that a visit keeps: diag_srt_no has two digits, and there are three kinds. */
const MOST_DIAGNOSES = 300

export function assertMedType(kind: VisitKind, medType: string): void {
  if (!MED_TYPES[kind].includes(medType)) {
    throw invalid('/med_type', `must be one of ${MED_TYPES[kind].join(', ')} for this kind of visit`)
  }
}

/** Later ones replace earlier ones of the same type and number; one that is voided (vali_flag 0) goes. */
export function mergeDiagnoses(earlier: readonly Diagnosis[], sent: readonly Diagnosis[]): readonly Diagnosis[] {
  const nameOf = ({ diagType, diagSrtNo }: Diagnosis): string => `${diagType}/${diagSrtNo}`
  const merged = new Map(earlier.map((one) => [nameOf(one), one]))
  for (const one of sent) {
    if (one.valiFlag === '0') merged.delete(nameOf(one))
    else merged.set(nameOf(one), kept(one))
  }
  if (merged.size > MOST_DIAGNOSES) throw invalid('/diseinfo', `more than ${MOST_DIAGNOSES} diagnoses`)
  return [...merged.values()]
}

/** Codes, not words: texts of diagnoses may say anything, and nothing decides on them. */
const kept = ({
  diagType,
  diagSrtNo,
  diagCode,
  maindiagFlag,
  diagDept,
  diseDorNo,
  diagTime,
}: Diagnosis): Diagnosis => ({
  diagType,
  diagSrtNo,
  diagCode,
  ...(maindiagFlag === undefined ? {} : { maindiagFlag }),
  ...(diagDept === undefined ? {} : { diagDept }),
  ...(diseDorNo === undefined ? {} : { diseDorNo }),
  ...(diagTime === undefined ? {} : { diagTime }),
})

/** 2203: the kind of care and the diagnoses of an outpatient visit; sent again, diagnoses are added, replaced or voided. */
export async function noteVisit(deps: VisitDeps, by: Sender, input: NoteVisitInput): Promise<void> {
  assertMedType('outpatient', input.medType)
  const diseCodg = input.diseCodg === '' ? undefined : input.diseCodg
  if (needsDisease(input.medType) && diseCodg === undefined) throw invalid('/dise_codg', 'is required with med_type 14')
  const now = deps.clock.now()
  assertPast(readTime(input.begntime, '/begntime'), now, '/begntime')
  await inTx(deps.db, async (tx) => {
    const { visit, state } = await openVisit(tx, by, input, { kind: 'outpatient', infno: '2203', now, lock: true })
    const hasLines = !['registered', 'noted'].includes(state)
    if (hasLines && (visit.medType !== input.medType || visit.diseCodg !== (diseCodg ?? visit.diseCodg))) {
      // One med_type per visit: lines were split and may be settled as what the visit was.
      throw visitError('out-of-order', {
        detail: 'med_type and dise_codg of a visit with fee lines stay: take the lines back first (2205).',
        meta: { call: '2203', state, missing: '2205' },
      })
    }
    await updateVisit(tx, visit, {
      medType: input.medType,
      ...(hasLines ? {} : { diseCodg: diseCodg ?? null }),
      notedAt: now,
      diagnoses: mergeDiagnoses(visit.diagnoses, input.diseinfo),
    })
    await auditVisit(tx, deps, by, { action: 'note', personId: visit.personId, visitId: visit.id })
  })
}
