-- Reason: the systems that may call the API, the keys that sign their access tokens, and the assertions that they
--   have used up (OAuth 2 client credentials with private_key_jwt: RFC 6749 §4.4, RFC 7523, SMART Backend Services).
-- Lock: new tables only; nothing that exists is locked.
-- None of these tables has a person_id: they grow with institutions and their systems, not with people or visits.

create table identity_client (
  client_id   text primary key check (client_id ~ '^[a-z0-9][a-z0-9._-]{2,63}$'),
  role        text not null check (role in ('hospital', 'pharmacy', 'bureau', 'cdc', 'issuer', 'operator')),
  -- National code (fixmedins_code) of the institution for which the client acts.
  institution text,
  -- City (GB/T 2260) whose side it stands for.
  city        text,
  scopes      text[] not null check (cardinality(scopes) > 0),
  -- Public keys only (RFC 7517). The private halves never leave the client.
  jwks        jsonb not null,
  status      text not null default 'active' check (status in ('active', 'suspended')),
  status_note text,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  -- Transaction that last wrote the row. Readers who keep clients in memory ask for everything since the oldest
  -- transaction that was still open at their last look: unlike a time or a counter this misses no late commit.
  changed_xid xid8 not null default pg_current_xact_id(),
  check (role not in ('hospital', 'pharmacy') or institution is not null),
  check (role not in ('bureau', 'cdc', 'issuer') or city is not null)
);
create index identity_client_changed on identity_client (changed_xid);

-- A client assertion is good once (SMART Backend Services, `jti`). The primary key is the guard: of two requests
-- with one assertion, at the same instant or on two machines, one inserts its row.
create table identity_assertion_jti (
  client_id  text not null,
  jti        text not null,
  -- From here on the assertion is refused for its age, so the row may go.
  expires_at timestamptz not null,
  primary key (client_id, jti)
);
create index identity_assertion_jti_expiry on identity_assertion_jti (expires_at);

create table identity_signing_key (
  -- Thumbprint of the public key (RFC 7638).
  kid             text primary key,
  -- next: published, does not sign yet; active: signs; retired: published until its last token has ended.
  state           text not null check (state in ('next', 'active', 'retired')),
  public_jwk      jsonb not null,
  -- PKCS#8, under the keyring's field encryption. Wiped on retirement: a retired key must never sign again.
  private_key     bytea,
  created_at      timestamptz not null,
  activated_at    timestamptz,
  retired_at      timestamptz,
  published_until timestamptz,
  check ((state = 'retired') = (private_key is null)),
  check ((state = 'retired') = (retired_at is not null)),
  check ((state = 'retired') = (published_until is not null)),
  check ((state = 'next') = (activated_at is null) or state = 'retired')
);
create unique index identity_signing_key_one_active on identity_signing_key (state) where state = 'active';
create unique index identity_signing_key_one_next on identity_signing_key (state) where state = 'next';

-- Algorithms that client assertions may use. Data, because the choice is a rule with a date, not a property of the
-- code: SMART names RS384 and ES384; a national profile may strike some of them.
create table identity_assertion_algorithm (
  alg            text not null check (alg in ('ES256', 'ES384', 'RS384', 'EdDSA')),
  effective_from timestamptz not null,
  effective_to   timestamptz check (effective_to > effective_from),
  source         text not null,
  verified       boolean not null,
  primary key (alg, effective_from)
);
insert into identity_assertion_algorithm (alg, effective_from, source, verified) values
  ('ES384', '2020-01-01T00:00:00+08:00', 'HL7 SMART App Launch, Backend Services', true),
  ('RS384', '2020-01-01T00:00:00+08:00', 'HL7 SMART App Launch, Backend Services', true),
  ('ES256', '2020-01-01T00:00:00+08:00', 'project default: what most HIS libraries offer', false),
  ('EdDSA', '2020-01-01T00:00:00+08:00', 'project default', false);
