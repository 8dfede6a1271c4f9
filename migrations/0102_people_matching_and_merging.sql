-- Reason: one person is known to several hospitals and was registered under several documents. Rows that may be the same
--   person are found by keyed hashes, looked at by a reviewer, merged, and parted again where that was wrong.
-- Lock: access exclusive on people_person for two columns without a rewrite, and on people_insurance while its constraint
--   is built again over the rows that stand.

alter table people_person
  -- Institution or city that registered; not known of older rows.
  add column registered_org text,
  -- Version of the rules under which the row's match keys were made; 0: none yet, upkeep makes them.
  add column match_rules smallint not null default 0;
create index people_person_match_rules on people_person (match_rules);

-- Keyed hashes by which a candidate search finds people without a scan: of name and birth year, of birth date, sex and a
-- letter, of the phone. Half a hash (16 bytes) is enough to find; a chance meeting is scored away.
create table people_match_key (
  person_id    uuid not null references people_person deferrable initially deferred,
  kind         text not null,
  index_key_id text not null,
  value        bytea not null check (octet_length(value) = 16),
  primary key (person_id, kind, index_key_id)
);
create index people_match_key_value on people_match_key (value);

-- People who are compared with the others soon: the row is the work, upkeep takes it. Written with the registration, done
-- after it: of two registrations at one moment at least the later comparison sees both.
create table people_to_compare (
  person_id uuid primary key references people_person deferrable initially deferred,
  noted_at  timestamptz not null
);

-- Pairs of rows that may be one person. The key is the pair: a pair that was decided does not come back.
create table people_candidate (
  low_id         uuid not null references people_person,
  high_id        uuid not null references people_person,
  pair_id        uuid not null unique,
  points         integer not null,
  grade          text not null check (grade in ('certain', 'probable', 'possible')),
  -- What agreed and what it counted, by field; never a value.
  fields         jsonb not null,
  policy_version integer not null,
  -- Institutions and cities that have to do with one of the two: to them the pair is shown.
  orgs           text[] not null,
  found_at       timestamptz not null,
  state          text not null check (state in ('open', 'merged', 'rejected')),
  merge_id       uuid,
  decided_by     text,
  decided_org    text,
  decided_at     timestamptz,
  reason         text,
  primary key (low_id, high_id),
  check (low_id < high_id),
  check ((state = 'open') = (decided_at is null))
);
create index people_candidate_orgs on people_candidate using gin (orgs) where state = 'open';
-- In the order of the list, for a city that nearly all pairs concern.
create index people_candidate_best on people_candidate ((-points), pair_id) where state = 'open';
create index people_candidate_high on people_candidate (high_id);

-- What was merged and parted, by whom, when and why: only ever added to.
create table people_merge (
  merge_id     uuid primary key,
  kind         text not null check (kind in ('merge', 'unmerge')),
  survivor_id  uuid not null references people_person,
  absorbed_id  uuid not null references people_person,
  -- The merge that an unmerge takes back; once.
  undoes       uuid unique references people_merge,
  reason       text not null,
  evidence_ref text,
  by_client    text not null,
  by_org       text not null,
  city         text not null check (city in ('510100', '510600', '511400', '512000')),
  -- Cities that have to do with one of the two: to them the history is shown.
  cities       text[] not null,
  request_id   text,
  at           timestamptz not null,
  check (survivor_id <> absorbed_id),
  check ((kind = 'unmerge') = (undoes is not null))
);
create index people_merge_survivor on people_merge (survivor_id);
create index people_merge_absorbed on people_merge (absorbed_id);
create index people_merge_cities on people_merge using gin (cities);

create function people_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what was merged is only ever added to', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger people_merge_append_only before update or delete or truncate on people_merge
  for each statement execute function people_refuse_change();

-- Who stands for whom now; follows from people_merge and is there so that a read needs one look.
create table people_merged (
  person_id   uuid primary key references people_person,
  -- The end of the chain: the row that answers.
  survivor_id uuid not null references people_person,
  -- The link of the chain that was made for this row.
  into_id     uuid not null references people_person,
  merge_id    uuid not null unique references people_merge,
  check (person_id <> survivor_id),
  check (person_id <> into_id)
);
create index people_merged_survivor on people_merged (survivor_id);
create index people_merged_into on people_merged (into_id);

-- Nobody draws two insurances at a time (0036), a merged person neither: the rows of a group are told to the constraint by
-- their common holder, so that it refuses a merge and a later insurance alike. Null: the person itself.
alter table people_insurance add column holder_id uuid references people_person;
alter table people_insurance drop constraint people_insurance_one_a_day;
alter table people_insurance add constraint people_insurance_one_a_day
  exclude using gist ((coalesce(holder_id, person_id)) with =, daterange(from_date, to_date, '[]') with &&);

-- The name spaces in which hospitals number their patients. One belongs to one institution.
create table people_local_system (
  system        text primary key check (length(system) between 3 and 200),
  institution   text not null,
  -- Whether other hospitals may be told its numbers: a number says that the person is a patient there.
  shared        boolean not null default false,
  registered_by text not null,
  registered_at timestamptz not null,
  unique (institution, system)
);

-- A hospital's own number of a patient, told by that hospital.
create table people_local_id (
  person_id   uuid not null references people_person,
  link_id     uuid not null,
  institution text not null,
  system      text not null,
  value       text not null check (length(value) between 1 and 64),
  told_by     text not null,
  told_at     timestamptz not null,
  ended_at    timestamptz,
  ended_by    text,
  end_reason  text,
  primary key (person_id, link_id),
  foreign key (institution, system) references people_local_system (institution, system),
  check ((ended_at is null) = (ended_by is null))
);
-- One source record has at most one active link. Without person_id in the key: it must be unique over all people.
create unique index people_local_id_active on people_local_id (institution, system, value) where ended_at is null;

-- Policy, versioned: a figure in force is replaced by a version with a later from_date, never changed.
create table people_match_policy (
  version        integer primary key check (version > 0),
  from_date      date not null unique,
  -- Of 10,000: from here on a match is certain, probable, worth a reviewer's look.
  certain        integer not null check (certain between 1 and 10000),
  probable       integer not null check (probable between 1 and 10000),
  possible       integer not null check (possible between 1 and 10000),
  -- A key under which more people stand is left out of a search, and the answer says so.
  block_limit    integer not null check (block_limit between 1 and 10000),
  max_candidates integer not null check (max_candidates between 1 and 10000),
  source         text not null check (source <> ''),
  verified       boolean not null default false,
  check (certain > probable and probable > possible)
);
create table people_match_weight (
  version   integer not null references people_match_policy,
  field     text not null check (field in ('name', 'birthDate', 'sex', 'phone', 'number')),
  agreement text not null check (agreement in ('equal', 'reordered', 'near', 'swapped', 'neighbour', 'differs')),
  points    integer not null check (points between -10000 and 10000),
  primary key (version, field, agreement)
);
