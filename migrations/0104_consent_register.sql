-- Reason: who may read what of a person for which purpose: consents and refusals with their history, relations of care,
--   emergency access with its review, legal grounds, and the policy that decides where nobody said anything
--   (个人信息保护法 art. 13 to 17, 23, 28, 29, 31).
-- Lock: new tables only; nothing that exists is locked.

-- Number of the policy that processes hold in memory; one row.
create table consent_revision (
  single    boolean primary key default true check (single),
  change_no bigint not null
);
insert into consent_revision (change_no) values (1);

-- Whoever changes policy, by whatever way, makes all processes read it again.
create function consent_policy_changed() returns trigger language plpgsql as $$
begin
  update consent_revision set change_no = change_no + 1;
  perform pg_notify('ymt_changes', 'consent');
  return null;
end
$$;

create function consent_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what was said about consent is only ever added to', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

-- Figures of policy; a change is a new version with its first day.
create table consent_figure (
  name      text not null,
  version   integer not null check (version > 0),
  value     integer not null check (value >= 0),
  from_date date not null,
  to_date   date check (to_date >= from_date),
  source    text not null check (source <> ''),
  verified  boolean not null default false,
  primary key (name, version)
);

-- Purposes of use (HL7 v3 PurposeOfUse) and what holds where neither an emergency nor the person has decided:
--   permit        allowed
--   deny          refused: consent is the only ground
--   declared      treatment: the reader states the purpose, and the audit log keeps the statement
--   required      treatment: a relation of care must be known to the hub
--   override      emergency: a break-glass in force is needed
--   legal-ground  a duty or an order must cover what is asked
create table consent_purpose (
  purpose        text not null check (purpose ~ '^[A-Z]{3,12}$'),
  version        integer not null check (version > 0),
  zh             text not null check (zh <> ''),
  en             text not null check (en <> ''),
  basis          text not null check (basis in
                   ('treatment', 'consent', 'statutory-duty', 'public-health-emergency', 'emergency', 'payment')),
  rule           text not null check (rule in ('permit', 'deny', 'declared', 'required', 'override', 'legal-ground')),
  -- False where the person's yes or no does not count, because a law decides.
  heeds_consent  boolean not null,
  roles          text[] not null check (cardinality(roles) > 0),
  -- Classes that the purpose can reach at all (docs: C4 identity, C5 clinical, C6 special disease, C8 settlement).
  data_classes   text[] not null check (cardinality(data_classes) > 0),
  -- Those that the rule covers. The others need the person's yes: who pays for care need not read the record.
  default_classes text[] not null check (default_classes <@ data_classes),
  from_date      date not null,
  to_date        date check (to_date >= from_date),
  source         text not null check (source <> ''),
  verified       boolean not null default false,
  primary key (purpose, version)
);

-- Duties and emergency orders that stand in for consent, each with the classes it covers and no more.
create table consent_ground (
  ground_id         text not null,
  version           integer not null check (version > 0),
  kind              text not null check (kind in ('statutory-duty', 'public-health-emergency')),
  purpose           text not null,
  role              text not null,
  -- Null: of all four cities.
  city              text check (city in ('510100', '510600', '511400', '512000')),
  legal_basis       text not null check (legal_basis <> ''),
  data_classes      text[] not null check (cardinality(data_classes) > 0),
  resource_types    text[] not null check (cardinality(resource_types) > 0),
  sensitive_classes text[] not null,
  -- The emergency order on which the row stands; it counts only while that order is in force.
  order_id          uuid,
  from_at           timestamptz not null,
  to_at             timestamptz check (to_at > from_at),
  source            text not null check (source <> ''),
  verified          boolean not null default false,
  primary key (ground_id, version),
  check ((kind = 'public-health-emergency') = (order_id is not null)),
  check (kind <> 'public-health-emergency' or to_at is not null)
);

-- Classes of data that need a consent of their own.
create table consent_sensitive_class (
  class           text primary key check (class ~ '^[a-z]{2,20}$'),
  zh              text not null check (zh <> ''),
  en              text not null check (en <> ''),
  -- Whether break-glass opens it: where it matters for the life of the patient.
  opens_in_emergency boolean not null,
  source          text not null check (source <> ''),
  verified        boolean not null default false
);

