-- Reason: a settlement that stands at the centre on another day is a class of its own, and a day has one open set of
-- differences, whatever arrives at the same time.
-- Lock: ACCESS EXCLUSIVE on reconciliation_difference for one scan.

alter table reconciliation_difference drop constraint reconciliation_difference_class_check;
alter table reconciliation_difference add constraint reconciliation_difference_class_check
  check (class in ('CENTER_ONLY', 'PROVIDER_ONLY', 'AMOUNT_DIFF', 'REFUND_DIFF', 'OTHER_DAY'));

-- Two statements at the same time could leave both sets open: the latest statement of the day stays.
update reconciliation_difference d set state = 'superseded'
where d.state = 'open' and exists (
  select from reconciliation_difference o
  where o.institution = d.institution and o.date = d.date and o.state = 'open' and o.statement_id > d.statement_id
);
create unique index reconciliation_difference_open_once on reconciliation_difference (institution, date, setl_id)
  where state = 'open';
drop index reconciliation_difference_open;
