-- Reason: a journal and its entries become one row, so that what a posting costs is one row and no trigger for each of its
--   legs, and so that "sums to zero in every book" is a CHECK of that row instead of a query at commit (docs/decisions/0022).
--   Accounts get a number that their book and code decide; what was booked before is carried over, entry by entry.
-- Lock: ACCESS EXCLUSIVE on ledger_journal, ledger_entry, ledger_account and ledger_total while the rows are copied.

-- 8.3 of the domain: accounts of the insured city, of the city of treatment, and of the province between them.
alter table ledger_account drop constraint ledger_account_kind_check;
alter table ledger_account add constraint ledger_account_kind_check check (kind in (
  'fund_expense', 'psn_account', 'due_to', 'due_from', 'provider_payable', 'prepaid_at', 'prepaid_from', 'cash',
  'hub_net', 'hub_check'));
alter table ledger_account add constraint ledger_account_book check (book ~ '^[1-8][0-9]{5}$');

-- The division of the book, then 13 digits of the code's SHA-256: whoever knows a code knows its number without asking, and
-- whoever sees a number sees its book. Two codes with one number are refused by the unique key, never taken for one.
create function ledger_account_no(code text) returns bigint language sql immutable strict parallel safe
  return split_part(code, '/', 2)::bigint * 10000000000000
    + ('x' || substr(encode(sha256(code::bytea), 'hex'), 1, 15))::bit(60)::bigint % 10000000000000;

alter table ledger_account add constraint ledger_account_code_form check (code ~ '^[A-Za-z0-9_./-]{1,120}$');
alter table ledger_account add column account_no bigint generated always as (ledger_account_no(code)) stored;
alter table ledger_account add constraint ledger_account_no_once unique (account_no);
alter table ledger_account add column closed_at timestamptz;

-- Nothing of an account changes but whether it is closed; none is removed.
create function ledger_account_stays() returns trigger language plpgsql as $$
begin
  raise exception '% of ledger_account is refused: an account is closed, never deleted or renamed', tg_op
    using errcode = 'insufficient_privilege';
end
$$;
create trigger ledger_account_kept before delete or truncate on ledger_account
  for each statement execute function ledger_account_stays();
create trigger ledger_account_same before update of code, book, kind, created_at on ledger_account
  for each statement execute function ledger_account_stays();

-- One expression, so that it stands inside the CHECK as additions of array elements, without a call.
create function ledger_sum(a bigint[]) returns bigint language sql immutable parallel safe
  return coalesce(a[1], 0) + coalesce(a[2], 0) + coalesce(a[3], 0) + coalesce(a[4], 0)
    + coalesce(a[5], 0) + coalesce(a[6], 0) + coalesce(a[7], 0) + coalesce(a[8], 0)
    + coalesce(a[9], 0) + coalesce(a[10], 0) + coalesce(a[11], 0) + coalesce(a[12], 0)
    + coalesce(a[13], 0) + coalesce(a[14], 0) + coalesce(a[15], 0) + coalesce(a[16], 0);

alter table ledger_journal rename to ledger_journal_before;
alter table ledger_entry rename to ledger_entry_before;
alter table ledger_journal_before rename constraint ledger_journal_pkey to ledger_journal_before_pkey;
alter table ledger_journal_before drop constraint ledger_journal_check;
drop index ledger_journal_reversed_once, ledger_journal_month;

-- Debits are positive, credits negative. What stands in the book of the insured city (in that of the place itself, where
-- care was local) in `accounts` and `amounts`, what stands in the book of the other city in the other two.
create table ledger_journal (
  event_at timestamptz not null,
  created_at timestamptz not null,
  -- The transaction that wrote it: sealing goes by it, since what it has passed can no longer come.
  written_by xid8 not null default pg_current_xact_id(),
  person_id uuid not null,
  biz_id uuid not null,
  -- biz_id of the journal that this one takes back.
  reverses uuid,
  source text not null,
  kind text not null check (kind in ('settlement', 'reversal')),
  month text not null,
  book text not null,
  accounts bigint[] not null,
  amounts bigint[] not null,
  other_book text,
  other_accounts bigint[],
  other_amounts bigint[],
  primary key (person_id, source, biz_id),
  check ((kind = 'reversal') = (reverses is not null)),
  constraint ledger_journal_balanced check (ledger_sum(amounts) = 0 and ledger_sum(other_amounts) = 0),
  -- At most as many legs as ledger_sum adds up, none of zero or null, none beside the places that it reads.
  constraint ledger_journal_form check (
    cardinality(amounts) <= 16 and cardinality(accounts) = cardinality(amounts)
    and coalesce(array_lower(amounts, 1), 1) = 1 and coalesce(array_ndims(amounts), 1) = 1
    and (0 <> all (amounts)) is true),
  constraint ledger_journal_other_form check (
    case when other_book is null then other_accounts is null and other_amounts is null
    else other_book <> book
      and (cardinality(other_amounts) <= 16 and cardinality(other_accounts) = cardinality(other_amounts)
      and coalesce(array_lower(other_amounts, 1), 1) = 1 and coalesce(array_ndims(other_amounts), 1) = 1
      and (0 <> all (other_amounts))) is true end),
  -- The number of an account begins with its book.
  constraint ledger_journal_book check (
    (book::bigint * 10000000000000 <= all (accounts) and (book::bigint + 1) * 10000000000000 > all (accounts)) is true),
  constraint ledger_journal_other_book check (
    other_book is null or
    (other_book::bigint * 10000000000000 <= all (other_accounts)
      and (other_book::bigint + 1) * 10000000000000 > all (other_accounts)) is true)
);
-- Rows are some 350 bytes: nothing is worth a compression try.
alter table ledger_journal alter accounts set storage main, alter amounts set storage main,
  alter other_accounts set storage main, alter other_amounts set storage main;

