-- Reason: a decision says which report it used, so that a correction of that report can open it again as a new row; in which
--   department it was taken, what was saved, and whether the patient was told.
-- Lock: recognition_decision gets columns without default and one check is replaced (checked against existing rows).

alter table recognition_decision
  -- Report that the result stood in, as its issuer names it.
  add column report_id text check (length(report_id) <= 64),
  -- State of the report when it was used: status, time of issue and version. Never a value.
  add column evidence text check (length(evidence) <= 200),
  add column department text check (length(department) <= 64),
  add column informed text check (informed in ('yes', 'no', 'impossible')),
  add column saved_fen bigint check (saved_fen >= 0),
  -- Attempt to fetch images, for reason 98.
  add column retrieval_ref text check (length(retrieval_ref) <= 64),
  -- The decision that this row opens again.
  add column reopens uuid,
  add column used_outside boolean not null default false;

alter table recognition_decision drop constraint recognition_decision_outcome_check;
alter table recognition_decision add constraint recognition_decision_outcome_check check (outcome in
  ('recognised', 'not-recognised', 'not-eligible', 'pending', 'reason-needed', 'open', 'reopened'));

-- A correction opens a decision once, whoever notices it first.
create unique index recognition_decision_reopened on recognition_decision (person_id, reopens, evidence)
  where reopens is not null;
-- What an institution has to look at again.
create index recognition_decision_to_review on recognition_decision (institution, decided_at desc)
  where outcome = 'reopened';
-- What became of an institution's own results.
create index recognition_decision_issued on recognition_decision (issuer, decided_month);
