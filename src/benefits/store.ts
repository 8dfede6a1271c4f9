import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { ParameterItem, ParameterRow, ParameterValue } from './parameters.ts'

/** Which rows to load; everything is optional, and nothing given means the whole policy. */
export interface ParameterFilter {
  readonly city?: string
  readonly insutype?: string
  /** Only rows in force on this day. */
  readonly on?: string
}

/** Policy rows by id. The whole policy is some hundreds of rows: it is read once into a book, not per claim. */
export const loadParameters = async (db: Db, filter: ParameterFilter = {}): Promise<ParameterRow[]> => {
  const { city, insutype, on } = filter
  const rows = await db
    .selectFrom('benefits_parameter')
    .select([
      'id',
      'version',
      'city',
      'insutype',
      'psn_type as psnType',
      'med_type as medType',
      'hosp_lv as hospLv',
      'dise_codg as diseCodg',
      'item',
      'value',
      'effective_from as effectiveFrom',
      'effective_to as effectiveTo',
      'source_document as sourceDocument',
      'verified',
      'note',
    ])
    .$if(city !== undefined, (q) => q.where('city', '=', city as string))
    .$if(insutype !== undefined, (q) => q.where('insutype', '=', insutype as string))
    .$if(on !== undefined, (q) =>
      q
        .where('effective_from', '<=', on as string)
        .where((eb) => eb.or([eb('effective_to', 'is', null), eb('effective_to', '>=', on as string)])),
    )
    .orderBy('id')
    .execute()
  // Item and value are checked by the book: a malformed row stops there, with its id.
  return rows.map((row) => ({ ...row, item: row.item as ParameterItem, value: row.value as ParameterValue | null }))
}

/** Adds rows; one that is there already stays as it is, since a figure in force is corrected only by a new version. */
export const insertParameters = async (db: Db, rows: readonly ParameterRow[]): Promise<number> => {
  if (rows.length === 0) return 0
  const result = await db
    .insertInto('benefits_parameter')
    .values(
      rows.map((row) => ({
        id: row.id,
        version: row.version,
        city: row.city,
        insutype: row.insutype,
        psn_type: row.psnType,
        med_type: row.medType,
        hosp_lv: row.hospLv,
        dise_codg: row.diseCodg,
        item: row.item,
        value: row.value === null ? null : sql<string>`${JSON.stringify(row.value)}::jsonb`,
        effective_from: row.effectiveFrom,
        effective_to: row.effectiveTo,
        source_document: row.sourceDocument,
        verified: row.verified,
        note: row.note,
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows)
}

/** Holds the table against other imports to the end of the transaction; readers are not held up. */
export const lockParameters = async (tx: Tx): Promise<void> => {
  await sql`lock table benefits_parameter in share row exclusive mode`.execute(tx)
}
