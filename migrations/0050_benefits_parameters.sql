-- Why: benefit policy (deductibles, ratios, caps) is versioned data with its source and a verified flag, never a constant in code.
-- Lock: creates one new table; no lock on an existing one.
-- Reference table: small, the same on every node, no person in it.

create table benefits_parameter (
  -- Readable and stable: a settlement's trace names the rows that it rests on.
  id text primary key check (length(id) between 1 and 120),
  version integer not null check (version > 0),
  city text not null check (city ~ '^[0-9]{6}$'),
  insutype text not null,
  -- '*' in the next three: the row holds for all.
  psn_type text not null,
  med_type text not null,
  hosp_lv text not null,
  item text not null,
  -- null: the figure exists but is missing or disputed; a claim that needs it is refused.
  value jsonb check (value <> 'null'::jsonb),
  effective_from date not null,
  -- Last day in force.
  effective_to date,
  source_document text not null check (source_document <> ''),
  verified boolean not null default false,
  note text not null default '',
  constraint benefits_parameter_key unique (city, insutype, psn_type, med_type, hosp_lv, item, effective_from, version),
  constraint benefits_parameter_dates check (effective_to >= effective_from),
  -- A figure that is missing cannot have been checked.
  constraint benefits_parameter_verified check (not verified or value is not null)
);
