import { sql } from 'kysely'
import type { Db, Tx } from '../../kernel/db.ts'
import { plainArray } from '../../kernel/pg-array.ts'
import type { Diagnosis, VisitKind } from './types.ts'

/** What of a visit is only told again. */
export interface VisitTold {
  readonly medrcdno?: string | undefined
  readonly atddrNo?: string | undefined
  readonly caty?: string | undefined
  readonly admDeptCodg?: string | undefined
  readonly admDeptName?: string | undefined
  readonly admBed?: string | undefined
  readonly dscgMaindiagCode?: string | undefined
  readonly dscgDeptCodg?: string | undefined
  readonly dscgDeptName?: string | undefined
  readonly dscgBed?: string | undefined
  readonly dscgWay?: string | undefined
  readonly dieDate?: string | undefined
  readonly oprnOprtCode?: string | undefined
}

export interface VisitRow {
  readonly personId: string
  readonly id: string
  readonly institution: string
  readonly treatmentCity: string
  readonly insuredCity: string
  readonly kind: VisitKind
  readonly iptOtpNo: string | null
  readonly insutype: string
  readonly psnType: string
  readonly medType: string | null
  readonly diseCodg: string | null
  readonly mdtrtCertType: string
  readonly begunAt: Date
  readonly endedAt: Date | null
  readonly notedAt: Date | null
  readonly cancelledAt: Date | null
  readonly told: VisitTold
  readonly diagnoses: readonly Diagnosis[]
}

export type NewVisit = Omit<VisitRow, 'endedAt' | 'notedAt' | 'cancelledAt'>

export async function insertVisit(tx: Tx, visit: NewVisit, at: Date): Promise<void> {
  await tx
    .insertInto('settlement_visit')
    .values({
      person_id: visit.personId,
      id: visit.id,
      institution: visit.institution,
      treatment_city: visit.treatmentCity,
      insured_city: visit.insuredCity,
      kind: visit.kind,
      ipt_otp_no: visit.iptOtpNo,
      insutype: visit.insutype,
      psn_type: visit.psnType,
      med_type: visit.medType,
      dise_codg: visit.diseCodg,
      mdtrt_cert_type: visit.mdtrtCertType,
      begun_at: visit.begunAt,
      facts: JSON.stringify(visit.told),
      diagnoses: JSON.stringify(visit.diagnoses),
      created_at: at,
    })
    .execute()
}

const columns = (db: Db) =>
  db
    .selectFrom('settlement_visit')
    .select([
      'person_id as personId',
      'id',
      'institution',
      'treatment_city as treatmentCity',
      'insured_city as insuredCity',
      'kind',
      'ipt_otp_no as iptOtpNo',
      'insutype',
      'psn_type as psnType',
      'med_type as medType',
      'dise_codg as diseCodg',
      'mdtrt_cert_type as mdtrtCertType',
      'begun_at as begunAt',
      'ended_at as endedAt',
      'noted_at as notedAt',
      'cancelled_at as cancelledAt',
      'facts as told',
      'diagnoses',
    ])
    .$castTo<VisitRow>()

const isOneOf = (personIds: readonly string[]) => sql<boolean>`person_id = any(${plainArray(personIds)}::uuid[])`

/** A visit of a person (by any of its ids) at an institution; `lock` holds it until the transaction ends. */
export async function readVisit(
  db: Db,
  of: { readonly personIds: readonly string[]; readonly visitId: string; readonly institution: string },
  lock: boolean,
): Promise<VisitRow | undefined> {
  return await columns(db)
    .where(isOneOf(of.personIds))
    .where('id', '=', of.visitId)
    .where('institution', '=', of.institution)
    .$if(lock, (query) => query.forUpdate())
    .executeTakeFirst()
}

/** What changed in a visit; the rest stays. */
export async function updateVisit(
  tx: Tx,
  { personId, id }: Pick<VisitRow, 'personId' | 'id'>,
  change: Partial<
    Pick<VisitRow, 'medType' | 'diseCodg' | 'begunAt' | 'endedAt' | 'notedAt' | 'cancelledAt' | 'told' | 'diagnoses'>
  >,
): Promise<void> {
  await tx
    .updateTable('settlement_visit')
    .set({
      ...(change.medType === undefined ? {} : { med_type: change.medType }),
      ...(change.diseCodg === undefined ? {} : { dise_codg: change.diseCodg }),
      ...(change.begunAt === undefined ? {} : { begun_at: change.begunAt }),
      ...(change.endedAt === undefined ? {} : { ended_at: change.endedAt }),
      ...(change.notedAt === undefined ? {} : { noted_at: change.notedAt }),
      ...(change.cancelledAt === undefined ? {} : { cancelled_at: change.cancelledAt }),
      ...(change.told === undefined ? {} : { facts: JSON.stringify(change.told) }),
      ...(change.diagnoses === undefined ? {} : { diagnoses: JSON.stringify(change.diagnoses) }),
    })
    .where('person_id', '=', personId)
    .where('id', '=', id)
    .execute()
}

