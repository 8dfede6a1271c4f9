-- Reason: the hospitals whose records the hub may ask (the only addresses it ever calls), and the locator: at which of
--   them a person is known.
-- Lock: new tables only; nothing that exists is locked.

create table records_hospital (
  -- 定点医药机构编号. No foreign key: the register of institutions belongs to another slice; the verb checks it.
  institution           text primary key check (institution ~ '^H[0-9]{11}$'),
  base_url              text not null check (base_url ~ '^https?://[^?#]+[^/?#]$'),
  auth_kind             text not null check (auth_kind in ('none', 'backend-services')),
  -- Our own id at the hospital's token endpoint.
  client_id             text,
  token_url             text,
  private_key_encrypted bytea,
  public_jwk            jsonb,
  deadline_ms           integer check (deadline_ms between 100 and 60000),
  max_bytes             integer not null check (max_bytes between 1024 and 104857600),
  max_sockets           integer not null check (max_sockets between 1 and 64),
  -- FHIR identifier system of each identifier type by which this hospital knows people, e.g. {"resident-id": "urn:oid:..."}.
  identifier_systems    jsonb not null,
  enabled               boolean not null,
  change_no             bigint not null,
  changed_by            text not null,
  changed_at            timestamptz not null,
  check (auth_kind = 'none'
    or (client_id is not null and private_key_encrypted is not null and public_jwk is not null))
);

-- One row. A writer raises the number and holds the row until its commit, so that numbers become visible in order.
create table records_change (
  only_row  boolean primary key default true check (only_row),
  change_no bigint not null
);
insert into records_change (change_no) values (0);

-- What each hospital last said about a person. `linked` false is remembered for minutes only (src/records/locate.ts).
create table records_locator (
  person_id   uuid not null,
  institution text not null references records_hospital,
  linked      boolean not null,
  seen_at     timestamptz not null,
  primary key (person_id, institution)
);