insert into ledger_account (code, book, kind, created_at)
  select distinct on (e.account) e.account, e.book, split_part(e.account, '/', 1), j.created_at
  from ledger_entry_before e
  join ledger_journal_before j on j.person_id = e.person_id and j.source = e.source and j.biz_id = e.biz_id
  order by e.account, j.created_at
  on conflict (code) do nothing;

-- The insured city's book is the one with a cost, which is leg 1 wherever there is any leg.
with side as (
  select person_id, source, biz_id, book, min(leg) as first, array_agg(ledger_account_no(account) order by leg) as accounts,
    array_agg(amount_fen order by leg) as amounts
  from ledger_entry_before group by person_id, source, biz_id, book
), ranked as (
  select *, row_number() over (partition by person_id, source, biz_id order by first) as place from side
)
insert into ledger_journal (event_at, created_at, written_by, person_id, biz_id, reverses, source, kind, month,
  book, accounts, amounts, other_book, other_accounts, other_amounts)
select j.event_at, j.created_at, j.written_by, j.person_id, j.biz_id, j.reverses, j.source, j.kind, j.month,
  -- Nothing was booked: it stands in the province's book.
  coalesce(a.book, '510000'), coalesce(a.accounts, '{}'), coalesce(a.amounts, '{}'), b.book, b.accounts, b.amounts
from ledger_journal_before j
left join ranked a on a.person_id = j.person_id and a.source = j.source and a.biz_id = j.biz_id and a.place = 1
left join ranked b on b.person_id = j.person_id and b.source = j.source and b.biz_id = j.biz_id and b.place = 2
order by j.written_by, j.created_at;

do $$
declare
  lost bigint;
begin
  select (select count(*) from ledger_journal_before) - (select count(*) from ledger_journal)
    + (select count(*) from ledger_entry_before)
    - (select coalesce(sum(cardinality(accounts) + coalesce(cardinality(other_accounts), 0)), 0) from ledger_journal)
    into lost;
  if lost <> 0 then
    raise exception 'not every journal and entry was carried over: % differ', lost;
  end if;
end
$$;

drop table ledger_entry_before, ledger_journal_before;
drop function ledger_entries_of_this_transaction(), ledger_journal_balances();

create unique index ledger_journal_reversed_once on ledger_journal (person_id, source, reverses) where reverses is not null;
-- Sealing and what is not sealed yet. Rows of one transaction share an entry of the index.
create index ledger_journal_written on ledger_journal (written_by);
-- Proof of a window and balances within a day: rows of one time stand together, so a summary of page ranges is enough.
create index ledger_journal_when on ledger_journal using brin (month, event_at, created_at)
  with (pages_per_range = 32, autosummarize = on);

create trigger ledger_journal_append_only before update or delete or truncate on ledger_journal
  for each statement execute function ledger_refuse_change();

-- Per statement, and by the few months in it.
create or replace function ledger_journal_needs_open_window() returns trigger language plpgsql as $$
begin
  if exists (
    select from (select distinct month from added) a
    where not exists (select from ledger_window w where w.month = a.month and w.state = 'OPEN')
  ) then
    raise exception 'a journal is posted only into an open window' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger ledger_journal_open_window after insert on ledger_journal
  referencing new table as added
  for each statement execute function ledger_journal_needs_open_window();

-- One row for each leg, with its account's code. An account that is not registered leaves it null: the proof looks for it.
create view ledger_entry as
  select j.person_id, j.source, j.biz_id, j.kind, j.month, j.event_at, j.created_at, e.leg::smallint as leg, e.book,
    a.code as account, e.account_no, e.amount_fen
  from ledger_journal j
  cross join lateral (
    select x.leg, j.book, x.account_no, x.amount_fen
      from unnest(j.accounts, j.amounts) with ordinality as x (account_no, amount_fen, leg)
    union all
    select cardinality(j.accounts) + x.leg, j.other_book, x.account_no, x.amount_fen
      from unnest(j.other_accounts, j.other_amounts) with ordinality as x (account_no, amount_fen, leg)
  ) e
  left join ledger_account a on a.account_no = e.account_no;

-- Buckets are taken by whoever posts, no longer by person: a batch then moves a counter once, not once for each bucket.
comment on column ledger_total.bucket is 'of the connection that posts, so that workers do not queue for one row';

-- Triggers refuse it to everybody; the right is taken as well, also from the owner where he is no superuser.
revoke update, delete, truncate on ledger_journal from public, current_user;
revoke delete, truncate on ledger_account from public, current_user;
