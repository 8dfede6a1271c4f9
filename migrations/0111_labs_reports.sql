-- Reason: laboratory results of hospitals without a FHIR server come as HL7 v2 messages and WS/T 500 documents; the hub
--   holds them, encrypted, so that such hospitals are sources of the exchange too.
-- Lock: new tables only; nothing that exists is locked.
--
-- What stands in clear: whose institution, which person (our id), state, days. Codes, values, numbers of reports and
-- everything that names a person are in the encrypted bodies.

-- A laboratory system that may send. MSH-4 decides whose results they are, the address whether it is believed.
create table labs_sender (
  facility    text primary key check (facility <> ''),
  institution text not null,
  laboratory  text check (laboratory <> ''),
  -- Code system of its local codes.
  code_system text not null check (code_system <> ''),
  -- Character set of messages that name none (MSH-18).
  charset     text not null check (charset in ('UTF-8', 'GB18030')),
  -- Addresses and CIDR blocks from which it may connect by MLLP; empty: only by HTTP, with a token.
  addresses   text[] not null,
  enabled     boolean not null,
  changed_by  text not null,
  changed_at  timestamptz not null
);

-- The answer to each accepted message: a repeat gets it again and changes nothing. A message is no row of a person, so
-- the key is the sender's own.
create table labs_message (
  facility    text not null,
  control_id  text not null,
  digest      bytea not null,
  -- Holds codes of HL7 and ids of messages, nothing of the patient.
  answer      text not null,
  received_at timestamptz not null,
  primary key (facility, control_id)
);
create index labs_message_age on labs_message (received_at);

create table labs_report (
  person_id      uuid not null,
  report_id      uuid not null,
  institution    text not null,
  -- SHA-256 of institution and report number: the same report is found again without the number standing here.
  report_key     bytea not null,
  version        integer not null check (version > 0),
  status         text not null check (status in
    ('registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error')),
  -- When the laboratory made this version: an older one that comes later does not replace it.
  version_at     timestamptz not null,
  -- Day of the test in Asia/Shanghai: by it mappings are chosen.
  tested_on      date not null,
  source         text not null check (source in ('hl7v2', 'cda')),
  -- The report as it was read, before any mapping; and the resources made of it.
  facts_encrypted bytea not null,
  body_encrypted  bytea not null,
  unmapped       integer not null check (unmapped >= 0),
  received_at    timestamptz not null,
  changed_at     timestamptz not null,
  primary key (person_id, report_id)
);
-- One row for one report of an institution, whoever the patient is: a corrected patient moves the row. Not by person,
-- because that is the point.
create unique index labs_report_key on labs_report (report_key);
-- What a changed mapping may concern, in order.
create index labs_report_institution on labs_report (institution, report_id);
create index labs_report_age on labs_report (tested_on);

-- What a version said before it was replaced, and versions that came too late to count. Added and purged, never changed.
create table labs_report_version (
  person_id       uuid not null,
  report_id       uuid not null,
  entry_id        uuid not null,
  institution     text not null,
  version_at      timestamptz not null,
  status          text not null,
  -- 'replaced' by a newer one, 'late' and never in force, 'moved' to another person.
  why             text not null check (why in ('replaced', 'late', 'moved')),
  source          text not null,
  facts_encrypted bytea not null,
  received_at     timestamptz not null,
  recorded_at     timestamptz not null,
  primary key (person_id, report_id, entry_id)
);
create index labs_report_version_age on labs_report_version (recorded_at);

-- Reports whose patient was not found, or was not the only one. Nobody is looked for by name: the institution registers
-- the person and tries again, or discards the report. No person is known, so none is in the key.
create table labs_review (
  review_id       uuid primary key,
  institution     text not null,
  report_key      bytea not null,
  reason          text not null check (reason in ('person-unknown', 'person-ambiguous', 'identifier-missing')),
  source          text not null,
  version_at      timestamptz not null,
  facts_encrypted bytea not null,
  received_at     timestamptz not null,
  -- 'open', 'attached' to a person later, 'discarded'.
  state           text not null check (state in ('open', 'attached', 'discarded')),
  closed_by       text,
  closed_officer  text,
  closed_at       timestamptz,
  check ((state = 'open') = (closed_at is null))
);
create index labs_review_open on labs_review (institution, review_id) where state = 'open';
create index labs_review_age on labs_review (received_at);

-- How long things are held. A change is a new version; without a figure in force no result is taken.
create table labs_policy (
  name      text not null check (name in ('report-days', 'review-days', 'message-days')),
  version   integer not null check (version > 0),
  value     integer not null check (value > 0),
  from_date date not null,
  to_date   date check (to_date >= from_date),
  source    text not null check (source <> ''),
  verified  boolean not null default false,
  primary key (name, version)
);

-- What was deleted, without saying of whom.
create table labs_purge_proof (
  proof_id       uuid primary key,
  class          text not null check (class in ('report', 'version', 'review')),
  institution    text not null,
  count          integer not null check (count > 0),
  from_at        timestamptz not null,
  to_at          timestamptz not null,
  ids_sha256     text not null,
  policy_name    text not null,
  policy_version integer not null,
  purged_at      timestamptz not null
);
create index labs_purge_proof_list on labs_purge_proof (institution, proof_id);

create function labs_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what was held or deleted is not rewritten', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger labs_purge_proof_immutable before update or delete or truncate on labs_purge_proof
  for each statement execute function labs_refuse_change();
