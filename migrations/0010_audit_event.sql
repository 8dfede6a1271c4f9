-- Reason: the audit log. Every read and write of a person's data leaves an event that nobody can change afterwards
--   unseen (网络安全法 art. 21, 个人信息保护法 art. 51 and 54).
-- Lock: new tables only; nothing that exists is locked.
--
-- Three tables, so that a request never waits for the hash chain (docs/decisions/0005-audit-chain.md):
--   audit_event    what happened; a request inserts here and is done
--   audit_pending  the events that the sealer has not chained yet; short
--   audit_chain    the order and the hashes; one sealer at a time appends here

create table audit_event (
  event_no       bigint generated always as identity primary key,
  -- Milliseconds, exactly what is hashed: a finer stored value could be changed without changing the hash.
  at             timestamptz(3) not null,
  actor          text not null,
  actor_org      text not null,
  role           text not null,
  on_behalf_of   text,
  action         text not null,
  target_type    text not null,
  target_id      text,
  person_ref     uuid,
  purpose        text not null,
  basis          text not null,
  consent_id     text,
  order_id       text,
  result         text not null check (result in ('allowed', 'refused', 'failed')),
  reason_codes   text[] not null default '{}',
  source_address text,
  request_id     text,
  fields_touched text[] not null default '{}'
);

-- "Who saw or changed what of this person, when and why" is one query.
create index audit_event_person on audit_event (person_ref, at desc, event_no desc) where person_ref is not null;

create table audit_pending (
  event_no bigint primary key
);

-- No foreign key to audit_event: the verifier checks the pair, and a key check per row would slow the sealer.
create table audit_chain (
  seq      bigint primary key check (seq > 0),
  event_no bigint not null unique,
  alg      text not null check (alg in ('SHA-256', 'SM3')),
  hash     bytea not null check (octet_length(hash) = 32)
);

create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: the audit log is append-only', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_event_append_only before update or delete or truncate on audit_event
  for each statement execute function audit_refuse_change();
create trigger audit_chain_append_only before update or delete or truncate on audit_chain
  for each statement execute function audit_refuse_change();
create trigger audit_pending_no_change before update or truncate on audit_pending
  for each statement execute function audit_refuse_change();

-- An event may leave the waiting list only into the chain; else it could be made to disappear before it is sealed.
create function audit_refuse_unchained() returns trigger language plpgsql as $$
begin
  if exists (
    select from gone where not exists (select from audit_chain c where c.event_no = gone.event_no)
  ) then
    raise exception 'an audit event leaves audit_pending only when it is chained'
      using errcode = 'insufficient_privilege';
  end if;
  return null;
end
$$;

create trigger audit_pending_leaves_chained after delete on audit_pending
  referencing old table as gone
  for each statement execute function audit_refuse_unchained();
