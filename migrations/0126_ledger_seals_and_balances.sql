-- Reason: the journals of a book and month form a hash chain, and balances of accounts are kept by day. Both are written by
--   the sealer, in batches, after the fact: no posting waits for a chain's end or for a hot account.
-- Lock: creates new objects only.

-- A stretch of the journal in the order of its transactions. Everything up to `through` is sealed, and nothing can join it.
create table ledger_seal_batch (
  no bigint primary key check (no > 0),
  through xid8 not null,
  journals integer not null check (journals > 0),
  sealed_at timestamptz not null
);

-- hash = H(hash before + LF + the batch's lines of this book and month). Reference size: books x months x batches.
create table ledger_seal (
  book text not null,
  month text not null,
  no bigint not null check (no > 0),
  batch bigint not null,
  journals integer not null check (journals > 0),
  alg text not null check (alg in ('SHA-256', 'SM3')),
  hash bytea not null check (octet_length(hash) = 32),
  primary key (book, month, no)
);
create index ledger_seal_by_batch on ledger_seal (batch);

-- What sealed journals moved on an account, by the day of the event and the day of writing (Asia/Shanghai). Only the sealer
-- writes here, one at a time, so no row is hot. No key to ledger_account: an account that was taken out is for the proof to
-- find, and must not stop the sealing.
create table ledger_balance (
  account_no bigint not null,
  event_day date not null,
  written_day date not null,
  amount_fen bigint not null,
  entries bigint not null,
  primary key (account_no, event_day, written_day)
) with (fillfactor = 70);

create trigger ledger_seal_batch_append_only before update or delete or truncate on ledger_seal_batch
  for each statement execute function ledger_refuse_change();
create trigger ledger_seal_append_only before update or delete or truncate on ledger_seal
  for each statement execute function ledger_refuse_change();
revoke update, delete, truncate on ledger_seal_batch, ledger_seal from public, current_user;
