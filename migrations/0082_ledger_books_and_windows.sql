-- Reason: what the posting verb keeps is kept by the database as well: an entry stands in the book that its account
-- belongs to, and no journal enters a window that is not open.
-- Lock: ACCESS EXCLUSIVE on ledger_entry and ledger_account for one scan each, and on ledger_journal for an instant.

-- Codes are kind/book/…
alter table ledger_account add constraint ledger_account_code
  check (kind = split_part(code, '/', 1) and book = split_part(code, '/', 2));
alter table ledger_entry add constraint ledger_entry_book check (book = split_part(account, '/', 2));

-- The posting verb holds a share lock on the window's row, so the state seen here lasts to the end of the transaction.
create function ledger_journal_needs_open_window() returns trigger language plpgsql as $$
begin
  if exists (
    select from added a
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
