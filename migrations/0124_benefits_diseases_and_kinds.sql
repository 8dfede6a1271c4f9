-- Why: 门诊慢特病 (med_type 14) has figures per disease, and benefits count more kinds of accumulators than three.
-- Lock: benefits_parameter (some hundreds of rows) and settlement_accumulator, for an instant: neither is rewritten or scanned,
--   since the new column has a constant default and a constraint only goes.

-- '*': the row holds for every disease, and for care that has none.
alter table benefits_parameter add column dise_codg text not null default '*' check (dise_codg <> '');

alter table benefits_parameter drop constraint benefits_parameter_key;
alter table benefits_parameter add constraint benefits_parameter_key
  unique (city, insutype, psn_type, med_type, hosp_lv, dise_codg, item, effective_from, version);

-- The kinds are the list of the benefit rules (ACCUMULATOR_KINDS), which grows with policy: a list here would only repeat it.
alter table settlement_accumulator drop constraint settlement_accumulator_kind_check;
