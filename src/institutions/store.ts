import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Institution, InstitutionKind, LevelPeriod, Period, RecognitionPeriod, Suspension } from './types.ts'

/** Area of the announcements about the register. */
export const INSTITUTIONS_CHANGED = 'institutions'

/** Takes the next change number and holds the row until the commit, which orders all writers; then all processes hear of it. */
export async function nextChangeNo(tx: Tx): Promise<bigint> {
  await announce(tx, INSTITUTIONS_CHANGED)
  const row = await tx
    .updateTable('institutions_change')
    .set({ change_no: sql`change_no + 1` })
    .returning('change_no as changeNo')
    .executeTakeFirstOrThrow()
  return row.changeNo
}

export async function readChangeNo(db: Db): Promise<bigint> {
  const row = await db.selectFrom('institutions_change').select('change_no as changeNo').executeTakeFirstOrThrow()
  return row.changeNo
}

/** Codes that changed after `changeNo`. */
export async function listChangedCodes(db: Db, changeNo: bigint): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('institutions_institution')
    .select('code')
    .where('change_no', '>', changeNo)
    .execute()
  return rows.map((row) => row.code)
}

/** One page of codes, in code order after `after`. */
export async function listCodes(
  db: Db,
  filter: {
    readonly city?: CityCode | undefined
    readonly kind?: InstitutionKind | undefined
    readonly division?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  },
): Promise<readonly string[]> {
  let query = db.selectFrom('institutions_institution').select('code').orderBy('code').limit(filter.limit)
  if (filter.city !== undefined) query = query.where('city', '=', filter.city)
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
  if (filter.division !== undefined) query = query.where('division', '=', filter.division)
  if (filter.after !== undefined) query = query.where('code', '>', filter.after)
  return (await query.execute()).map((row) => row.code)
}

/** Institutions with their history, in code order. Five statements for any number of codes. */
export async function readInstitutions(db: Db, codes: readonly string[]): Promise<readonly Institution[]> {
  if (codes.length === 0) return []
  const wanted = sql<boolean>`code = any(${codes})`
  const heads = await db
    .selectFrom('institutions_institution')
    .select(['code', 'kind', 'name', 'uscc', 'city', 'division', 'zone'])
    .where(wanted)
    .orderBy('code')
    .execute()
  const levels = await db
    .selectFrom('institutions_level')
    .select(['code', 'from_date as from', 'to_date as to', 'level', 'grade', 'community'])
    .where(wanted)
    .orderBy('from_date')
    .execute()
  const designations = await db
    .selectFrom('institutions_designation')
    .select(['code', 'from_date as from', 'to_date as to'])
    .where(wanted)
    .orderBy('from_date')
    .execute()
  const suspensions = await db
    .selectFrom('institutions_suspension')
    .select(['code', 'from_date as from', 'to_date as to', 'reason'])
    .where(wanted)
    .orderBy('from_date')
    .execute()
  const recognitions = await db
    .selectFrom('institutions_recognition')
    .select(['code', 'insured_city as insuredCity', 'from_date as from', 'to_date as to'])
    .where(wanted)
    .orderBy('insured_city')
    .orderBy('from_date')
    .execute()
  const levelsOf = byCode(levels)
  const designationsOf = byCode(designations)
  const suspensionsOf = byCode(suspensions)
  const recognitionsOf = byCode(recognitions)
  // The check constraints of the tables make the narrower types true.
  return heads.map((head) => ({
    ...head,
    kind: head.kind as InstitutionKind,
    city: head.city as CityCode,
    levels: levelsOf(head.code) as readonly LevelPeriod[],
    designations: designationsOf(head.code),
    suspensions: suspensionsOf(head.code),
    recognitions: recognitionsOf(head.code) as readonly RecognitionPeriod[],
  }))
}

