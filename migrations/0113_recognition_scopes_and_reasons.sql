-- Reason: scopes, panels, the negative list, prices, reason codes and parameters of recognition become rows with dates, and
--   every process follows the register by its change numbers instead of asking the database for each result.
-- Lock: new tables; recognition_item gets columns with constant defaults (no rewrite).

-- Unit to which values of the item are converted (UCUM); null: values are compared as they are, or have no unit.
alter table recognition_item add column ucum text check (length(ucum) between 1 and 40);
-- Where the catalogue holds: 'CN' everywhere, 510000 a province, 510100 a city.
alter table recognition_item add column scope text[] not null default '{CN}' check (cardinality(scope) > 0);

-- What a mark's label reaches (全国HR, 川渝HR, 四市HR …). A new area of recognition is a row here and no code.
create table recognition_scope (
  label     text not null check (length(label) between 1 and 40),
  version   integer not null check (version > 0),
  divisions text[] not null check (cardinality(divisions) > 0),
  source    text not null,
  verified  boolean not null,
  from_date date not null,
  to_date   date check (to_date >= from_date),
  primary key (label, version)
);
insert into recognition_scope (label, version, divisions, source, verified, from_date) values
  ('全国HR', 1, '{CN}', 'name of the mark; which evaluation gives it is not verified', false, '2022-03-01'),
  ('川渝HR', 1, '{510000,500000}', 'notice of Sichuan and Chongqing of 2025-06 (222 items)', false, '2021-07-01'),
  ('四川HR', 1, '{510000}', 'project default', false, '2022-03-01'),
  ('成都HR', 1, '{510100}', 'project default', false, '2022-03-01'),
  ('德阳HR', 1, '{510600}', 'project default', false, '2022-03-01'),
  ('眉山HR', 1, '{511400}', 'project default', false, '2022-03-01'),
  ('资阳HR', 1, '{512000}', 'project default', false, '2022-03-01');
-- No list of the four cities is known. One is added as a row: ('四市HR', 1, '{510100,510600,511400,512000}', …).

-- Panels (组套) stand for their members; recognition is per member.
create table recognition_panel (
  code      text not null check (code ~ '^[A-Z0-9-]{1,24}$'),
  version   integer not null check (version > 0),
  name      text not null,
  members   text[] not null check (cardinality(members) > 0),
  source    text not null,
  verified  boolean not null,
  from_date date not null,
  to_date   date check (to_date >= from_date),
  primary key (code, version)
);

-- Negative list (负面清单): items that are not to be accepted in an area, from its effective date on.
create table recognition_negative (
  item      text not null,
  version   integer not null check (version > 0),
  scope     text[] not null check (cardinality(scope) > 0),
  basis     text not null,
  source    text not null,
  verified  boolean not null,
  from_date date not null,
  to_date   date check (to_date >= from_date),
  primary key (item, version)
);

-- What the item costs at the institution that would have repeated it: the saved amount.
create table recognition_price (
  institution text not null,
  item        text not null,
  version     integer not null check (version > 0),
  price_fen   bigint not null check (price_fen >= 0),
  source      text not null,
  from_date   date not null,
  to_date     date check (to_date >= from_date),
  primary key (institution, item, version)
);

create table recognition_policy (
  name      text not null check (name in ('lower-accepts-higher-only', 'open-hours', 'reopen-days')),
  version   integer not null check (version > 0),
  value     integer not null check (value >= 0),
  from_date date not null,
  to_date   date check (to_date >= from_date),
  source    text not null,
  verified  boolean not null,
  primary key (name, version)
);
insert into recognition_policy (name, version, value, from_date, source, verified) values
  -- 0: every institution accepts; 1: one accepts results of its own or a higher level only.
  ('lower-accepts-higher-only', 1, 0, '2020-01-01', 'notice of 2025-06 names all institutions of level two and above', false),
  ('open-hours', 1, 24, '2020-01-01', 'project default', false),
  ('reopen-days', 1, 30, '2020-01-01', 'project default', false);

-- Reasons for testing again although a result could be accepted. A code is closed by to_date, never deleted.
create table recognition_reason (
  code       text not null check (code ~ '^[0-9]{2}$'),
  version    integer not null check (version > 0),
  zh         text not null,
  en         text not null,
  -- Stands in the rate as "not recognised".
  countable  boolean not null,
  detail     text not null check (detail in ('none', 'what-changed', 'trend', 'measure', 'appraisal', 'qualification',
    'text', 'retrieval', 'disease', 'signed-request', 'defect')),
  detail_min integer not null check (detail_min between 0 and 500),
  -- Only these may be used where the patient could not be told.
  informed_impossible boolean not null default false,
  source     text not null,
  verified   boolean not null,
  from_date  date not null,
  to_date    date check (to_date >= from_date),
  primary key (code, version)
);
insert into recognition_reason
  (code, version, zh, en, countable, detail, detail_min, informed_impossible, source, verified, from_date) values
  ('01', 1, '病情变化，结果与临床表现、诊断不符', 'The condition changed; the result does not fit', true, 'what-changed', 5, false, '国卫医发〔2022〕6号 as reported', false, '2022-03-01'),
  ('02', 1, '结果在疾病发展过程中变化较快', 'The result changes fast in the course of the disease', true, 'trend', 2, false, '国卫医发〔2022〕6号 as reported', false, '2022-03-01'),
  ('03', 1, '重大医疗措施前', 'Of great significance: before an operation or transfusion', true, 'measure', 2, false, '国卫医发〔2022〕6号 as reported', false, '2022-03-01'),
  ('04', 1, '急诊、急救', 'Emergency, rescue', true, 'none', 0, true, '国卫医发〔2022〕6号 as reported', false, '2022-03-01'),
  ('05', 1, '司法、伤残、病退等鉴定', 'Forensic, disability or sick-retirement appraisal', true, 'appraisal', 2, false, '国卫医发〔2022〕6号 as reported', false, '2022-03-01'),
  ('06', 1, '须由具备资质的机构检测', 'Only a qualified institution may do this test', true, 'qualification', 2, false, 'a hospital plug-in', false, '2022-03-01'),
  ('07', 1, '医师认为确有必要', 'The physician judges it necessary', true, 'text', 10, false, 'a hospital plug-in; length proposed', false, '2022-03-01'),
  ('08', 1, '其他', 'Other', true, 'text', 2, false, 'a hospital plug-in', false, '2022-03-01'),
  ('98', 1, '院外影像未获取', 'Outside images not received', false, 'retrieval', 4, false, 'a hospital plug-in', false, '2022-03-01'),
  ('99', 1, '连续监测', 'Continuous monitoring', false, 'disease', 2, false, 'a hospital plug-in', false, '2022-03-01');

create function recognition_refuse_delete() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: a row of the register is closed by its last day', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger recognition_reason_kept before delete or truncate on recognition_reason
  for each statement execute function recognition_refuse_delete();

-- One row for each part of the register, and the number of its newest change. The part '' is the catalogue (items, scopes,
-- panels, negative list, reasons, parameters), any other an institution. Numbers are taken from the row 'head'.
create table recognition_change (
  part      text primary key,
  change_no bigint not null
);
insert into recognition_change (part, change_no) values ('head', 1), ('', 1);
insert into recognition_change (part, change_no)
select institution, 1 from recognition_mark union select institution, 1 from recognition_eqa
union select institution, 1 from recognition_evaluation;
