-- Reason: FHIR R4 Subscriptions of institutions (rest-hook): whom a notice of new results is told.
-- Lock: creates new objects only.
--
-- Exception to the rule of person_id in every key: a subscription is read and deleted by the id that its owner knows.

-- The destination row of the same code carries its address; deliveries go through it like all others.
create table routing_subscription (
  id            uuid primary key,
  institution   text not null,
  resource_type text not null,
  person_id     uuid not null,
  criteria      text not null,
  endpoint      text not null,
  reason        text not null,
  status        text not null check (status in ('requested', 'active', 'error')),
  error         text,
  -- Answered by the endpoint before anything else is sent there.
  challenge     text not null,
  ends_at       timestamptz,
  created_at    timestamptz not null,
  created_by    text not null,
  -- The same wish again is the same subscription.
  unique (institution, criteria, endpoint)
);
create index routing_subscription_person on routing_subscription (person_id, resource_type) where status = 'active';