-- What belongs to such a class. `prefix` of a code, a `code` as it is, or a `word` of its display or text.
create table consent_sensitive_code (
  class    text not null references consent_sensitive_class,
  -- Empty for words, and for codes of whatever system.
  system   text not null,
  match    text not null check (match in ('prefix', 'code', 'word')),
  value    text not null check (value <> '' and value = lower(value)),
  version  integer not null check (version > 0),
  source   text not null check (source <> ''),
  verified boolean not null default false,
  primary key (class, system, match, value)
);

-- Days on which offices differ from Monday to Friday (国务院 holiday notices).
create table consent_calendar_day (
  day      date primary key,
  working  boolean not null,
  source   text not null check (source <> ''),
  verified boolean not null default false
);

-- Notices as shown before a person decides (个人信息保护法 art. 17). A text is never changed: its hash stands in consents.
create table consent_notice (
  notice    text not null,
  version   integer not null check (version > 0),
  language  text not null check (language ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  purpose   text not null,
  -- The notice of special diseases, which stands apart from all others.
  sensitive boolean not null default false,
  text      text not null check (text <> ''),
  -- SHA-256 of the text, lower-case hex; written by the trigger below.
  hash      text not null,
  from_date date not null,
  to_date   date check (to_date >= from_date),
  source    text not null check (source <> ''),
  verified  boolean not null default false,
  primary key (notice, version, language)
);

-- Reasons of break-glass, by version.
create table consent_override_reason (
  code      text not null check (code ~ '^[a-z][a-z-]{1,39}$'),
  version   integer not null check (version > 0),
  zh        text not null check (zh <> ''),
  en        text not null check (en <> ''),
  from_date date not null,
  to_date   date check (to_date >= from_date),
  source    text not null check (source <> ''),
  verified  boolean not null default false,
  primary key (code, version)
);

do $$
declare name text;
begin
  foreach name in array array['consent_figure', 'consent_purpose', 'consent_ground', 'consent_sensitive_class',
    'consent_sensitive_code', 'consent_calendar_day', 'consent_notice', 'consent_override_reason'] loop
    execute format('create trigger %I after insert or update or delete or truncate on %I
      for each statement execute function consent_policy_changed()', name || '_changed', name);
  end loop;
end
$$;
create function consent_notice_hash() returns trigger language plpgsql as $$
begin
  new.hash := encode(sha256(convert_to(new.text, 'UTF8')), 'hex');
  return new;
end
$$;
create trigger consent_notice_hashed before insert on consent_notice
  for each row execute function consent_notice_hash();
create trigger consent_notice_immutable before update of text, hash, notice, version, language on consent_notice
  for each statement execute function consent_refuse_change();

-- One order for all that is said about consent: clocks of several machines would give none.
create sequence consent_event_no as bigint;

-- What a person said: yes (permit) or no (deny). A refusal is kept like a consent.
create table consent_record (
  person_id         uuid not null,
  consent_id        uuid not null,
  event_no          bigint not null default nextval('consent_event_no'),
  decision          text not null check (decision in ('permit', 'deny')),
  purpose           text not null,
  -- Codes of institutions or cities, by name.
  recipients        text[] not null check (cardinality(recipients) between 1 and 50),
  data_classes      text[] not null check (cardinality(data_classes) between 1 and 9),
  sensitive_classes text[] not null,
  -- Institutions whose records a refusal is about; empty: of all.
  sources           text[] not null,
  -- The person was asked for this alone (单独同意, 个人信息保护法 art. 23 and 29).
  separate          boolean not null,
  given_by          text not null check (given_by in ('self', 'guardian', 'proxy')),
  giver_id          uuid,
  notice            text not null,
  notice_version    integer not null,
  notice_hash       text not null,
  language          text not null,
  channel           text not null,
  -- Where the signature or the used one-time code is kept; never the code itself.
  evidence_ref      text not null,
  given_at          timestamptz not null,
  valid_until       timestamptz check (valid_until > given_at),
  recorded_client   text not null,
  recorded_city     text not null check (recorded_city in ('510100', '510600', '511400', '512000')),
  primary key (person_id, consent_id),
  check ((given_by = 'self') = (giver_id is null)),
  -- Special diseases need a consent of their own (个人信息保护法 art. 29).
  check (('C6' = any (data_classes)) = (cardinality(sensitive_classes) > 0)),
  check (decision = 'deny' or not ('C6' = any (data_classes)) or cardinality(data_classes) = 1),
  check (decision = 'deny' or cardinality(sources) = 0),
  check (decision = 'deny' or separate)
);
create trigger consent_record_append_only before update or delete or truncate on consent_record
  for each statement execute function consent_refuse_change();

create table consent_withdrawal (
  person_id       uuid not null,
  consent_id      uuid not null,
  event_no        bigint not null default nextval('consent_event_no'),
  withdrawn_by    text not null check (withdrawn_by in ('self', 'guardian', 'proxy')),
  giver_id        uuid,
  channel         text not null,
  withdrawn_at    timestamptz not null,
  recorded_client text not null,
  recorded_city   text not null check (recorded_city in ('510100', '510600', '511400', '512000')),
  primary key (person_id, consent_id),
  foreign key (person_id, consent_id) references consent_record
);
-- Recipients ask what was withdrawn since they asked last.
create index consent_withdrawal_at on consent_withdrawal (withdrawn_at, consent_id);
create trigger consent_withdrawal_append_only before update or delete or truncate on consent_withdrawal
  for each statement execute function consent_refuse_change();

-- Relations of care, as the institution that has them reports.
create table consent_relationship (
  person_id       uuid not null,
  relationship_id uuid not null,
  institution     text not null,
  kind            text not null check (kind in
                    ('visit', 'admission', 'emergency', 'referral', 'appointment', 'consultation')),
  from_at         timestamptz not null,
  -- Discharge, end of the visit; null while it lasts.
  to_at           timestamptz check (to_at >= from_at),
  -- The institution's own number of the visit, for its own answers; no number of a person.
  visit_ref       text not null,
  reported_client text not null,
  reported_at     timestamptz not null,
  primary key (person_id, relationship_id),
  -- One visit is reported once.
  unique (person_id, institution, kind, visit_ref)
);
create index consent_relationship_institution on consent_relationship (person_id, institution);

-- Break-glass. The row itself is the notice to who reviews.
create table consent_override (
  person_id      uuid not null,
  override_id    uuid not null,
  institution    text not null,
  city           text not null check (city in ('510100', '510600', '511400', '512000')),
  -- Ward or department, in the institution's own words without a person in them.
  unit           text not null,
  client_id      text not null,
  -- Staff number (工号) of who reads.
  officer        text not null,
  reason_code    text not null,
  reason_version integer not null,
  -- Why, in words: clinical, hence encrypted.
  text_encrypted bytea not null,
  started_at     timestamptz not null,
  expires_at     timestamptz not null check (expires_at > started_at),
  review_due_at  timestamptz not null,
  -- The unit was told that this one is overdue.
  warned_at      timestamptz,
  reviewed_at    timestamptz,
  reviewed_by    text,
  reviewed_officer text,
  verdict        text check (verdict in ('justified', 'unjustified')),
  note_encrypted bytea,
  primary key (person_id, override_id),
  check ((reviewed_at is null) = (verdict is null) and (reviewed_at is null) = (reviewed_by is null)),
  -- Nobody reviews their own use.
  check (reviewed_by <> client_id)
);
create index consent_override_unreviewed on consent_override (city, review_due_at) where reviewed_at is null;
-- A review names the access by its own id.
create index consent_override_id on consent_override (override_id);
create index consent_override_unit on consent_override (institution, unit) where reviewed_at is null;

create function consent_override_stays() returns trigger language plpgsql as $$
begin
  if (old.person_id, old.override_id, old.institution, old.unit, old.client_id, old.officer, old.reason_code,
      old.started_at, old.expires_at) is distinct from
     (new.person_id, new.override_id, new.institution, new.unit, new.client_id, new.officer, new.reason_code,
      new.started_at, new.expires_at) or old.reviewed_at is not null then
    raise exception 'an emergency access stays as it was; a review is made once' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger consent_override_immutable before update on consent_override
  for each row execute function consent_override_stays();
create trigger consent_override_kept before delete or truncate on consent_override
  for each statement execute function consent_refuse_change();
