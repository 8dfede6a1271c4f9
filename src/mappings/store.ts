import { type SelectQueryBuilder, sql } from 'kysely'
import type { DB, Db, Tx } from '../kernel/db.ts'
import type { CodeMapping, MappingDraft, MappingRecord, MappingState, Party } from './types.ts'

/** Rows of one statement: each has some twenty parameters, and PostgreSQL takes 65,535. */
const CHUNK = 1_000

/** Orders all writers of one institution: versions and periods are decided on what is there. */
export async function lockInstitution(tx: Tx, institution: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`mappings/${institution}`}, 0))`.execute(tx)
}

/** Confirmed mappings of an institution that hold on a day of the test; without a day, of all days. */
export async function readMappings(
  db: Db,
  institution: string,
  day?: string,
  codes?: readonly { readonly localSystem: string; readonly localCode: string }[],
): Promise<readonly CodeMapping[]> {
  let query = db
    .selectFrom('mappings_code')
    .select(MAPPING_COLUMNS)
    .where('institution', '=', institution)
    .where('state', '=', 'confirmed')
    .orderBy('mapping_id')
  if (day !== undefined) {
    query = query
      .where('from_date', '<=', day)
      .where((eb) => eb.or([eb('to_date', 'is', null), eb('to_date', '>=', day)]))
  }
  if (codes !== undefined) query = whereCode(query, codes)
  return await query.execute()
}

const MAPPING_COLUMNS = [
  'institution',
  'laboratory',
  'local_system as localSystem',
  'local_code as localCode',
  'specimen',
  'method',
  'item',
  'loinc',
  'unit',
  'ucum',
  'factor',
  'range_source as rangeSource',
  'version',
  'from_date as from',
  'to_date as to',
] as const

/** Codes of mappings that were confirmed or retired at this instant: those of one request. */
export async function readChangedAt(
  db: Db,
  institution: string,
  at: Date,
): Promise<readonly { readonly localSystem: string; readonly localCode: string }[]> {
  return await db
    .selectFrom('mappings_code')
    .select(['local_system as localSystem', 'local_code as localCode'])
    .distinct()
    .where('institution', '=', institution)
    .where((eb) => eb.or([eb('confirmed_at', '=', at), eb('retired_at', '=', at), eb('ended_at', '=', at)]))
    .execute()
}

export interface RecordFilter {
  readonly institution: string
  readonly ids?: readonly string[]
  /** Rows of these local codes, whatever their specimen or method. */
  readonly codes?: readonly { readonly localSystem: string; readonly localCode: string }[]
  readonly state?: MappingState | undefined
  readonly localCode?: string | undefined
  readonly after?: string | undefined
  readonly limit?: number
}

/** Rows with who stands for them, in the order in which they were made. */
export async function readRecords(db: Db, filter: RecordFilter): Promise<readonly MappingRecord[]> {
  let query = db
    .selectFrom('mappings_code')
    .selectAll()
    .where('institution', '=', filter.institution)
    .orderBy('mapping_id')
  const { ids, codes, state, localCode, after } = filter
  if (ids !== undefined) query = query.where(sql<boolean>`mapping_id = any(${ids}::uuid[])`)
  if (codes !== undefined) query = whereCode(query, codes)
  if (state !== undefined) query = query.where('state', '=', state)
  if (localCode !== undefined) query = query.where('local_code', '=', localCode)
  if (after !== undefined) query = query.where('mapping_id', '>', after)
  if (filter.limit !== undefined) query = query.limit(filter.limit)
  return (await query.execute()).map((row) => ({
    mappingId: row.mapping_id,
    institution: row.institution,
    laboratory: row.laboratory,
    localSystem: row.local_system,
    localCode: row.local_code,
    specimen: row.specimen,
    method: row.method,
    item: row.item,
    loinc: row.loinc,
    unit: row.unit,
    ucum: row.ucum,
    factor: row.factor,
    rangeSource: row.range_source,
    display: row.display,
    version: row.version,
    from: row.from_date,
    to: row.to_date,
    state: row.state as MappingState,
    proposedBy: { clientId: row.proposed_client, officer: row.proposed_officer },
    confirmedBy: partyOf(row.confirmed_client, row.confirmed_officer),
    retiredBy: partyOf(row.retired_client, row.retired_officer),
  }))
}

function whereCode<O>(
  query: SelectQueryBuilder<DB, 'mappings_code', O>,
  codes: readonly { readonly localSystem: string; readonly localCode: string }[],
): SelectQueryBuilder<DB, 'mappings_code', O> {
  const systems = codes.map((one) => one.localSystem)
  const local = codes.map((one) => one.localCode)
  return query.where(
    sql<boolean>`(local_system, local_code) in (select * from unnest(${systems}::text[], ${local}::text[]))`,
  )
}

const partyOf = (clientId: string | null, officer: string | null): Party | null =>
  clientId === null || officer === null ? null : { clientId, officer }

export interface NewMapping extends MappingDraft {
  readonly mappingId: string
  readonly institution: string
  readonly version: number
}

export async function insertProposals(tx: Tx, rows: readonly NewMapping[], by: Party, at: Date): Promise<void> {
  for (let start = 0; start < rows.length; start += CHUNK) {
    await tx
      .insertInto('mappings_code')
      .values(
        rows.slice(start, start + CHUNK).map((row) => ({
          mapping_id: row.mappingId,
          institution: row.institution,
          laboratory: row.laboratory,
          local_system: row.localSystem,
          local_code: row.localCode,
          specimen: row.specimen,
          method: row.method,
          version: row.version,
          item: row.item,
          loinc: row.loinc,
          unit: row.unit,
          ucum: row.ucum,
          factor: row.factor,
          range_source: row.rangeSource,
          display: row.display,
          state: 'proposed',
          from_date: row.from,
          to_date: row.to,
          proposed_client: by.clientId,
          proposed_officer: by.officer,
          proposed_at: at,
        })),
      )
      .execute()
  }
}

export async function confirmRows(tx: Tx, ids: readonly string[], by: Party, at: Date): Promise<void> {
  await tx
    .updateTable('mappings_code')
    .set({
      state: 'confirmed',
      confirmed_client: by.clientId,
      confirmed_officer: by.officer,
      confirmed_at: at,
    })
    .where(sql<boolean>`mapping_id = any(${ids}::uuid[])`)
    .execute()
}

/** Counts for no day any more, as if it had never been confirmed. */
export async function retireRows(tx: Tx, ids: readonly string[], by: Party, at: Date): Promise<void> {
  if (ids.length === 0) return
  await tx
    .updateTable('mappings_code')
    .set({ state: 'retired', retired_client: by.clientId, retired_officer: by.officer, retired_at: at })
    .where(sql<boolean>`mapping_id = any(${ids}::uuid[])`)
    .execute()
}

/** Ends periods; each row keeps counting for tests up to its last day. */
export async function endRows(
  tx: Tx,
  rows: readonly { readonly mappingId: string; readonly lastDay: string }[],
  at: Date,
): Promise<void> {
  if (rows.length === 0) return
  const ids = rows.map((row) => row.mappingId)
  const days = rows.map((row) => row.lastDay)
  await sql`update mappings_code m set to_date = e.last_day, ended_at = ${at}
    from unnest(${ids}::uuid[], ${days}::date[]) as e(mapping_id, last_day)
    where m.mapping_id = e.mapping_id`.execute(tx)
}
