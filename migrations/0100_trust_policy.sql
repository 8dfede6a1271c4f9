-- Reason: how long published status lists and trust bundles may be used is policy; bundles of all processes are numbered in
--   one order, so that a verifier without network can refuse an older one.
-- Lock: new table and sequence.

-- Policy, versioned: a figure in force is replaced by a row with a later effective_from, never changed.
-- Reference table: a few rows, no person in it.
create table trust_policy (
  effective_from  date primary key,
  -- Seconds after the fetch at which a status list should be fetched again; a revocation is in the list by then.
  list_ttl_s      integer not null check (list_ttl_s between 5 and 3600),
  -- Life of a signed status list.
  list_life_s     integer not null check (list_life_s between 3600 and 604800),
  -- Offline, `stale` is said of what is older than the first and nothing is accepted that is older than the second.
  bundle_warn_s   integer not null check (bundle_warn_s > 0),
  bundle_life_s   integer not null check (bundle_life_s between 3600 and 604800),
  -- City whose issuer signs the bundles for all.
  bundle_city     text not null check (bundle_city ~ '^\d{6}$'),
  source_document text not null check (source_document <> ''),
  verified        boolean not null default false,
  note            text not null default '',
  check (bundle_warn_s < bundle_life_s),
  -- A list is signed again after a quarter of its life: what is left must outlast a bundle that holds it.
  check (bundle_life_s <= list_life_s * 3 / 4)
);
insert into trust_policy
  (effective_from, list_ttl_s, list_life_s, bundle_warn_s, bundle_life_s, bundle_city, source_document, verified, note)
values
  ('2000-01-01', 60, 86400, 28800, 43200, '510100', 'Sample figures of this project', false,
   'No published document of the four cities names such limits. Twelve hours cover the outage of a working day.');

create sequence trust_bundle_number as bigint;
