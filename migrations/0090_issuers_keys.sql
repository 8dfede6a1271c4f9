-- Reason: health codes, status lists and bundles are signed by the same issuers as cards, with other algorithms too; the keys
--   move from the cards to a slice of their own, with a change number of their own.
-- Lock: cards_issuer_key for the renaming, shortly.

create table issuers_issuer (
  city      text primary key check (city in ('510100', '510600', '511400', '512000')),
  -- The `iss` of everything it signs.
  issuer    text not null unique,
  -- Raised by every change of the issuer's keys; who raises it holds the row until the commit.
  change_no bigint not null default 0
);
insert into issuers_issuer (city, issuer) select city, 'urn:yimatong:' || city from cards_issuer;

alter table cards_issuer drop column issuer;

alter table cards_issuer_key rename to issuers_key;
alter index cards_issuer_key_pkey rename to issuers_key_pkey;
alter index cards_issuer_key_city rename to issuers_key_city;
alter table issuers_key drop constraint cards_issuer_key_city_fkey;
alter table issuers_key add foreign key (city) references issuers_issuer;
alter table issuers_key drop constraint cards_issuer_key_uses_check;
alter table issuers_key add constraint issuers_key_uses
  check (uses <@ array['card', 'code', 'status', 'health', 'bundle'] and cardinality(uses) > 0);
-- JOSE `alg`; SM2-SM3 is SM2 with SM3 and the default id (GB/T 32918).
alter table issuers_key add column alg text not null default 'ES256' check (alg in ('ES256', 'EdDSA', 'SM2-SM3'));
alter table issuers_key alter column alg drop default;
-- An Ed25519 key has one coordinate.
alter table issuers_key alter column public_y drop not null;
