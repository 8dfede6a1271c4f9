import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'

/** Totals of one institution, day and kind of clearing, as interface 3201 compares them. Refunds count with their negative amounts. */
export interface DayTotal {
  readonly insutype: string
  readonly clrType: string
  readonly medfee: Fen
  readonly fundPay: Fen
  readonly acctPay: Fen
  /** Settlements and refunds, each one row. */
  readonly count: number
}

/** One settlement or refund of the day. */
export interface DayRow {
  readonly setlId: string
  readonly date: string
  readonly insutype: string
  readonly clrType: string
  readonly refund: boolean
  readonly medfee: Fen
  readonly fundPay: Fen
  readonly acctPay: Fen
}

/** Reads the institution's day by the index settlement_result_day; a day of a large hospital is some ten thousand rows. */
export async function readDayTotals(db: Db, institution: string, date: string): Promise<readonly DayTotal[]> {
  const rows = await db
    .selectFrom('settlement_result')
    .select([
      'insutype',
      'clr_type as clrType',
      // sum(bigint) is numeric in PostgreSQL; a day's fen fit a bigint.
      sql<bigint>`sum(medfee_fen)::bigint`.as('medfee'),
      sql<bigint>`sum(fund_pay_fen)::bigint`.as('fundPay'),
      sql<bigint>`sum(acct_pay_fen)::bigint`.as('acctPay'),
      sql<number>`count(*)::integer`.as('count'),
    ])
    .where('institution', '=', institution)
    .where('setl_date', '=', date)
    .groupBy(['insutype', 'clr_type'])
    .orderBy('insutype')
    .orderBy('clr_type')
    .execute()
  return rows.map((row) => ({ ...row, medfee: fen(row.medfee), fundPay: fen(row.fundPay), acctPay: fen(row.acctPay) }))
}

export async function readDayRows(db: Db, institution: string, date: string): Promise<readonly DayRow[]> {
  const rows = await institutionRows(db, institution).where('setl_date', '=', date).orderBy('id').execute()
  return rows.map(toDayRow)
}

/** Those of the ids that stand at the institution on whatever day, by their id; by the index settlement_result_institution_id. */
export async function readRowsById(
  db: Db,
  institution: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DayRow>> {
  // An institution may send anything as an id; what is no UUID is none of ours.
  const known = ids.filter((id) => UUID.test(id))
  if (known.length === 0) return new Map()
  const rows = await institutionRows(db, institution).where('id', '=', sql<string>`any(${known}::uuid[])`).execute()
  return new Map(rows.map((row) => [row.setlId, toDayRow(row)]))
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const institutionRows = (db: Db, institution: string) =>
  db
    .selectFrom('settlement_result')
    .select([
      'id as setlId',
      'setl_date as date',
      'insutype',
      'clr_type as clrType',
      'kind',
      'medfee_fen as medfee',
      'fund_pay_fen as fundPay',
      'acct_pay_fen as acctPay',
    ])
    .where('institution', '=', institution)

const toDayRow = ({
  kind,
  ...row
}: Omit<DayRow, 'refund' | 'medfee' | 'fundPay' | 'acctPay'> & {
  kind: string
  medfee: bigint
  fundPay: bigint
  acctPay: bigint
}): DayRow => ({
  ...row,
  refund: kind === 'reversal',
  medfee: fen(row.medfee),
  fundPay: fen(row.fundPay),
  acctPay: fen(row.acctPay),
})
