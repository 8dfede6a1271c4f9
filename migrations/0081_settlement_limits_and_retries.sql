-- Reason: how far back a settlement may be dated (policy), spaced tries of claims that fail, look-up of results by the
-- institution's own id, one opening balance per year, and amounts that stay far from the end of a bigint.
-- Lock: new table; ACCESS EXCLUSIVE on settlement_claim and SHARE on settlement_result and settlement_movement while
-- the index is built, in each case one scan.

-- Policy, versioned: a figure in force is replaced by a row with a later effective_from, never changed.
-- Reference table: a few rows, no person in it.
create table settlement_limit (
  id text primary key check (length(id) between 1 and 120),
  item text not null check (item in ('backdate_hours')),
  value integer not null check (value >= 0),
  effective_from date not null,
  -- Last day in force.
  effective_to date,
  source_document text not null check (source_document <> ''),
  verified boolean not null default false,
  note text not null default '',
  unique (item, effective_from),
  check (effective_to >= effective_from)
);
insert into settlement_limit (id, item, value, effective_from, source_document, verified, note) values
  ('backdate-hours-sample-1', 'backdate_hours', 24, '2000-01-01', 'Sample figure of this project', false,
   'No published document of the four cities names a limit; a day covers an outage of an institution.');

-- Null: at once.
alter table settlement_claim add column retry_at timestamptz;
-- At most 8 digits before the point: a sum of any number of bills that can happen stays inside a bigint.
alter table settlement_claim add constraint settlement_claim_medfee_bound check (medfee_fen < 10000000000);

-- An institution names its settlements without the person (daily statements).
create index settlement_result_institution_id on settlement_result (institution, id);

-- What a person used elsewhere is brought in once: a repeat must not double it.
create unique index settlement_movement_opened_once on settlement_movement (person_id, insured_city, year, insutype, kind)
  where result_id is null;
