-- Reason: health codes (健康码互认): emergency orders that wake the function, issuers and their level tables, levels of
--   persons with their history, appeals, verification log, legal holds, proofs of deletion.
-- Lock: new tables only; nothing that exists is locked.
--
-- `officer` is a staff number (工号) that the client names. Instants are half-open: from included, to excluded.

-- Figures of policy; a change is a new version.
create table healthcodes_policy (
  name      text not null,
  version   integer not null check (version > 0),
  value     integer not null check (value >= 0),
  from_date date not null,
  to_date   date check (to_date >= from_date),
  source    text not null check (source <> ''),
  verified  boolean not null default false,
  primary key (name, version)
);

create table healthcodes_order (
  order_id         uuid primary key,
  city             text not null check (city in ('510100', '510600', '511400', '512000')),
  issued_by        text not null check (issued_by <> ''),
  legal_basis      text not null check (legal_basis <> ''),
  area             text[] not null check (cardinality(area) > 0),
  from_at          timestamptz not null,
  to_at            timestamptz not null,
  proposed_client  text not null,
  proposed_officer text not null,
  proposed_at      timestamptz not null,
  approved_client  text,
  approved_officer text,
  approved_at      timestamptz,
  closed_at        timestamptz,
  closed_by        text,
  closed_reason    text check (closed_reason in ('refused', 'ended', 'expired')),
  check (to_at > from_at),
  check ((approved_at is null) = (approved_client is null) and (approved_at is null) = (approved_officer is null)),
  -- The table refuses what the rules refuse: nobody approves their own order.
  check (approved_client <> proposed_client and lower(approved_officer) <> lower(proposed_officer)),
  check ((closed_at is null) = (closed_reason is null))
);
create index healthcodes_order_open on healthcodes_order (city) where closed_at is null;

-- Grounds on which the order lets a level be given. Never changed: other grounds are another order.
create table healthcodes_order_rule (
  order_id     uuid not null references healthcodes_order,
  reason_code  text not null,
  zh           text not null,
  en           text not null,
  issuer_level text not null,
  map_version  integer not null,
  level        text not null check (level in ('green', 'yellow', 'red')),
  evidence     text[] not null check (cardinality(evidence) > 0),
  direct       boolean not null,
  max_hours    integer not null check (max_hours > 0),
  what_zh      text not null check (what_zh <> ''),
  what_en      text not null check (what_en <> ''),
  primary key (order_id, reason_code),
  check (not (direct and level = 'red'))
);

-- Issuers of health codes, by version. A city of ours signs with its keys of `issuers`; others bring theirs.
create table healthcodes_issuer (
  issuer_version_id uuid primary key,
  issuer            text not null,
  version           integer not null check (version > 0),
  city              text check (city in ('510100', '510600', '511400', '512000')),
  name_zh           text not null,
  name_en           text not null,
  region            text not null,
  keys              jsonb not null,
  max_age_s         integer check (max_age_s > 0),
  from_at           timestamptz not null,
  to_at             timestamptz check (to_at > from_at),
  source            text not null check (source <> ''),
  verified          boolean not null default false,
  proposed_client   text not null,
  proposed_officer  text not null,
  proposed_at       timestamptz not null,
  approved_client   text,
  approved_officer  text,
  approved_at       timestamptz,
  withdrawn_at      timestamptz,
  withdrawn_by      text,
  unique (issuer, version),
  check (approved_client <> proposed_client and lower(approved_officer) <> lower(proposed_officer))
);

-- issuer × version × issuer level -> common level.
create table healthcodes_level_map (
  issuer_version_id uuid not null references healthcodes_issuer,
  issuer_level      text not null,
  level             text not null check (level in ('green', 'yellow', 'red')),
  primary key (issuer_version_id, issuer_level)
);

