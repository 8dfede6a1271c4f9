-- Reason: the catalogue of drugs, services and consumables of the place of treatment (执行就医地目录): class, part paid
--   first, restriction, price limits, with their dates and source. Until now a sender's own word on them was taken.
-- Lock: new tables only; nothing that exists is locked.
--
-- Reference data, no person in it. A period (one code in one area from one day on) keeps its rid; a correction of it is
-- a row with the next version, and the row before says since when it no longer counts. Nothing else is ever changed.

create sequence catalogue_rid;

create table catalogue_item (
  rid              bigint not null,
  version          integer not null check (version > 0),
  -- A city, or 510000 for what holds in all cities of the province that say nothing else.
  insu_admdvs      text not null check (insu_admdvs in ('510000', '510100', '510600', '511400', '512000')),
  hilist_code      text not null check (hilist_code ~ '^[A-Za-z0-9.-]{1,30}$'),
  hilist_name      text not null check (hilist_name <> ''),
  begndate         date not null,
  -- Last day; null while open.
  enddate          date check (enddate >= begndate),
  list_type        text not null,
  med_chrgitm_type text not null,
  -- 01 甲, 02 乙, 03 丙.
  chrgitm_lv       text not null check (chrgitm_lv in ('01', '02', '03')),
  -- Basis points.
  selfpay_prop     integer not null check (selfpay_prop between 0 and 10000),
  lmt_used_flag    text not null check (lmt_used_flag in ('0', '1')),
  -- What the restriction is (限二级及以上医疗机构 …), in words.
  lmt_used_cond    text,
  med_use_flag     text not null check (med_use_flag in ('0', '1')),
  matn_used_flag   text not null check (matn_used_flag in ('0', '1')),
  hilist_use_type  text not null,
  lmt_cpnd_type    text not null,
  pinyin           text,
  wubi             text,
  memo             text,
  -- 0: the period was entered in error and never counted.
  vali_flag        text not null check (vali_flag in ('0', '1')),
  source_document  text not null check (source_document <> ''),
  verified         boolean not null,
  written_by       text not null,
  written_org      text not null,
  written_at       timestamptz not null,
  superseded_at    timestamptz,
  change_no        bigint not null,
  primary key (rid, version),
  -- 甲 has no part paid first, 丙 is paid whole: a row that says otherwise contradicts itself.
  constraint catalogue_item_class check (
    (chrgitm_lv = '01' and selfpay_prop = 0) or chrgitm_lv = '02' or (chrgitm_lv = '03' and selfpay_prop = 10000)),
  constraint catalogue_item_condition check (lmt_used_flag = '1' or lmt_used_cond is null)
);
create unique index catalogue_item_standing on catalogue_item (hilist_code, insu_admdvs, begndate)
  where superseded_at is null;
create index catalogue_item_change on catalogue_item (change_no);
-- Pages of 1312, by what was written since a day.
create index catalogue_item_written on catalogue_item (written_at, rid) where superseded_at is null;

create table catalogue_limit (
  rid                 bigint not null,
  version             integer not null check (version > 0),
  insu_admdvs         text not null check (insu_admdvs in ('510000', '510100', '510600', '511400', '512000')),
  hilist_code         text not null check (hilist_code ~ '^[A-Za-z0-9.-]{1,30}$'),
  -- lmtpric_hosp_lv: 1 一级及以下, 2 二级, 3 三级.
  price_level         text not null check (price_level in ('1', '2', '3')),
  hilist_lmtpric_type text not null,
  overlmt_dspo_way    text not null,
  begndate            date not null,
  enddate             date check (enddate >= begndate),
  -- Millionths of a yuan: the interface carries six decimals. Zero would mean "no limit": then there is no row.
  pric_uplmt_micro    bigint not null check (pric_uplmt_micro > 0),
  tabname             text,
  vali_flag           text not null check (vali_flag in ('0', '1')),
  source_document     text not null check (source_document <> ''),
  verified            boolean not null,
  written_by          text not null,
  written_org         text not null,
  written_at          timestamptz not null,
  superseded_at       timestamptz,
  change_no           bigint not null,
  primary key (rid, version)
);
create unique index catalogue_limit_standing on catalogue_limit (hilist_code, insu_admdvs, price_level, begndate)
  where superseded_at is null;
create index catalogue_limit_change on catalogue_limit (change_no);
create index catalogue_limit_written on catalogue_limit (written_at, rid) where superseded_at is null;

create function catalogue_keep_history() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.superseded_at is null and new.superseded_at is not null
     and to_jsonb(new) - 'superseded_at' = to_jsonb(old) - 'superseded_at' then
    return new;
  end if;
  raise exception '% of % is refused: a correction is a new version', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger catalogue_item_history before update or delete on catalogue_item
  for each row execute function catalogue_keep_history();
create trigger catalogue_limit_history before update or delete on catalogue_limit
  for each row execute function catalogue_keep_history();

-- One row, as institutions_change: a writer holds it until its commit, so numbers become visible in their order.
create table catalogue_change (
  only_row  boolean primary key default true check (only_row),
  change_no bigint not null
);
insert into catalogue_change (change_no) values (0);

-- One class of an item, and one limit of a level, on a day. For a whole statement at once: an exclusion constraint costs an
-- import of 200,000 rows more than all the rest of it. Who inserts holds the row of catalogue_change, so that two writers
-- cannot pass each other. EXECUTE, because a plan that was made while the table was nearly empty would be kept for a large
-- import, and read the whole table for each of its rows.
create function catalogue_one_a_day() returns trigger language plpgsql as $$
declare clash text;
begin
  perform from catalogue_change for update;
  execute format($check$
    select a.hilist_code || ' in ' || a.insu_admdvs
    from added a cross join lateral (
      select from %I o
      where o.hilist_code = a.hilist_code and o.insu_admdvs = a.insu_admdvs %s
        and o.rid <> a.rid and o.superseded_at is null and o.vali_flag = '1'
        and daterange(o.begndate, o.enddate, '[]') && daterange(a.begndate, a.enddate, '[]')
      limit 1) other
    where a.vali_flag = '1' limit 1$check$,
    tg_table_name, case tg_table_name when 'catalogue_limit' then 'and o.price_level = a.price_level' else '' end)
  into clash;
  if clash is not null then
    raise exception 'two periods of % share a day', clash
      using errcode = 'exclusion_violation', constraint = tg_table_name || '_one_a_day';
  end if;
  return null;
end
$$;
create trigger catalogue_item_one_a_day after insert on catalogue_item referencing new table as added
  for each statement execute function catalogue_one_a_day();
create trigger catalogue_limit_one_a_day after insert on catalogue_limit referencing new table as added
  for each statement execute function catalogue_one_a_day();
