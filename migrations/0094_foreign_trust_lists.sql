-- Reason: certificates of other systems (SMART Health Cards, EU DCC) are believed on the word of a list that an operator
--   imports; the service fetches nothing. A list is replaced whole. Reference data: small, the same on every node.
-- Lock: new tables only.

create table foreign_trust_list (
  format      text primary key check (format in ('shc', 'dcc')),
  -- Only a higher one replaces it.
  version     integer not null check (version > 0),
  source      text not null,
  issued_at   timestamptz not null,
  valid_until timestamptz not null,
  imported_at timestamptz not null,
  imported_by text not null,
  check (valid_until > issued_at)
);

create table foreign_shc_issuer (
  iss  text primary key,
  name text not null
);

create table foreign_shc_key (
  iss text not null references foreign_shc_issuer on delete cascade,
  -- Unique for one issuer only: nothing may be looked up by it alone.
  kid text not null,
  -- As published, with its certificates where it has any.
  jwk jsonb not null,
  primary key (iss, kid)
);

-- What an issuer has revoked under one of its keys.
create table foreign_shc_revocation_list (
  iss  text not null,
  kid  text not null,
  -- Equals `crlVersion` of the key.
  ctr  bigint not null check (ctr >= 0),
  -- An id, or an id, a dot and the second before which its cards are revoked.
  rids text[] not null,
  primary key (iss, kid),
  foreign key (iss, kid) references foreign_shc_key on delete cascade
);

create table foreign_dcc_certificate (
  -- SHA-256 of the certificate. Its first 8 bytes are the kid, which can collide.
  fingerprint bytea primary key check (octet_length(fingerprint) = 32),
  country     text not null check (country ~ '^[A-Z]{2}$'),
  der         bytea not null
);
