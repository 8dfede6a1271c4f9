-- Reason: messages that the hub has accepted for other institutions: their log, bodies and deliveries.
-- Lock: creates new objects only.
--
-- Exception to the rule of person_id in every key: a message goes from an institution to institutions, its keys are those of
-- its sender (`sender`, `message_id`), many messages name no registered person, and none is ever read together with another
-- person's rows. They can be distributed by sender and destination.

-- The log: what was sent by whom, and what became of it. No content. Refused messages stand here too.
create table routing_message (
  -- UUIDv7 of the moment of receipt: rows are listed and pruned in its order.
  id          uuid primary key,
  sender      text not null,
  client_id   text not null,
  -- MessageHeader.id names the message, Bundle.id its transmission. Null where the body could not be read.
  message_id  text,
  bundle_id   text,
  -- Empty where the body could not be read.
  event       text not null,
  -- SHA-256 of what the bundle carries, without its own id and time.
  digest      bytea,
  person_id   uuid,
  received_at timestamptz not null,
  sent_at     timestamptz,
  bytes       integer not null,
  state       text not null check (state in ('accepted', 'refused')),
  reason      text,
  -- The answer as it was given: a repeat gets the same bytes. It holds ids only.
  answer      text,
  request_id  text not null,
  check ((state = 'accepted') = (answer is not null and digest is not null and message_id is not null
    and bundle_id is not null)),
  check ((state = 'refused') = (reason is not null))
);
-- These two decide between parallel sendings of one message.
create unique index routing_message_key on routing_message (sender, message_id) where state = 'accepted';
create unique index routing_message_bundle on routing_message (sender, bundle_id) where state = 'accepted';
create index routing_message_sender on routing_message (sender, id);
create index routing_message_person on routing_message (person_id, id) where person_id is not null;
-- Ages are set per event.
create index routing_message_event on routing_message (event, id);

-- The body as received, encrypted for its row; kept for a shorter time than the log.
create table routing_body (
  event text not null,
  id    uuid not null,
  body_encrypted bytea not null,
  primary key (event, id)
);
-- Ciphertext does not compress, and a row of usual size fits into its page.
alter table routing_body alter column body_encrypted set storage external;
alter table routing_body set (toast_tuple_target = 8160);

-- Where messages go. One row per institution that gets any, and one per subscription.
create table routing_destination (
  code             text primary key,
  kind             text not null check (kind in ('hospital', 'webhook', 'subscription')),
  institution      text not null,
  -- Of a hospital, the address for webhooks: where messages go stands in its registration (records_hospital).
  url              text check (url is null or url ~ '^https?://[^?#]+$'),
  secret_encrypted bytea,
  concurrency      integer not null default 4 check (concurrency between 1 and 64),
  paused_at        timestamptz,
  paused_by        text,
  -- The destination asked to be left alone until then (Retry-After).
  hold_until       timestamptz,
  change_no        bigint not null,
  changed_by       text not null,
  changed_at       timestamptz not null,
  check (kind = 'hospital' or url is not null),
  -- A subscription's notices are signed with the key of its institution.
  check ((secret_encrypted is null) = (url is null or kind = 'subscription')),
  check ((paused_at is null) = (paused_by is null))
);

-- One row. A writer raises the number and holds the row until its commit, so that numbers become visible in order.
create table routing_change (
  only_row  boolean primary key default true check (only_row),
  change_no bigint not null
);
insert into routing_change (change_no) values (0);

-- A lane is the messages of one patient at one destination: they are delivered in order, one at a time. Its row is the lock
-- under which messages join and leave it.
create table routing_lane (
  destination text not null,
  -- Opaque: the person's id, or a keyed hash of what the sender calls the patient.
  subject     text not null,
  -- When the message at its head may be taken; null: nothing to do, or parked. While one is being sent: the end of the lease.
  due_at      timestamptz,
  -- Who is sending; set together with the lease.
  claim       uuid,
  -- The most urgent message in the lane: it pulls those before it along.
  rank        smallint not null,
  parked      boolean not null default false,
  touched_at  timestamptz not null,
  primary key (destination, subject),
  check (not parked or due_at is null)
) with (fillfactor = 70);
-- What is being sent now: an upper limit per destination counts it.
create index routing_lane_claimed on routing_lane (destination, due_at) where claim is not null;
create index routing_lane_due on routing_lane (destination, rank, due_at) where due_at is not null;

create table routing_delivery (
  destination  text not null,
  message_id   uuid not null,
  kind         text not null check (kind in ('message', 'notice', 'handshake')),
  subject      text not null,
  event        text not null,
  -- Order within the lane; taken while the lane is locked.
  seq          bigint generated always as identity,
  -- 0 urgent, 1 soon, 2 routine.
  rank         smallint not null check (rank between 0 and 2),
  state        text not null check (state in ('queued', 'sending', 'waiting', 'delivered', 'dead', 'cancelled')),
  attempts     integer not null default 0,
  accepted_at  timestamptz not null,
  -- Attempts and age are counted from here: acceptance, or the last re-run by a person.
  counted_from timestamptz not null,
  first_at     timestamptz,
  last_at      timestamptz,
  next_at      timestamptz,
  ended_at     timestamptz,
  -- Why the last attempt was not the end, or why it was.
  reason       text,
  -- A dead one that holds back what comes behind it in its lane.
  blocks       boolean not null default false,
  status       smallint,
  primary key (destination, message_id),
  check ((state in ('delivered', 'cancelled')) = (ended_at is not null)),
  check (state = 'dead' or not blocks)
);
create index routing_delivery_message on routing_delivery (message_id);
-- What is not finished, in its order. Small whatever the age of the system.
create index routing_delivery_open on routing_delivery (destination, subject, seq)
  where state in ('queued', 'sending', 'waiting', 'dead');
create index routing_delivery_urgent on routing_delivery (destination, subject, rank)
  where state in ('queued', 'sending', 'waiting', 'dead') and rank < 2;
create index routing_delivery_dead on routing_delivery (destination, seq) where state = 'dead';
