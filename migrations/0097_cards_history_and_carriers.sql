-- Reason: what happened to a card must be told years later, and by whom it was done; and the social-security card and the
--   insurance voucher are to be shown like a card (一卡通: several carriers, one person).
-- Lock: new tables; cards_card is read once.
--
-- Kept by person like everything that grows with people; the routes know a card or carrier by its own id, for which the
-- indexes below are.

create table cards_event (
  event_no    bigint generated always as identity,
  person_id   uuid not null,
  item_kind   text not null check (item_kind in ('card', 'carrier')),
  item_id     uuid not null,
  at          timestamptz not null,
  event       text not null check (event in (
                'issued', 'registered', 'suspended', 'lost', 'restored', 'revoked', 'renewed', 'replaced')),
  -- Values of the IETF Token Status List, as in cards_card.
  from_status smallint check (from_status in (0, 1, 2)),
  to_status   smallint not null check (to_status in (0, 1, 2)),
  -- For the issuer's eyes alone.
  reason      text,
  by_client   text not null,
  by_org      text not null,
  -- The card that takes the place of this one, or whose place this one takes.
  related_id  uuid,
  primary key (person_id, item_id, event_no)
);

create function cards_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what happened to a card is only ever added to', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger cards_event_append_only before update or delete or truncate on cards_event
  for each statement execute function cards_refuse_change();

-- What is known of the cards that are older than this table; who issued them, their row does not say.
insert into cards_event (person_id, item_kind, item_id, at, event, to_status, by_client, by_org)
select person_id, 'card', card_id, issued_at, 'issued', 0, 'not recorded', city from cards_card;
insert into cards_event (person_id, item_kind, item_id, at, event, from_status, to_status, reason, by_client, by_org)
select person_id, 'card', card_id, status_at,
       case status when 0 then 'restored' when 1 then 'revoked' else 'suspended' end,
       null, status, status_reason, 'not recorded', city
from cards_card where status_at is not null;

create table cards_carrier (
  person_id        uuid not null,
  carrier_id       uuid not null,
  kind             text not null check (kind in ('social-security-card', 'insurance-voucher')),
  -- City that issued the carrier and alone changes it.
  city             text not null check (city in ('510100', '510600', '511400', '512000')),
  number_encrypted bytea not null,
  -- As in cards_card: what a counter compares, no name.
  masked_name      text not null,
  valid_from       date not null,
  valid_to         date check (valid_to >= valid_from),
  status           smallint not null default 0 check (status in (0, 1, 2)),
  status_reason    text,
  status_at        timestamptz,
  registered_at    timestamptz not null,
  primary key (person_id, carrier_id)
);
create index cards_carrier_by_id on cards_carrier (carrier_id);

-- The way from a number to its carrier: the keyed hash alone is the key, as in people_identifier, because it must be
-- unique over all people. One row for each live index key.
create table cards_carrier_index (
  index_value  bytea primary key check (octet_length(index_value) = 32),
  index_key_id text not null,
  person_id    uuid not null,
  carrier_id   uuid not null,
  foreign key (person_id, carrier_id) references cards_carrier deferrable initially deferred
);
create index cards_carrier_index_carrier on cards_carrier_index (person_id, carrier_id);
