-- Reason: an insurance is ended, suspended, resumed and moved to another city, a person becomes a civil servant or one with
--   a right to medical aid (医疗救助), each from a day on and told by the insured city's bureau. Settlement asks for all of
--   it as of a day.
-- Lock: new tables only; nothing that exists is locked.

-- What a bureau did to insurances and special identities: only ever added to.
create table people_insurance_event (
  person_id      uuid not null references people_person,
  -- First day of the insurance; null where it is about a special identity.
  insurance_from date,
  event_id       uuid not null,
  kind           text not null check (kind in (
    'end', 'move', 'suspend', 'resume', 'civil-servant', 'no-civil-servant', 'identity', 'identity-end')),
  -- The day from which it counts; of an end or a move the last day of the insurance.
  on_date        date not null,
  -- Of a move: the city that insures from then on, which tells that insurance itself.
  to_city        text check (to_city in ('510100', '510600', '511400', '512000')),
  identity_id    uuid,
  reason         text not null check (length(reason) between 1 and 200),
  by_client      text not null,
  city           text not null check (city in ('510100', '510600', '511400', '512000')),
  request_id     text,
  at             timestamptz not null,
  primary key (person_id, event_id),
  check ((kind = 'move') = (to_city is not null)),
  check ((kind in ('identity', 'identity-end')) = (identity_id is not null)),
  check ((kind in ('identity', 'identity-end')) = (insurance_from is null))
);
-- Of many people at once, as of a day: settlement's way.
create index people_insurance_event_day on people_insurance_event (person_id, insurance_from, on_date desc, event_id desc);
create trigger people_insurance_event_append_only before update or delete or truncate on people_insurance_event
  for each statement execute function people_refuse_change();

-- Special identities (人员身份类别), such as 2303 低保救助对象. They count for the fund of the city that notes them.
create table people_identity (
  person_id     uuid not null references people_person,
  identity_id   uuid not null,
  city          text not null check (city in ('510100', '510600', '511400', '512000')),
  psn_idet_type text not null check (psn_idet_type ~ '^[0-9]{2,4}$'),
  from_date     date not null,
  to_date       date check (to_date >= from_date),
  memo          text check (length(memo) <= 500),
  primary key (person_id, identity_id),
  constraint people_identity_once_a_day
    exclude using gist (person_id with =, city with =, psn_idet_type with =, daterange(from_date, to_date, '[]') with &&)
);
