-- Reason: the master person index. One internal id per person; identity numbers, names and phones are stored only
--   encrypted, and identity numbers are found by a keyed hash (个人信息保护法 art. 51).
-- Lock: new tables only; nothing that exists is locked.

create table people_person (
  person_id          uuid primary key,
  name_encrypted     bytea not null,
  phone_encrypted    bytea,
  sex                text not null check (sex in ('male', 'female')),
  birth_date         date not null,
  residence_division text check (residence_division ~ '^[0-9]{6}$'),
  registered_by      text not null,
  registered_at      timestamptz not null
);

-- The way from an identifier to its person. The key is the keyed hash alone, without person_id: it must be unique over
-- all people, for this row decides which of several parallel registrations makes the person. Distributed by
-- index_value, it is asked for one value at a time.
create table people_identifier (
  index_value     bytea primary key check (octet_length(index_value) = 32),
  index_key_id    text not null,
  identifier_id   uuid not null,
  person_id       uuid not null references people_person deferrable initially deferred,
  type            text not null check (type in ('resident-id', 'passport', 'travel-permit', 'social-security-card', 'insured-number', 'other')),
  value_encrypted bytea not null,
  registered_at   timestamptz not null
);
create index people_identifier_person on people_identifier (person_id, type);

create table people_insurance (
  person_id    uuid not null references people_person deferrable initially deferred,
  insured_city text not null check (insured_city in ('510100', '510600', '511400', '512000')),
  -- 310 employees' (职工), 390 residents' (城乡居民) basic medical insurance.
  insutype     text not null check (insutype in ('310', '390')),
  psn_type     text not null check (psn_type ~ '^[0-9]{2,4}$'),
  from_date    date not null,
  to_date      date check (to_date >= from_date),
  primary key (person_id, from_date)
);
