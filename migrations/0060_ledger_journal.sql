-- Reason: double-entry journal of the four cities' books, accounting windows per month, and running totals per city pair.
-- Lock: creates new objects only.

-- One row a month. Posting takes a share lock on its row, closing an exclusive one, so that no posting slips into a
-- window while it is being closed. Reference table: no person in it.
create table ledger_window (
  month text primary key check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  state text not null default 'OPEN' check (state in ('OPEN', 'CLOSED', 'CONFIRMED', 'PAID')),
  opened_at timestamptz not null,
  closed_at timestamptz
);

-- Chart of accounts. Reference table: grows with institutions and months, not with people. Accounts are never deleted.
create table ledger_account (
  code text primary key,
  -- City whose book the account belongs to.
  book text not null,
  kind text not null check (kind in ('fund_expense', 'psn_account', 'due_to', 'due_from', 'provider_payable')),
  created_at timestamptz not null
);

create table ledger_journal (
  person_id uuid not null,
  source text not null,
  biz_id uuid not null,
  kind text not null check (kind in ('settlement', 'reversal')),
  -- When it happened (decides the window) and when it was written.
  event_at timestamptz not null,
  created_at timestamptz not null,
  month text not null,
  -- biz_id of the journal that this one takes back.
  reverses uuid,
  -- Entries may join a journal only in the transaction that wrote it; see ledger_entries_of_this_transaction.
  written_by xid8 not null default pg_current_xact_id(),
  primary key (person_id, source, biz_id),
  check ((kind = 'reversal') = (reverses is not null))
);
create unique index ledger_journal_reversed_once on ledger_journal (person_id, source, reverses) where reverses is not null;
-- Proof of a window: all its journals.
create index ledger_journal_month on ledger_journal (month);

-- Debits are positive, credits negative. No foreign keys: a key check per entry would lock the few hot rows of
-- ledger_account thousands of times a second; the statement trigger below checks journals, the posting verb writes accounts.
create table ledger_entry (
  person_id uuid not null,
  source text not null,
  biz_id uuid not null,
  leg smallint not null check (leg > 0),
  book text not null,
  account text not null,
  amount_fen bigint not null check (amount_fen <> 0),
  primary key (person_id, source, biz_id, leg)
);

-- Counters, so that closing a window costs O(city pairs). Bucketed by a hash of the person: no row is hot.
-- No person_id in the key: the bucket stands for it, and a bucket belongs to one node when people are distributed by it.
create table ledger_total (
  month text not null,
  payer text not null,
  payee text not null,
  fund text not null,
  clr_type text not null,
  bucket smallint not null,
  amount_fen bigint not null,
  settlements bigint not null,
  reversals bigint not null,
  primary key (month, payer, payee, fund, clr_type, bucket)
) with (fillfactor = 50);

create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: the journal is append-only, a correction is a reversal', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create trigger ledger_journal_append_only before update or delete or truncate on ledger_journal
  for each statement execute function ledger_refuse_change();
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
  for each statement execute function ledger_refuse_change();

-- Together the next two make every journal balanced for ever: entries come only with their journal's own
-- transaction, and each journal is summed once, at the end of that transaction. (A check per entry would sum each
-- journal four times.)
create function ledger_entries_of_this_transaction() returns trigger language plpgsql as $$
begin
  if exists (
    select from added a
    where not exists (
      select from ledger_journal j
      where j.person_id = a.person_id and j.source = a.source and j.biz_id = a.biz_id
        and j.written_by = pg_current_xact_id()
    )
  ) then
    raise exception 'an entry is written only together with its journal' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger ledger_entry_with_journal after insert on ledger_entry
  referencing new table as added
  for each statement execute function ledger_entries_of_this_transaction();

create function ledger_journal_balances() returns trigger language plpgsql as $$
begin
  -- Per book; a journal whose books each sum to zero sums to zero itself.
  if exists (
    select from ledger_entry e
    where e.person_id = new.person_id and e.source = new.source and e.biz_id = new.biz_id
    group by e.book having sum(e.amount_fen) <> 0
  ) then
    raise exception 'journal % % does not balance', new.source, new.biz_id using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create constraint trigger ledger_journal_balanced after insert on ledger_journal
  deferrable initially deferred for each row execute function ledger_journal_balances();
