-- Reason: daily statements of institutions compared with the centre's settlements, and the differences found.
-- Lock: creates new objects only.
-- No person_id in the keys: a statement belongs to an institution and a day; distributed by institution.

create table reconciliation_statement (
  institution text not null,
  id uuid not null,
  date date not null,
  result text not null check (result in ('equal', 'unequal')),
  -- Groups as sent and as they stand at the centre, amounts as decimal strings.
  groups jsonb not null,
  created_at timestamptz not null,
  primary key (institution, id)
);
create index reconciliation_statement_day on reconciliation_statement (institution, date);

create table reconciliation_difference (
  institution text not null,
  statement_id uuid not null,
  no integer not null,
  date date not null,
  class text not null check (class in ('CENTER_ONLY', 'PROVIDER_ONLY', 'AMOUNT_DIFF', 'REFUND_DIFF')),
  setl_id text not null,
  row jsonb not null,
  -- superseded: a later statement of the same day was compared anew.
  state text not null default 'open' check (state in ('open', 'superseded')),
  primary key (institution, statement_id, no)
);
create index reconciliation_difference_open on reconciliation_difference (institution, date) where state = 'open';
