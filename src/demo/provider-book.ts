import { addFen, type Fen, parseFen, sumFen, ZERO_FEN } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import type { SettlementInfo } from './answers.ts'

/** One settlement or refund as the hospital itself wrote it down from the answer it got. */
export interface BookRow {
  readonly institution: string
  readonly date: string
  readonly info: SettlementInfo
  readonly refund: boolean
  readonly medfee: Fen
  readonly fundPay: Fen
  readonly acctPay: Fen
}

/** The books that the institutions keep on their own side: what the hub is compared with. */
export interface ProviderBook {
  write(info: SettlementInfo, refund?: boolean): void
  rows(): readonly BookRow[]
  of(institution: string, date: string): readonly BookRow[]
}

export function createProviderBook(): ProviderBook {
  const rows = new Map<string, BookRow>()
  return {
    write(info, refund = false) {
      rows.set(info.setl_id, {
        institution: info.fixmedins_code,
        date: localDate(new Date(info.setl_time)),
        info,
        refund,
        medfee: parseFen(info.medfee_sumamt),
        fundPay: parseFen(info.fund_pay_sumamt),
        acctPay: parseFen(info.acct_pay),
      })
    },
    rows: () => [...rows.values()],
    of: (institution, date) => [...rows.values()].filter((row) => row.institution === institution && row.date === date),
  }
}

/** Totals by insutype and clr_type, as a statement carries them. */
export function totalsOf(rows: readonly BookRow[]) {
  return [...Map.groupBy(rows, (row) => `${row.info.insutype}/${row.info.clr_type}`).values()].map((group) => ({
    insutype: group[0]?.info.insutype ?? '',
    clrType: group[0]?.info.clr_type ?? '',
    medfee: sumFen(group.map((row) => row.medfee)),
    fundPay: sumFen(group.map((row) => row.fundPay)),
    acctPay: sumFen(group.map((row) => row.acctPay)),
    count: group.length,
  }))
}

/** What each insured city owes each other city by these books. */
export function debtsOf(rows: readonly BookRow[]): ReadonlyMap<string, Fen> {
  const debts = new Map<string, Fen>()
  for (const { info, fundPay, acctPay } of rows) {
    if (info.insuplc_admdvs === info.mdtrtarea_admvs) continue
    const pair = `${info.insuplc_admdvs}/${info.mdtrtarea_admvs}`
    debts.set(pair, addFen(debts.get(pair) ?? ZERO_FEN, addFen(fundPay, acctPay)))
  }
  return debts
}
