-- The transactional outbox and the store of idempotent answers.
-- Locks: creates new objects only.

-- One row per (event, subscriber). The row is the truth, the queue job only wakes somebody up; a row leaves the
-- unfinished set when its handler has committed (done_at) or when it was given up (dead_at, the dead letters).
create table kernel_outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  queue text not null,
  -- Ids only: never names, identity numbers or clinical content.
  payload jsonb not null,
  request_id text,
  created_at timestamptz not null,
  sent_at timestamptz,
  -- How often it was put on the queue: part of the job's id, so that a sweep is never swallowed by a dead job.
  sends integer not null default 0,
  attempts integer not null default 0,
  done_at timestamptz,
  dead_at timestamptz,
  last_error text
);

-- The relay reads unsent rows in order; the sweep reads rows sent long ago and still unfinished.
create index kernel_outbox_unsent on kernel_outbox (id) where sent_at is null and dead_at is null;
create index kernel_outbox_unfinished on kernel_outbox (sent_at) where done_at is null and dead_at is null;
create index kernel_outbox_dead on kernel_outbox (dead_at) where dead_at is not null;
create index kernel_outbox_done on kernel_outbox (done_at) where done_at is not null;

-- Answers of state-changing POSTs, written in the transaction of their effect: a repeat gets the stored answer.
create table kernel_idempotency_key (
  client_id text not null,
  key text not null,
  request_hash bytea not null,
  status integer,
  answer text,
  location text,
  created_at timestamptz not null,
  primary key (client_id, key)
);
create index kernel_idempotency_key_age on kernel_idempotency_key (created_at);
