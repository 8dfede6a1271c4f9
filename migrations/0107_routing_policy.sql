-- Reason: how long messages are tried and kept, and where they go, is policy.
-- Lock: creates new objects only.

-- One row per event and day from which it holds; '*' is for every event without a row of its own. A figure in force is
-- replaced by a row with a later effective_from, never changed. Retries are decided by the row in force when an attempt
-- ends: they never reach back to what was buried under an earlier one.
create table routing_channel (
  event           text not null,
  effective_from  timestamptz not null,
  max_body_bytes  integer not null check (max_body_bytes between 1024 and 104857600),
  max_attempts    integer not null check (max_attempts between 1 and 1000),
  max_age_s       integer not null check (max_age_s between 1 and 2592000),
  backoff_base_ms integer not null check (backoff_base_ms between 10 and 600000),
  backoff_cap_ms  integer not null check (backoff_cap_ms between 10 and 3600000),
  deadline_ms     integer not null check (deadline_ms between 100 and 60000),
  -- Whether to send again where nobody knows if the last attempt arrived: right for receivers that drop repeats.
  retry_unknown   boolean not null,
  -- Whether a dead message holds back its own patient's later ones at that destination.
  dead_blocks     boolean not null,
  body_days       integer not null check (body_days between 1 and 3650),
  log_days        integer not null check (log_days between 2 and 3650),
  source_document text not null check (source_document <> ''),
  verified        boolean not null default false,
  note            text not null default '',
  primary key (event, effective_from),
  check (body_days <= log_days),
  -- A message is known by its log row: it must not be forgotten while it may still be sent again.
  check (max_age_s <= (log_days - 1) * 86400)
);
insert into routing_channel
  (event, effective_from, max_body_bytes, max_attempts, max_age_s, backoff_base_ms, backoff_cap_ms, deadline_ms,
   retry_unknown, dead_blocks, body_days, log_days, source_document, verified, note)
values
  ('*', '2000-01-01T00:00:00Z', 1048576, 100, 259200, 1000, 900000, 10000, true, true, 7, 31,
   'Sample figures of this project', false,
   'Three days cover a weekend without staff at the destination. Retries of senders are expected within 30 days.');

-- Additional destinations by event and sender. '*' is every sender.
create table routing_rule (
  id              uuid primary key,
  event           text not null,
  sender          text not null,
  destination     text not null,
  rank            smallint check (rank between 0 and 2),
  valid_from      date not null,
  valid_to        date,
  source_document text not null check (source_document <> ''),
  verified        boolean not null default false,
  changed_by      text not null,
  changed_at      timestamptz not null,
  unique (event, sender, destination, valid_from),
  check (valid_to is null or valid_to >= valid_from)
);
