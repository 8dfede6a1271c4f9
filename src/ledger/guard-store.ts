import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'

const JOURNAL = 'ledger_journal'

/** What keeps the ledger as it is, by table. Whoever takes one away leaves the books right and open to change. */
const TRIGGERS = [
  [JOURNAL, 'ledger_journal_append_only'],
  [JOURNAL, 'ledger_journal_open_window'],
  ['ledger_account', 'ledger_account_kept'],
  ['ledger_account', 'ledger_account_same'],
  ['ledger_seal', 'ledger_seal_append_only'],
  ['ledger_seal_batch', 'ledger_seal_batch_append_only'],
] as const

const CONSTRAINTS = [
  [JOURNAL, 'ledger_journal_balanced'],
  [JOURNAL, 'ledger_journal_form'],
  [JOURNAL, 'ledger_journal_other_form'],
  [JOURNAL, 'ledger_journal_book'],
  [JOURNAL, 'ledger_journal_other_book'],
  ['ledger_account', 'ledger_account_no_once'],
  ['ledger_account', 'ledger_account_code'],
] as const

const APPEND_ONLY = [JOURNAL, 'ledger_seal', 'ledger_seal_batch']

/** Triggers that are off or gone, constraints that are gone, and rights to change that somebody was given. */
export async function findOpenGuards(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ what: string }>`
    select format('the trigger %s of %s is off or gone', name, of) as what
    from json_to_recordset(${named(TRIGGERS)}::json) as t (of text, name text)
    where not exists (select from pg_trigger g where g.tgrelid = t.of::regclass and g.tgname = t.name and g.tgenabled in ('O', 'A'))
    union all
    select format('the constraint %s of %s is gone', name, of)
    from json_to_recordset(${named(CONSTRAINTS)}::json) as t (of text, name text)
    where not exists (select from pg_constraint c where c.conrelid = t.of::regclass and c.conname = t.name)
    union all
    select 'a journal may be taken back twice: the unique index ledger_journal_reversed_once is gone'
    where not exists (select from pg_index i where i.indexrelid = to_regclass('ledger_journal_reversed_once') and i.indisunique and i.indisvalid)
    union all
    select format('%s may %s in %s', case p.grantee when 0 then 'everybody' else p.grantee::regrole::text end,
      lower(p.privilege_type), c.relname)
    from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) p
    where c.oid = any (${APPEND_ONLY}::text[]::regclass[]) and p.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
    order by 1`.execute(db)
  return rows.map((row) => row.what)
}

const named = (of: readonly (readonly [string, string])[]): string =>
  JSON.stringify(of.map(([table, name]) => ({ of: table, name })))