-- Changes of level that wait for approval or were applied. No person is in the head: one change may name many.
create table healthcodes_change (
  change_id        uuid primary key,
  order_id         uuid not null references healthcodes_order,
  city             text not null,
  reason_code      text not null,
  evidence         text not null,
  place            text not null,
  valid_until      timestamptz not null,
  people           integer not null check (people > 0),
  approvals_needed smallint not null check (approvals_needed between 0 and 2),
  proposed_client  text not null,
  proposed_officer text not null,
  proposed_at      timestamptz not null,
  state            text not null check (state in ('waiting', 'applied', 'refused')),
  decided_at       timestamptz,
  check ((state = 'waiting') = (decided_at is null)),
  foreign key (order_id, reason_code) references healthcodes_order_rule
);
create index healthcodes_change_client on healthcodes_change (proposed_client, proposed_at);
create index healthcodes_change_order on healthcodes_change (order_id);

create table healthcodes_change_person (
  person_id uuid not null,
  change_id uuid not null references healthcodes_change on delete cascade,
  primary key (person_id, change_id)
);
create index healthcodes_change_person_change on healthcodes_change_person (change_id);

-- Each approver once, whatever runs at the same time.
create table healthcodes_approval (
  change_id   uuid not null references healthcodes_change on delete cascade,
  client_id   text not null,
  officer     text not null,
  officer_key text not null check (officer_key = lower(officer)),
  approved_at timestamptz not null,
  primary key (change_id, client_id),
  unique (change_id, officer_key)
);

-- Versions of what a city says of a person; the highest is the present one. Rows are added and purged, never changed.
create table healthcodes_state (
  person_id    uuid not null,
  city         text not null,
  version_no   integer not null check (version_no > 0),
  -- Opaque name of this version: all that a code says of its holder.
  state_id     uuid not null,
  order_id     uuid not null references healthcodes_order,
  change_id    uuid,
  appeal_id    uuid,
  -- null: no level from here on (a granted appeal).
  level        text check (level in ('green', 'yellow', 'red')),
  reason_code  text not null,
  evidence     text not null,
  place        text not null,
  issuer_level text,
  map_version  integer,
  set_at       timestamptz not null,
  valid_until  timestamptz not null,
  change_no    bigint not null,
  primary key (person_id, city, version_no),
  check ((level is null) = (issuer_level is null)),
  check ((change_id is null) <> (appeal_id is null))
);
create index healthcodes_state_change on healthcodes_state (change_no);
create index healthcodes_state_order on healthcodes_state (order_id);

create function healthcodes_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what was said stays as it was said', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger healthcodes_state_immutable before update on healthcodes_state
  for each statement execute function healthcodes_refuse_change();

-- Whatever the program does: red stands on a change that somebody else than its proposer approved.
create function healthcodes_red_needs_approver() returns trigger language plpgsql as $$
begin
  if exists (select from set_now s where s.level = 'red' and not exists (
    select from healthcodes_approval a join healthcodes_change c using (change_id)
    where a.change_id = s.change_id and a.client_id <> c.proposed_client
      and a.officer_key <> lower(c.proposed_officer))) then
    raise exception 'a red level without an approver is refused' using errcode = 'insufficient_privilege';
  end if;
  return null;
end
$$;
create trigger healthcodes_state_red after insert on healthcodes_state
  referencing new table as set_now for each statement execute function healthcodes_red_needs_approver();

create trigger healthcodes_level_map_immutable before update or delete on healthcodes_level_map
  for each statement execute function healthcodes_refuse_change();
create trigger healthcodes_order_rule_immutable before update or delete on healthcodes_order_rule
  for each statement execute function healthcodes_refuse_change();

create table healthcodes_appeal (
  person_id           uuid not null,
  appeal_id           uuid not null,
  number              text not null,
  order_id            uuid not null references healthcodes_order,
  -- The city that set the level decides.
  city                text not null,
  state_id            uuid not null,
  appeal_level        smallint not null check (appeal_level in (1, 2)),
  first_appeal_id     uuid,
  ground              text not null,
  -- The person's own words are clinical: encrypted.
  statement_encrypted bytea,
  filed_client        text not null,
  filed_at            timestamptz not null,
  due_at              timestamptz not null,
  escalated_at        timestamptz,
  result              text check (result in ('granted', 'refused')),
  reason_zh           text,
  reason_en           text,
  decided_client      text,
  decided_officer     text,
  decided_at          timestamptz,
  primary key (person_id, appeal_id),
  check ((result is null) = (decided_at is null) and (result is null) = (reason_zh is null)),
  check ((appeal_level = 2) = (first_appeal_id is not null))
);
-- One open appeal against a level, and one second appeal after a first.
create unique index healthcodes_appeal_one_open on healthcodes_appeal (person_id, city) where result is null;
create unique index healthcodes_appeal_one_second on healthcodes_appeal (person_id, first_appeal_id)
  where first_appeal_id is not null;
