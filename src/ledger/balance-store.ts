import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Fen, fen } from '../kernel/money.ts'

/** Whole days before `day`, and from `start` (its beginning) to `end`. */
export interface Until {
  readonly day: string
  readonly start: string
  readonly end: string
}

/** One statement, so one snapshot: what is sealed meanwhile is counted once. */
export async function readBalance(db: Db, accountNo: bigint, until: Until, by: 'event' | 'written'): Promise<Fen> {
  const time = sql.ref(by === 'event' ? 'j.event_at' : 'j.created_at')
  const day = sql.ref(by === 'event' ? 'event_day' : 'written_day')
  const moved = sql`coalesce(sum((
    select sum(e.amount_fen)
    from unnest(j.accounts || j.other_accounts, j.amounts || j.other_amounts) as e (account_no, amount_fen)
    where e.account_no = ${accountNo}
  )), 0)`
  const touched = sql`(${accountNo} = any (j.accounts) or ${accountNo} = any (j.other_accounts))`
  const { rows } = await sql<{ balance: bigint }>`
    with sealed as materialized (
      select coalesce((select through from ledger_seal_batch order by no desc limit 1), '0'::xid8) as through
    )
    select (
      (select coalesce(sum(amount_fen), 0) from ledger_balance where account_no = ${accountNo} and ${day} < ${until.day}::date)
      + (select ${moved} from ledger_journal j
         where ${time} >= ${until.start}::timestamptz and ${time} <= ${until.end}::timestamptz and ${touched})
      + (select ${moved} from ledger_journal j
         where j.written_by > (select through from sealed) and ${time} < ${until.start}::timestamptz and ${touched})
    )::bigint as balance`.execute(db)
  return fen(rows[0]?.balance ?? 0n)
}
