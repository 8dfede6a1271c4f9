-- Reason: a child under 14 gets a card through its guardian (个人信息保护法 art. 31), and people show the codes of their family
--   (家庭码). Both are an explicit relation with a period, evidence and an end, never a shared code.
-- Lock: new table only. btree_gist is there since 0036.

create table people_guardian (
  -- Whose card it is about.
  person_id     uuid not null references people_person,
  link_id       uuid not null,
  -- Who acts for that person.
  guardian_id   uuid not null references people_person,
  kind          text not null check (kind in ('guardian', 'family')),
  -- What the second is to the first.
  relation      text not null check (relation in (
                  'parent', 'grandparent', 'sibling', 'appointed', 'spouse', 'child', 'grandchild', 'other-relative', 'carer')),
  from_date     date not null,
  to_date       date check (to_date >= from_date),
  -- Where the paper or the consent is kept; never its content.
  evidence_ref  text not null,
  recorded_city text not null check (recorded_city in ('510100', '510600', '511400', '512000')),
  recorded_by   text not null,
  recorded_at   timestamptz not null,
  ended_at      timestamptz,
  ended_by      text,
  end_reason    text,
  primary key (person_id, link_id),
  check (person_id <> guardian_id),
  check ((ended_at is null) = (ended_by is null)),
  -- Decides between two clerks who record the same link at the same moment.
  constraint people_guardian_once exclude using gist (
    person_id with =, guardian_id with =, kind with =, daterange(from_date, to_date, '[]') with &&
  ) where (ended_at is null)
);
