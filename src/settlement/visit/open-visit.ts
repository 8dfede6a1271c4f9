import type { Db } from '../../kernel/db.ts'
import type { Deps } from '../../kernel/deps.ts'
import { localDate } from '../../kernel/time.ts'
import { fromWireId } from '../../kernel/wire-id.ts'
import { idsOfPerson } from '../../people/index.ts'
import type { Settlement } from '../open-settlement.ts'
import { readPsnNo } from './check-patient.ts'
import { visitError } from './errors.ts'
import { countLinesByClaim, type KnownClaim, readVisitClaims } from './line-store.ts'
import { stateOf, stepOf } from './rules.ts'
import type { Sender, VisitKind, VisitName } from './types.ts'
import { readDischargeFirst, readVisit, type VisitRow } from './visit-store.ts'

/** What the verbs of a visit need. */
export type VisitDeps = Pick<Deps, 'db' | 'clock' | 'outbox' | 'keyring' | 'config'> & {
  readonly settlement: Settlement
}

/** A visit as it stands. */
export interface OpenVisit {
  readonly visit: VisitRow
  readonly claims: readonly KnownClaim[]
  readonly state: string
  /** How many lines it has. */
  readonly lines: number
}

/** A visit of the sender's; that of another institution, and of another person, is as unknown as none. */
export async function findVisit(db: Db, by: Sender, { psnNo, mdtrtId }: VisitName, lock: boolean): Promise<VisitRow> {
  const visitId = fromWireId(mdtrtId)
  const personIds = await idsOfPerson(db, readPsnNo(psnNo))
  const visit =
    visitId === undefined ? undefined : await readVisit(db, { personIds, visitId, institution: by.institution }, lock)
  if (visit === undefined) {
    throw visitError('not-found', {
      detail: 'mdtrt_id: your institution has no such visit of this person.',
      errors: [{ pointer: '/mdtrt_id', detail: 'is no visit of psn_no at your institution' }],
    })
  }
  return visit
}

/** Transactions that begin a visit of each kind. */
const BEGINS: Readonly<Record<VisitKind, string>> = { outpatient: '2201', inpatient: '2401', pharmacy: '2102' }

/**
 * Opens a visit for a transaction of the interface: finds it, computes its state from its lines and from what became of its
 * claims, and refuses a call that is out of order. Locked, the state holds until the end of the caller's transaction;
 * a settlement may get its answer meanwhile, and then what was refused for waiting may come.
 *
 * @throws `visit.out-of-order` naming what comes first
 */
export async function openVisit(
  db: Db,
  by: Sender,
  name: VisitName,
  call: { readonly kind: VisitKind; readonly infno: string; readonly now: Date; readonly lock: boolean },
): Promise<OpenVisit> {
  const visit = await findVisit(db, by, name, call.lock)
  if (visit.kind !== call.kind) {
    throw visitError('other-kind', {
      detail: `${call.infno.slice(0, 4)} is for a visit that ${BEGINS[call.kind]} began; this one began with ${BEGINS[visit.kind]}.`,
      meta: { call: call.infno.slice(0, 4), missing: BEGINS[call.kind] },
    })
  }
  const claims = await readVisitClaims(db, [visit])
  const linesOf = await countLinesByClaim(db, visit)
  const stateOfClaim = new Map(claims.map((claim) => [claim.claimId, claim.state]))
  const isFree = (claimId: string | null): boolean =>
    claimId === null || !['pending', 'settled'].includes(stateOfClaim.get(claimId) ?? '')
  const state = stateOf({
    kind: visit.kind,
    cancelled: visit.cancelledAt !== null,
    noted: visit.notedAt !== null,
    ended: visit.endedAt !== null,
    open: [...linesOf].some(([claimId, lines]) => lines > 0 && isFree(claimId)),
    pending: claims.some((claim) => claim.state === 'pending'),
    settled: claims.some((claim) => claim.state === 'settled'),
  })
  const dischargeFirst =
    call.infno !== '2304' || (await assertDischargeFirst(db, visit.treatmentCity, localDate(call.now)))
  assertOrder(visit.kind, state, call.infno, dischargeFirst)
  return { visit, claims, state, lines: [...linesOf.values()].reduce((sum, lines) => sum + lines, 0) }
}

async function assertDischargeFirst(db: Db, area: string, day: string): Promise<boolean> {
  const value = await readDischargeFirst(db, area, day)
  if (value === undefined) {
    throw visitError('policy-missing', {
      detail: `No row of ${area} says whether a stay is settled after its end (discharge_before_settlement).`,
    })
  }
  return value
}

function assertOrder(kind: VisitKind, state: string, infno: string, dischargeFirst: boolean): void {
  const step = stepOf(kind, state, infno, dischargeFirst)
  const call = infno.slice(0, 4)
  switch (step) {
    case 'ok':
      return
    case 'done':
      throw visitError('done-already', { detail: `${call} has been done for this visit.`, meta: { call, state } })
    case 'wait':
      throw visitError('outcome-open', {
        detail: 'A settlement of this visit has no outcome yet: ask 5203, then send again.',
        meta: { call, state, missing: '5203' },
        retryAfter: 1,
      })
    default:
      throw visitError('out-of-order', {
        detail: `${call} is out of order: ${step} must come first.`,
        meta: { call, state, missing: step },
      })
  }
}

/** Whether no claim holds a line or will: those of a refused or reversed one are free again. */
export const isFreeLine = (
  line: { readonly claimId: string | null },
  claims: readonly Pick<KnownClaim, 'claimId' | 'state'>[],
): boolean => {
  const claim = claims.find((one) => one.claimId === line.claimId)
  return line.claimId === null || claim === undefined || claim.state === 'refused' || claim.state === 'reversed'
}