create index healthcodes_appeal_due on healthcodes_appeal (city, due_at) where result is null;
create index healthcodes_appeal_id on healthcodes_appeal (appeal_id);
create index healthcodes_appeal_order on healthcodes_appeal (order_id);

create table healthcodes_appeal_event (
  person_id uuid not null,
  appeal_id uuid not null,
  seq       integer not null,
  state     text not null check (state in ('received', 'overdue', 'granted', 'refused')),
  at        timestamptz not null,
  by        text not null,
  primary key (person_id, appeal_id, seq)
);
create trigger healthcodes_appeal_event_immutable before update on healthcodes_appeal_event
  for each statement execute function healthcodes_refuse_change();

-- Codes that were read. No person: a code of a foreign issuer has none here, and one of ours is known by its version.
-- Hence the key without person_id; rows live for the days of the policy.
create table healthcodes_verification (
  verification_id uuid primary key,
  client_id       text not null,
  -- The order that was in force where the code was read: with its end the row goes.
  order_id        uuid not null references healthcodes_order,
  issuer          text,
  state_id        uuid,
  result          text not null check (result in ('recognised', 'notRecognised')),
  reasons         text[] not null,
  verified_at     timestamptz not null,
  -- The level was corrected after this reading; that is all the reader learns.
  updated_at      timestamptz
);
create index healthcodes_verification_state on healthcodes_verification (state_id) where state_id is not null;
create index healthcodes_verification_order on healthcodes_verification (order_id, verified_at);
create index healthcodes_verification_updated on healthcodes_verification (client_id, updated_at)
  where updated_at is not null;

-- Legal hold: exempts rows of an order, or of one person under it, from deletion. Few rows, so no person in the key.
create table healthcodes_hold (
  hold_id     uuid primary key,
  order_id    uuid not null references healthcodes_order,
  city        text not null,
  person_id   uuid,
  reason      text not null check (reason <> ''),
  set_client  text not null,
  set_officer text not null,
  set_at      timestamptz not null,
  until_at    timestamptz not null check (until_at > set_at),
  released_at timestamptz
);
create index healthcodes_hold_order on healthcodes_hold (order_id);

-- Proof of a deletion. No ids of persons or rows: their number and the digest of their sorted list.
create table healthcodes_purge_proof (
  proof_id         uuid primary key,
  class            text not null,
  order_id         uuid not null references healthcodes_order,
  city             text not null,
  cause            text not null check (cause in ('order-ended', 'retention')),
  policy_name      text not null,
  policy_version   integer not null,
  from_at          timestamptz not null,
  to_at            timestamptz not null,
  count            bigint not null check (count > 0),
  ids_sha256       text not null check (ids_sha256 ~ '^[0-9a-f]{64}$'),
  purged_by        text not null,
  approved_client  text not null,
  approved_officer text not null,
  purged_at        timestamptz not null
);
create index healthcodes_purge_proof_city on healthcodes_purge_proof (city, purged_at);
create trigger healthcodes_purge_proof_immutable before update or delete or truncate on healthcodes_purge_proof
  for each statement execute function healthcodes_refuse_change();

-- One row. A writer raises the number and so holds the row until it commits: writers follow one another, and a reader
-- that has seen n needs only states above n. `epoch` rises where rows were deleted: then everything is read again.
create table healthcodes_revision (
  only_row  boolean primary key default true check (only_row),
  change_no bigint not null,
  -- Value of change_no when an order, an issuer or a policy last changed.
  setup_no  bigint not null,
  epoch     bigint not null
);
insert into healthcodes_revision (change_no, setup_no, epoch) values (0, 0, 0);