/** Writes many institutions: facts and periods are replaced, suspensions that are already recorded stay as they are. */
export async function replaceInstitutions(
  tx: Tx,
  institutions: readonly Institution[],
  meta: { readonly changeNo: bigint; readonly by: string; readonly at: Date },
): Promise<void> {
  const codes = institutions.map((one) => one.code)
  await tx
    .insertInto('institutions_institution')
    .values(
      institutions.map(({ code, kind, name, uscc, city, division, zone }) => ({
        code,
        kind,
        name,
        uscc,
        city,
        division,
        zone,
        change_no: meta.changeNo,
        updated_at: meta.at,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('code').doUpdateSet((eb) => ({
        kind: eb.ref('excluded.kind'),
        name: eb.ref('excluded.name'),
        uscc: eb.ref('excluded.uscc'),
        city: eb.ref('excluded.city'),
        division: eb.ref('excluded.division'),
        zone: eb.ref('excluded.zone'),
        change_no: eb.ref('excluded.change_no'),
        updated_at: eb.ref('excluded.updated_at'),
      })),
    )
    .execute()
  const replaced = sql<boolean>`code = any(${codes})`
  await tx.deleteFrom('institutions_level').where(replaced).execute()
  await tx.deleteFrom('institutions_designation').where(replaced).execute()
  await tx.deleteFrom('institutions_recognition').where(replaced).execute()
  const levels = rowsOf(
    institutions,
    (one) => one.levels,
    (row) => ({ level: row.level, grade: row.grade, community: row.community }),
  )
  const designations = rowsOf(
    institutions,
    (one) => one.designations,
    () => ({}),
  )
  const recognitions = rowsOf(
    institutions,
    (one) => one.recognitions,
    (row) => ({ insured_city: row.insuredCity }),
  )
  const suspensions = rowsOf(
    institutions,
    (one) => one.suspensions,
    (row) => ({
      reason: row.reason,
      recorded_by: meta.by,
      recorded_at: meta.at,
    }),
  )
  if (levels.length > 0) await tx.insertInto('institutions_level').values(levels).execute()
  if (designations.length > 0) await tx.insertInto('institutions_designation').values(designations).execute()
  if (recognitions.length > 0) await tx.insertInto('institutions_recognition').values(recognitions).execute()
  if (suspensions.length > 0) {
    await tx
      .insertInto('institutions_suspension')
      .values(suspensions)
      .onConflict((conflict) => conflict.columns(['code', 'from_date']).doNothing())
      .execute()
  }
}

/** Locks one institution of a city for a change; undefined where it is not that city's. */
export async function lockInstitution(
  tx: Tx,
  of: { readonly code: string; readonly city: string | undefined },
): Promise<string | undefined> {
  let query = tx.selectFrom('institutions_institution').select('code').where('code', '=', of.code).forUpdate()
  if (of.city !== undefined) query = query.where('city', '=', of.city)
  return (await query.executeTakeFirst())?.code
}

/** False where a suspension that shares a day with this one is recorded already. Call with the institution locked. */
export async function insertSuspension(
  tx: Tx,
  row: { readonly code: string; readonly suspension: Suspension; readonly by: string; readonly at: Date },
): Promise<boolean> {
  const { from, to, reason } = row.suspension
  const clash = await tx
    .selectFrom('institutions_suspension')
    .select('code')
    .where('code', '=', row.code)
    .where(sql<boolean>`daterange(from_date, to_date, '[]') && daterange(${from}::date, ${to}::date, '[]')`)
    .executeTakeFirst()
  if (clash !== undefined) return false
  await tx
    .insertInto('institutions_suspension')
    .values({ code: row.code, from_date: from, to_date: to, reason, recorded_by: row.by, recorded_at: row.at })
    .execute()
  return true
}

export async function markChanged(
  tx: Tx,
  row: { readonly code: string; readonly changeNo: bigint; readonly at: Date },
): Promise<void> {
  await tx
    .updateTable('institutions_institution')
    .set({ change_no: row.changeNo, updated_at: row.at })
    .where('code', '=', row.code)
    .execute()
}

function byCode<Row extends { readonly code: string }>(
  rows: readonly Row[],
): (code: string) => readonly Omit<Row, 'code'>[] {
  const groups = Map.groupBy(rows, (row) => row.code)
  return (code) => (groups.get(code) ?? []).map(({ code: _code, ...rest }) => rest)
}

function rowsOf<P extends Period, Extra extends object>(
  institutions: readonly Institution[],
  periods: (one: Institution) => readonly P[],
  extra: (period: P) => Extra,
): ({ code: string; from_date: string; to_date: string | null } & Extra)[] {
  return institutions.flatMap((one) =>
    periods(one).map((period) => ({
      code: one.code,
      from_date: period.from,
      to_date: period.to,
      ...extra(period),
    })),
  )
}
