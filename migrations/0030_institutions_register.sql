-- Reason: the register of designated hospitals and pharmacies (定点医药机构) of the four cities, what they were on
--   which day, and which insured cities recognise them (双定互认). Reference data: small, read whole by every process.
-- Lock: new tables only; nothing that exists is locked.
--
-- Periods hold whole days, both ends included; to_date null means open.

create table institutions_institution (
  code       text primary key check (code ~ '^[HP][0-9]{11}$'),
  kind       text not null check (kind in ('hospital', 'pharmacy')),
  name       text not null,
  uscc       text not null,
  city       text not null check (city in ('510100', '510600', '511400', '512000')),
  -- The county-level unit of today; the digits inside the code are those of the day of coding.
  division   text not null check (division ~ '^[0-9]{6}$'),
  -- Functional zones (天府新区, 高新区, 东部新区) have no division code of their own.
  zone       text,
  -- Value of institutions_change when this institution or one of its rows last changed.
  change_no  bigint not null,
  updated_at timestamptz not null
);
create index institutions_institution_change on institutions_institution (change_no);
create index institutions_institution_city on institutions_institution (city, kind, code);

create table institutions_level (
  code      text not null references institutions_institution,
  from_date date not null,
  to_date   date check (to_date >= from_date),
  -- 3, 2, 1; 0 where there is none (未定级, pharmacies).
  level     smallint not null check (level between 0 and 3),
  grade     text not null check (grade in ('特', '甲', '乙', '丙', '未评')),
  primary key (code, from_date)
);

create table institutions_designation (
  code      text not null references institutions_institution,
  from_date date not null,
  to_date   date check (to_date >= from_date),
  primary key (code, from_date)
);

create table institutions_suspension (
  code        text not null references institutions_institution,
  from_date   date not null,
  to_date     date check (to_date >= from_date),
  reason      text not null,
  recorded_by text not null,
  recorded_at timestamptz not null,
  primary key (code, from_date)
);

create table institutions_recognition (
  code         text not null references institutions_institution,
  insured_city text not null check (insured_city in ('510100', '510600', '511400', '512000')),
  from_date    date not null,
  to_date      date check (to_date >= from_date),
  primary key (code, insured_city, from_date)
);

-- One row. A writer raises the number and so holds the row until it commits: numbers become visible in their order,
-- and a reader that has seen n needs only rows above n. A sequence would not do: a later number may commit first.
create table institutions_change (
  only_row  boolean primary key default true check (only_row),
  change_no bigint not null
);
insert into institutions_change (change_no) values (0);
