-- Reason: a proof of deletion names who ended the order early, and not only who approved it; the deletion at an order's
--   end needs no figure of policy; stored answers of keyed requests about persons go with their order.
-- Locks: ACCESS EXCLUSIVE on three tables for columns without a rewrite; the index is built over no row, by one read of
--   the kept answers (7 days of them). Answers of before have no mark and go by their age.

alter table healthcodes_order add column closed_officer text;

alter table healthcodes_purge_proof
  add column ended_client text,
  add column ended_officer text,
  add check ((ended_client is null) = (ended_officer is null)),
  alter column policy_name drop not null,
  alter column policy_version drop not null,
  add check ((policy_name is null) = (policy_version is null)),
  add check (cause = 'order-ended' or policy_name is not null);

-- `goes_with`: what the answer belongs to, whose end takes it along. `purged_at`: the answer is gone, and its key stays
-- until it is pruned: a repeat is told so and does nothing anew.
alter table kernel_idempotency_key
  add column goes_with text,
  add column purged_at timestamptz;
create index kernel_idempotency_key_goes_with on kernel_idempotency_key (goes_with) where goes_with is not null;
