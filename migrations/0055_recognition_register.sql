-- Reason: mutual recognition of results (检查检验结果互认): which items, whose mark reaches where, quality control, and
--   every decision with what it was decided on.
-- Lock: new tables only; nothing that exists is locked.
--
-- Periods hold whole days, both ends included; to_date null means open. Register rows are never changed in place except
-- for closing to_date; a decision keeps the version of each row it used.

create table recognition_item (
  code            text not null check (code ~ '^[A-Z0-9-]{1,24}$'),
  version         integer not null check (version > 0),
  name            text not null,
  name_en         text not null,
  kind            text not null check (kind in ('laboratory', 'imaging')),
  loinc           text[] not null,
  -- v2-0487 code of the specimen; null for imaging.
  specimen        text,
  validity_days   integer not null check (validity_days between 0 and 3650),
  -- Results that change within hours are shown as reference only beyond this age (result-recognition 8.2 no. 5).
  fast_days       integer check (fast_days >= 0),
  -- Longest time since the last external quality assessment round; null where the item has none (imaging).
  eqa_max_months  integer check (eqa_max_months > 0),
  negative        boolean not null default false,
  basis           text not null,
  source          text not null,
  verified        boolean not null,
  from_date       date not null,
  to_date         date check (to_date >= from_date),
  primary key (code, version)
);

-- A mark is data on (institution, item, scope, period), not text on a report.
create table recognition_mark (
  institution text not null,
  item        text not null,
  version     integer not null check (version > 0),
  label       text not null,
  -- Division codes in which the mark holds: 'CN' everywhere, 510000 a province, 510100 a city.
  scope       text[] not null check (cardinality(scope) > 0),
  basis       text not null,
  source      text not null,
  verified    boolean not null,
  from_date   date not null,
  to_date     date check (to_date >= from_date),
  primary key (institution, item, version)
);

-- External quality assessment rounds (室间质量评价, WS/T 644-2018).
create table recognition_eqa (
  institution  text not null,
  item         text not null,
  round        text not null,
  organiser    text not null check (organiser in ('national', 'province', 'city')),
  passed       boolean not null,
  published_on date not null,
  primary key (institution, item, round)
);

-- Quality evaluations of city level or higher, which let an institution below level two take part.
create table recognition_evaluation (
  institution text not null,
  organiser   text not null check (organiser in ('national', 'province', 'city')),
  from_date   date not null,
  to_date     date check (to_date >= from_date),
  primary key (institution, from_date)
);

-- Confirmed mapping of a hospital's own item codes. An unmapped or ambiguous code is not eligible (E02).
create table recognition_mapping (
  institution  text not null,
  local_system text not null,
  local_code   text not null,
  version      integer not null check (version > 0),
  item         text not null,
  state        text not null check (state in ('proposed', 'confirmed', 'retired')),
  from_date    date not null,
  to_date      date check (to_date >= from_date),
  primary key (institution, local_system, local_code, version)
);

create table recognition_decision (
  decision_id      uuid not null,
  person_id        uuid not null,
  -- The institution that received the result and decided.
  institution      text not null,
  issuer           text not null,
  resource_type    text not null check (resource_type in ('Observation', 'DiagnosticReport')),
  resource_id      text not null,
  item             text,
  outcome          text not null check (outcome in
    ('recognised', 'not-recognised', 'not-eligible', 'pending', 'reason-needed', 'open')),
  reason_code      text,
  -- In the rate: null = in neither numerator nor denominator.
  countable        boolean,
  e_codes          text[] not null,
  -- Facts, register rows with versions, context and all hits: enough to explain the decision again. No clinical text.
  inputs           jsonb not null,
  -- The physician's words are clinical: encrypted.
  detail_encrypted bytea,
  due_at           timestamptz,
  decided_by       text not null,
  decided_at       timestamptz not null,
  decided_month    text not null check (decided_month ~ '^[0-9]{4}-[0-9]{2}$'),
  primary key (person_id, decision_id)
);
-- Monthly figures of one institution; the latest decision on a result counts.
create index recognition_decision_month on recognition_decision
  (institution, decided_month, person_id, issuer, resource_id, decided_at desc);

create function recognition_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: a change of mind is a new decision', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger recognition_decision_immutable before update or delete or truncate on recognition_decision
  for each statement execute function recognition_refuse_change();
