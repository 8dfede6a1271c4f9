-- Reason: an institution and the health authority of its city (卫生健康主管部门) read the audit log of what was done by the
--   institution or with its data (BALP; 个人信息保护法 art. 54, 58). Events of a person are found by their index already.
-- Lock: audit_event while its indexes are built (a large log: build them beforehand with `create index concurrently` under
--   these names, which this file then passes over); identity_client briefly, to read its rows against the new lists of roles.

-- The other institution of an event: the one that was asked, or to which something was delivered.
create function audit_other_institution(action text, target_type text, target_id text, on_behalf_of text) returns text
language sql immutable parallel safe as $$
  select case when target_type = 'hospital' then target_id when action = 'routing.deliver' then on_behalf_of end
$$;

-- Accepted verifications of codes are by far the most events and nearly all; they are found by person only, so that the
-- counter does not pay for two more index entries each.
create index if not exists audit_event_institution on audit_event (actor_org, at desc, event_no desc)
  where action <> 'cards.verify' or result <> 'allowed';
create index if not exists audit_event_city on audit_event (substr(actor_org, 2, 4), at desc, event_no desc)
  where (action <> 'cards.verify' or result <> 'allowed') and actor_org ~ '^[HP][0-9]{11}$';
create index if not exists audit_event_other_institution
  on audit_event (audit_other_institution(action, target_type, target_id, on_behalf_of), at desc, event_no desc)
  where audit_other_institution(action, target_type, target_id, on_behalf_of) is not null;
create index if not exists audit_event_other_city
  on audit_event (substr(audit_other_institution(action, target_type, target_id, on_behalf_of), 2, 4), at desc, event_no desc)
  where audit_other_institution(action, target_type, target_id, on_behalf_of) is not null;

-- The supervisor: the health authority of a city. It reads the audit log and no record.
alter table identity_client
  drop constraint identity_client_role_check,
  drop constraint identity_client_check1,
  add constraint identity_client_role_check
    check (role in ('hospital', 'pharmacy', 'bureau', 'cdc', 'issuer', 'operator', 'supervisor')),
  add constraint identity_client_check1 check (role not in ('bureau', 'cdc', 'issuer', 'supervisor') or city is not null);