/** Takes a number of the institution for a visit; false where another visit has it. Waits for a rival's end. */
export async function takeNumber(
  tx: Tx,
  row: { readonly institution: string; readonly iptOtpNo: string; readonly personId: string; readonly visitId: string },
): Promise<boolean> {
  const done = await tx
    .insertInto('settlement_visit_number')
    .values({
      institution: row.institution,
      ipt_otp_no: row.iptOtpNo,
      person_id: row.personId,
      visit_id: row.visitId,
    })
    .onConflict((conflict) => conflict.columns(['institution', 'ipt_otp_no']).doNothing())
    .executeTakeFirst()
  return done.numInsertedOrUpdatedRows === 1n
}

/** Who has a number of the institution. */
export async function readNumber(
  db: Db,
  institution: string,
  iptOtpNo: string,
): Promise<{ readonly personId: string; readonly visitId: string } | undefined> {
  return await db
    .selectFrom('settlement_visit_number')
    .select(['person_id as personId', 'visit_id as visitId'])
    .where('institution', '=', institution)
    .where('ipt_otp_no', '=', iptOtpNo)
    .executeTakeFirst()
}

export async function freeNumber(tx: Tx, institution: string, iptOtpNo: string): Promise<void> {
  await tx
    .deleteFrom('settlement_visit_number')
    .where('institution', '=', institution)
    .where('ipt_otp_no', '=', iptOtpNo)
    .execute()
}

/** Most visits of one answer: some years of one person at one institution, or the beds of a large hospital. */
const MOST_SHOWN = 5000

/** Visits of a person at an institution that began in a time; cancelled ones are not told. */
export async function findVisits(
  db: Db,
  of: {
    readonly personIds: readonly string[]
    readonly institution: string
    readonly from: Date
    readonly to: Date
    readonly medType?: string | undefined
    readonly visitId?: string | undefined
  },
): Promise<readonly VisitRow[]> {
  return await columns(db)
    .where(isOneOf(of.personIds))
    .where('institution', '=', of.institution)
    .where('begun_at', '>=', of.from)
    .where('begun_at', '<=', of.to)
    .where('cancelled_at', 'is', null)
    .$if(of.medType !== undefined, (query) => query.where('med_type', '=', of.medType ?? ''))
    .$if(of.visitId !== undefined, (query) => query.where('id', '=', of.visitId ?? ''))
    .orderBy('begun_at')
    .limit(MOST_SHOWN)
    .execute()
}

/** Who is in hospital now, by the index of just those. */
export async function findInHospital(
  db: Db,
  of: {
    readonly personIds: readonly string[] | undefined
    readonly institution: string
    readonly from: Date
    readonly to: Date
  },
): Promise<readonly VisitRow[]> {
  return await columns(db)
    .where('institution', '=', of.institution)
    .where('kind', '=', 'inpatient')
    .where('ended_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .where('begun_at', '>=', of.from)
    .where('begun_at', '<=', of.to)
    .$if(of.personIds !== undefined, (query) => query.where(isOneOf(of.personIds ?? [])))
    .orderBy('begun_at')
    .limit(MOST_SHOWN)
    .execute()
}

/** Whether a stay of the area is settled only after its end on a day; undefined where no row is in force. */
export async function readDischargeFirst(db: Db, area: string, date: string): Promise<boolean | undefined> {
  const row = await db
    .selectFrom('settlement_visit_policy')
    .select('value')
    .where('area', '=', area)
    .where('item', '=', 'discharge_before_settlement')
    .where('effective_from', '<=', sql<string>`${date}::date`)
    .where((eb) => eb.or([eb('effective_to', 'is', null), eb('effective_to', '>=', sql<string>`${date}::date`)]))
    .orderBy('effective_from', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.value
}
