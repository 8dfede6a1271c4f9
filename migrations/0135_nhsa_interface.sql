-- Reason: the national interface for designated institutions (/nhsa): access keys of its gateway, sign-ins, messages with their
--   answers, and what areas write differently.
-- Lock: new tables only; nothing that exists is locked.
--
-- No person stands in the keys: institutions number their messages and sign-ins themselves, and a repeat knows no person before
-- its message is found. An answer may hold names, so it is encrypted, and it is deleted when it is too old to be asked again.

-- The serial of inf_refmsgid. A process takes a thousand at a time.
create sequence nhsa_refmsg increment 1000 maxvalue 9999999000 cycle;

-- An access key lets an institution sign its calls (HMAC-SHA1). Only the secret's ciphertext is stored.
create table nhsa_access_key (
  access_key       text primary key check (access_key ~ '^nhsa-[a-z2-7]{20}$'),
  institution      text not null check (institution ~ '^[HP][0-9]{11}$'),
  secret_encrypted bytea not null,
  issued_at        timestamptz not null,
  revoked_at       timestamptz check (revoked_at >= issued_at),
  changed_xid      xid8 not null default pg_current_xact_id()
);
create index nhsa_access_key_changed on nhsa_access_key (changed_xid);

create table nhsa_sign_in (
  institution   text not null check (institution ~ '^[HP][0-9]{11}$'),
  -- One sign-in for one message: a repeat of 9001 after a crash gets the same number.
  msgid         text not null,
  sign_no       text not null unique check (sign_no ~ '^[0-9A-Z]{26}$'),
  -- An operator or a terminal of the institution, as it numbers them.
  opter_no      text not null,
  signed_in_at  timestamptz not null,
  signed_out_at timestamptz check (signed_out_at >= signed_in_at),
  primary key (institution, msgid)
);
create index nhsa_sign_in_old on nhsa_sign_in (signed_in_at);

create table nhsa_message (
  institution      text not null check (institution ~ '^[HP][0-9]{11}$'),
  msgid            text not null check (length(msgid) between 1 and 30),
  infno            text not null,
  -- SHA-256 of the call: another body under the same msgid is refused.
  body_hash        bytea not null check (length(body_hash) = 32),
  received_at      timestamptz not null,
  -- Who does the work, and until when it is taken to be at it; past that another may take it over.
  worker           uuid,
  busy_until       timestamptz,
  answer_encrypted bytea,
  -- The answer was deleted by age; the row still keeps its msgid from being used again.
  answer_purged    boolean not null default false,
  primary key (institution, msgid),
  constraint nhsa_message_state check (answer_encrypted is null or not answer_purged)
);
create index nhsa_message_answered on nhsa_message (received_at) where answer_encrypted is not null;

-- How areas write codes and what they demand, as profiles; which profile a city follows is a row with its first day.
create table nhsa_profile (
  profile         text primary key check (profile ~ '^[a-z][a-z0-9-]{1,30}$'),
  name            text not null,
  source_document text not null check (source_document <> ''),
  verified        boolean not null
);
create table nhsa_area (
  admdvs          text not null check (admdvs in ('510100', '510600', '511400', '512000')),
  from_date       date not null,
  profile         text not null references nhsa_profile,
  source_document text not null check (source_document <> ''),
  verified        boolean not null,
  primary key (admdvs, from_date)
);
create table nhsa_code_variant (
  profile         text not null references nhsa_profile,
  dictionary      text not null check (dictionary ~ '^[a-z_]+$'),
  local_code      text not null check (local_code ~ '^[0-9A-Za-z]{1,12}$'),
  national_code   text not null check (national_code ~ '^[0-9A-Za-z]{1,12}$'),
  name            text not null,
  -- The local code that is written for the national one.
  outward         boolean not null,
  source_document text not null check (source_document <> ''),
  verified        boolean not null,
  primary key (profile, dictionary, local_code)
);
create unique index nhsa_code_variant_outward on nhsa_code_variant (profile, dictionary, national_code) where outward;
create table nhsa_setting (
  profile         text not null references nhsa_profile,
  name            text not null check (name in ('infver', 'recer_sys_code', 'token_length', 'sign_in_hours', 'answer_days')),
  value           text not null check (value <> ''),
  source_document text not null check (source_document <> ''),
  verified        boolean not null,
  primary key (profile, name)
);
