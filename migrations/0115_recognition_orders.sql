-- Reason: where the reminder did not answer in time the order is signed without it, and checked afterwards: repeats within the
--   limit without any decision are supervised.
-- Lock: new table only.

create table recognition_order_check (
  order_check_id uuid not null,
  person_id      uuid not null,
  institution    text not null,
  department     text,
  -- Number of the order line at the institution, keyed: a line is checked once.
  order_ref      text not null,
  item           text not null,
  ordered_on     date not null,
  ordered_month  text not null check (ordered_month ~ '^[0-9]{4}-[0-9]{2}$'),
  -- valid-result: one could have been accepted; none: no; unknown: a hospital did not answer.
  verdict        text not null check (verdict in ('valid-result', 'none', 'unknown')),
  issuer         text,
  resource_id    text,
  -- Whether the institution had decided on that result by then.
  decided        boolean not null,
  checked_by     text not null,
  checked_at     timestamptz not null,
  primary key (person_id, order_check_id),
  unique (person_id, institution, order_ref, item)
);
create index recognition_order_check_month on recognition_order_check (institution, ordered_month);
create trigger recognition_order_check_immutable before update or delete or truncate on recognition_order_check
  for each statement execute function recognition_refuse_change();
