-- Reason: a hospital's own item codes and units (本院项目编码与单位) are led to catalogue items, LOINC and UCUM by rows that
--   two persons stand for, and what is not mapped is listed (result-recognition 7.1). The rows of recognition_mapping
--   move here; that table stays as it was and is read by nothing new.
-- Lock: new tables only; recognition_mapping is read.
--
-- Key of a mapping: institution, laboratory, local system, local code, specimen, method, version. Null means "whichever".
-- Periods hold whole days of the test, both ends included; to_date null means open.

create table mappings_code (
  mapping_id        uuid primary key,
  institution       text not null,
  laboratory        text check (laboratory <> ''),
  local_system      text not null check (local_system <> ''),
  local_code        text not null check (local_code <> ''),
  specimen          text check (specimen <> ''),
  method            text check (method <> ''),
  version           integer not null check (version > 0),
  -- Code of a catalogue item; null for a code that only has a LOINC code.
  item              text check (item <> ''),
  loinc             text check (loinc ~ '^[0-9]{1,7}-[0-9]$'),
  -- The unit as the laboratory writes it, and what it is. Both null: the item has no quantity. A laboratory that writes
  -- no unit can only mean a number without dimension: nobody may confirm anything else for it.
  unit              text check (unit <> ''),
  ucum              text check (ucum <> ''),
  -- Value in ucum = value as reported * factor. Null: the local unit is another spelling of the same unit. The only way
  -- from mass to amount of substance and back: the molar mass is part of what two persons stand for.
  factor            text check (factor ~ '^[0-9]{1,12}(\.[0-9]{1,12})?$'),
  -- Where the reference range comes from, e.g. the report itself or a document of the laboratory.
  range_source      text check (range_source <> ''),
  -- Shown to people who confirm; what the laboratory calls it.
  display           text,
  state             text not null check (state in ('proposed', 'confirmed', 'retired')),
  from_date         date not null,
  to_date           date check (to_date >= from_date),
  proposed_client   text not null,
  proposed_officer  text not null,
  proposed_at       timestamptz not null,
  confirmed_client  text,
  confirmed_officer text,
  confirmed_at      timestamptz,
  retired_client    text,
  retired_officer   text,
  retired_at        timestamptz,
  -- When its last day was set, if that came later than its confirmation.
  ended_at          timestamptz,
  check (unit is null or ucum is not null),
  check (unit is not null or ucum is null or ucum ~ '^(1|\[pH\]|\{[^{}]*\})$'),
  check (factor is null or ucum is not null),
  check (item is not null or loinc is not null),
  -- The table refuses what the rules refuse: nobody confirms their own proposal.
  check (confirmed_client <> proposed_client and lower(confirmed_officer) <> lower(proposed_officer)),
  check ((confirmed_at is null) = (confirmed_client is null) and (confirmed_at is null) = (confirmed_officer is null)),
  check (state <> 'confirmed' or confirmed_at is not null),
  check ((state = 'retired') = (retired_at is not null)),
  unique nulls not distinct (institution, laboratory, local_system, local_code, specimen, method, version)
);
create index mappings_code_in_force on mappings_code (institution, local_system, local_code) where state = 'confirmed';
create index mappings_code_list on mappings_code (institution, mapping_id);

-- Codes and units that results came with and that no confirmed mapping explains. No value and no person stands here.
create table mappings_unmapped (
  unmapped_id  uuid primary key,
  institution  text not null,
  laboratory   text,
  local_system text not null,
  local_code   text not null,
  specimen     text,
  method       text,
  unit         text,
  problem      text not null check (problem in ('no-mapping', 'ambiguous', 'unit-missing', 'unit-unknown')),
  display      text,
  seen         bigint not null check (seen > 0),
  first_seen   timestamptz not null,
  last_seen    timestamptz not null,
  unique nulls not distinct (institution, laboratory, local_system, local_code, specimen, method, unit, problem)
);
create index mappings_unmapped_list on mappings_unmapped (institution, seen desc);

-- Rows of before stood without units and without a second person; they are taken as they were decided then. LOINC and
-- units are added by new versions.
insert into mappings_code (mapping_id, institution, local_system, local_code, version, item, state, from_date, to_date,
  proposed_client, proposed_officer, proposed_at, confirmed_client, confirmed_officer, confirmed_at,
  retired_client, retired_officer, retired_at)
select gen_random_uuid(), institution, local_system, local_code, version, item, state, from_date, to_date,
  'migration', 'recognition-mapping', now(),
  case when state = 'confirmed' then 'migration-0110' end,
  case when state = 'confirmed' then 'confirmed-before' end,
  case when state = 'confirmed' then now() end,
  case when state = 'retired' then 'migration-0110' end,
  case when state = 'retired' then 'retired-before' end,
  case when state = 'retired' then now() end
from recognition_mapping;
