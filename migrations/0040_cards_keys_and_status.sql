-- Reason: card issuers with their keys, cards with their status, codes that were used once.
-- Lock: new tables only; nothing that exists is locked.
--
-- Every verifying process reads these tables whole, by (city, change_no), and answers from memory. They are therefore
-- not distributed by person: a card is found by its id or by its place in its issuer's list, where no person is known.

create table cards_issuer (
  city            text primary key check (city in ('510100', '510600', '511400', '512000')),
  -- The `iss` of everything it signs.
  issuer          text not null unique,
  -- Cards so far. With scatter_key it gives the next card a place in the list that does not tell their order.
  cards_issued    bigint not null default 0,
  scatter_key     bytea not null,
  -- Raised by every change of the issuer's keys or cards. Who raises it holds the row until the commit, so that the
  -- numbers become visible in their order and a reader needs only rows above the last one it saw.
  change_no       bigint not null default 0
);

create table cards_issuer_key (
  -- RFC 7638 thumbprint of the public key.
  kid                   text primary key,
  city                  text not null references cards_issuer,
  public_x              text not null,
  public_y              text not null,
  private_key_encrypted bytea not null,
  uses                  text[] not null check (uses <@ array['card', 'code', 'status'] and cardinality(uses) > 0),
  active_from           timestamptz not null,
  -- From then on nothing new is signed with it; what was signed before stays good until verify_until.
  retired_at            timestamptz,
  verify_until          timestamptz,
  -- Compromised: nothing signed with it counts any more.
  revoked_at            timestamptz
);
create index cards_issuer_key_city on cards_issuer_key (city);

create table cards_card (
  card_id       uuid primary key,
  city          text not null references cards_issuer,
  status_index  integer not null check (status_index >= 0),
  person_id     uuid not null,
  -- As shown to whoever verifies, e.g. 张*明. Not encrypted: it is no name, and millions are read at start.
  masked_name   text not null,
  insured_city  text check (insured_city in ('510100', '510600', '511400', '512000')),
  insured_until date,
  -- Values of the IETF Token Status List: 0 valid, 1 revoked, 2 suspended.
  status        smallint not null default 0 check (status in (0, 1, 2)),
  -- Shared with nobody: the freeze is, the reason is not.
  status_reason text,
  status_at     timestamptz,
  issued_at     timestamptz not null,
  expires_at    timestamptz not null,
  change_no     bigint not null,
  unique (city, status_index)
);
create index cards_card_change on cards_card (city, change_no, status_index);
create index cards_card_person on cards_card (person_id);

-- A code that was used once. The unique key is the guard; rows go when the code has expired anyway.
create table cards_code_use (
  city       text not null,
  nonce      text not null,
  card_id    uuid not null,
  used_by    text not null,
  -- Idempotency-Key of the use: the same client asking again under it is the same use.
  use_key    text,
  used_at    timestamptz not null,
  expires_at timestamptz not null,
  primary key (city, nonce)
);
create index cards_code_use_expired on cards_code_use (expires_at);

-- How old keys, status and register in memory may be. Beyond refuse_after_s nothing is accepted.
create table cards_freshness_policy (
  effective_from date primary key,
  warn_after_s   integer not null check (warn_after_s > 0),
  refuse_after_s integer not null check (refuse_after_s >= warn_after_s),
  source         text not null,
  verified       boolean not null
);
insert into cards_freshness_policy values
  ('2020-01-01', 10, 120, 'Chosen by the project; no rule of the four cities was at hand.', false);
