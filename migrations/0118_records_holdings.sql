-- Reason: the locator learns which types of records an institution holds for a person, from whom it learnt it and when;
--   the registry learns of which types a hospital gives notice, so that it need not be asked where it gave none.
-- Lock: records_hospital briefly (a new column with a constant default); the table is new.

-- Resource types whose every new record the hospital announces. Empty: it announces nothing and is asked.
alter table records_hospital add column notifies text[] not null default '{}';

-- One row per person, institution and type. No foreign key to records_hospital: a notice may come from a house whose
-- records cannot be asked for (yet), and it must not be lost for that.
create table records_holding (
  person_id     uuid not null,
  institution   text not null check (institution ~ '^H[0-9]{11}$'),
  resource_type text not null check (resource_type ~ '^[A-Z][A-Za-z]{1,63}$'),
  -- What said so last: a notice or a message of the institution, or its answer to a search.
  learnt_from   text not null check (learnt_from in ('notice', 'message', 'search')),
  first_seen_at timestamptz not null,
  seen_at       timestamptz not null,
  primary key (person_id, institution, resource_type)
);
