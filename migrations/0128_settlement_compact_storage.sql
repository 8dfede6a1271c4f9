-- Reason: a settlement cost some 25 rows. Now a claim is a row that never changes, its place in the queue a small row of
--   its own that goes with the answer, and a settlement one row with amounts, funds, movements and trace; a person's year
--   has one row for all kinds (docs/decisions/0023). What was settled before is carried over.
-- Lock: ACCESS EXCLUSIVE on the tables of settlement while their rows are copied.

-- The order of storage of the kinds of accumulators (ACCUMULATOR_KINDS of the benefit rules); missing places are zero.
create function pg_temp.kinds() returns text[] language sql immutable as $$
  select array['outpatientDeductible', 'outpatientPaid', 'inpatientStays', 'inpatientPaid', 'inScopeBurden',
    'seriousIllnessPaid', 'largeAmountPaid', 'medicalAidPaid', 'aboveCap', 'medicalAidDeductible', 'civilServantPaid',
    'supplementPaid', 'chronicDeductible', 'chronicPaid']
$$;
create function pg_temp.as_fen(amount text) returns bigint language sql immutable as $$
  select coalesce((amount::numeric * 100)::bigint, 0)
$$;

-- What waits for its answer. The row goes with the answer, so the table stays small however many claims there were.
create table settlement_pending (
  claim_id uuid not null,
  person_id uuid not null,
  -- How often settling it alone ended in a fault of ours; after five times a person looks.
  faults smallint not null default 0,
  retry_at timestamptz,
  submitted_at timestamptz not null,
  primary key (claim_id, person_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
insert into settlement_pending (claim_id, person_id, faults, retry_at, submitted_at)
  select id, person_id, faults, retry_at, submitted_at from settlement_claim where state = 'pending';

-- The answer of a claim that was refused: every reason.
create table settlement_refusal (
  claim_id uuid not null,
  person_id uuid not null,
  insured_city text,
  reasons jsonb not null,
  answered_at timestamptz not null,
  primary key (claim_id, person_id)
);
insert into settlement_refusal (claim_id, person_id, insured_city, reasons, answered_at)
  select id, person_id, insured_city, reasons, answered_at from settlement_claim where state = 'refused';
create trigger settlement_refusal_append_only before update or delete or truncate on settlement_refusal
  for each statement execute function settlement_refuse_change();

-- Claims: as they came, and no more. Ids rise with time, so the key grows at its end; it finds a claim by its id alone.
drop index settlement_claim_id, settlement_claim_pending;
alter table settlement_claim
  drop constraint settlement_claim_pkey,
  drop column state, drop column reasons, drop column insured_city, drop column answered_at,
  drop column faults, drop column retry_at,
  -- Read by programs alone and always whole: text, which is not parsed on the way in.
  alter column lines type text using lines::text,
  add column visit_id uuid,
  add column begin_at timestamptz,
  add column end_at timestamptz,
  add column msgid text,
  add column dise_codg text,
  add column ident_type text,
  add column ident_by text check (ident_by in ('verifier', 'institution')),
  add column ident_ref text,
  add primary key (id, person_id);
create index settlement_claim_visit on settlement_claim (visit_id) where visit_id is not null;
alter table settlement_claim set (toast_tuple_target = 8160);
create trigger settlement_claim_append_only before update or delete or truncate on settlement_claim
  for each statement execute function settlement_refuse_change();

-- A settlement or the reversal of one; never changed.
alter table settlement_result rename to settlement_result_before;
alter table settlement_result_before rename constraint settlement_result_pkey to settlement_result_before_pkey;
drop index settlement_result_claim, settlement_result_reversed_once, settlement_result_day, settlement_result_year,
  settlement_result_institution_id;
create table settlement_result (
  id uuid not null,
  claim_id uuid not null,
  person_id uuid not null,
  original_id uuid,
  -- Whose personal account paid, where it is not the patient's own (共济).
  account_holder uuid,
  setl_time timestamptz not null,
  created_at timestamptz not null,
  medfee_fen bigint not null,
  fund_pay_fen bigint not null,
  acct_pay_fen bigint not null,
  -- Place in the person's year: what comes later read what came before.
  no bigint not null,
  -- Date of setl_time in Asia/Shanghai: daily reconciliation goes by it.
  setl_date date not null,
  -- Year of the accumulators: a reversal has the year of its original, even when it comes in January.
  year smallint not null,
  verified boolean not null,
  -- No filing was asked for: the care lay in one of the four cities.
  waived boolean not null,
  kind text not null check (kind in ('settlement', 'reversal')),
  insured_city text not null,
  treatment_city text not null,
  insutype text not null,
  psn_type text not null,
  med_type text not null,
  clr_type text not null,
  month text not null,
  institution text not null,
  -- All amounts of setlinfo in fen, and setldetail, one fund after the other: src/settlement/compact.ts.
  shares text not null,
  details text not null,
  -- What it moved, by kind of accumulator.
  moved bigint[] not null,
  -- Enough to compute the settlement again without any other table; a reversal has none.
  trace text,
  primary key (id, person_id),
  check ((kind = 'reversal') = (original_id is not null))
) with (toast_tuple_target = 8160);
insert into settlement_result
  select r.id, r.claim_id, r.person_id, r.original_id, null, r.setl_time, r.created_at, r.medfee_fen, r.fund_pay_fen,
    r.acct_pay_fen, r.no, r.setl_date, r.year, r.verified, r.insured_city <> r.treatment_city, r.kind, r.insured_city,
    r.treatment_city, r.insutype, r.psn_type, r.med_type, r.clr_type, r.month, r.institution,
    (select string_agg(
        (case when f = 'poolPropSelfpay' then (r.shares ->> f)::numeric * 10000 else (r.shares ->> f)::numeric * 100 end)
          ::bigint::text, ',' order by n)
      from unnest(array['medfeeSumamt', 'fulamtOwnpayAmt', 'overlmtSelfpay', 'preselfpayAmt', 'inscpScpAmt', 'actPayDedc',
        'hifpPay', 'poolPropSelfpay', 'cvlservPay', 'hifesPay', 'hifmiPay', 'hifobPay', 'mafPay', 'othPay', 'fundPaySumamt',
        'psnPartAmt', 'acctPay', 'acctMulaidPay', 'psnCashPay', 'hospPartAmt', 'balc']) with ordinality as s (f, n)),
    coalesce((select string_agg(d.fund_pay_type || ':' || d.inscp_scp_fen || ':' || d.crt_payb_lmt_fen || ':' || d.fund_pay_fen,
        ';' order by d.fund_pay_type)
      from settlement_detail d where d.person_id = r.person_id and d.result_id = r.id), ''),
    array(select pg_temp.as_fen(r.movements ->> k) from unnest(pg_temp.kinds()) k),
    (select t.trace::text from settlement_trace t where t.person_id = r.person_id and t.result_id = r.id)
  from settlement_result_before r
  order by r.created_at, r.id;
drop table settlement_result_before, settlement_detail, settlement_trace;
-- One settlement of a claim, and one reversal, whoever writes them at the same time.
create unique index settlement_result_claim on settlement_result (claim_id, person_id, kind);
create unique index settlement_result_reversed_once on settlement_result (original_id, person_id) where kind = 'reversal';
create index settlement_result_day on settlement_result (institution, setl_date);
-- One computed from a stale year fails here.
create unique index settlement_result_year on settlement_result (person_id, year, no, insured_city, insutype);
create trigger settlement_result_append_only before update or delete or truncate on settlement_result
  for each statement execute function settlement_refuse_change();

-- What a person used elsewhere before the hub knew them: once a year, and never changed.
create table settlement_opening (
  person_id uuid not null,
  insured_city text not null,
  year smallint not null,
  insutype text not null,
  no bigint not null,
  moved bigint[] not null,
  created_at timestamptz not null,
  primary key (person_id, insured_city, year, insutype)
);
insert into settlement_opening
  select m.person_id, m.insured_city, m.year, m.insutype, m.seq,
    array(select coalesce((select n.amount_fen from settlement_movement n where n.person_id = m.person_id
        and n.insured_city = m.insured_city and n.year = m.year and n.insutype = m.insutype and n.seq = m.seq
        and n.kind = k), 0) from unnest(pg_temp.kinds()) k),
    m.created_at
  from settlement_movement m where m.result_id is null and m.kind = 'inScopeBurden';
create trigger settlement_opening_append_only before update or delete or truncate on settlement_opening
  for each statement execute function settlement_refuse_change();

-- A person's year: the sum of `moved` of its results and its opening, all kinds in one row. `moves` counts and numbers them.
alter table settlement_accumulator rename to settlement_accumulator_before;
alter table settlement_accumulator_before rename constraint settlement_accumulator_pkey to settlement_accumulator_before_pkey;
create table settlement_accumulator (
  person_id uuid not null,
  insured_city text not null,
  year smallint not null,
  insutype text not null,
  moves bigint not null,
  used bigint[] not null,
  primary key (person_id, year, insured_city, insutype)
) with (fillfactor = 70);
insert into settlement_accumulator
  select person_id, insured_city, year, insutype, max(moves),
    array(select coalesce((select b.balance_fen from settlement_accumulator_before b where b.person_id = a.person_id
        and b.insured_city = a.insured_city and b.year = a.year and b.insutype = a.insutype and b.kind = k), 0)
      from unnest(pg_temp.kinds()) k)
  from settlement_accumulator_before a group by person_id, insured_city, year, insutype;

do $$
declare
  off bigint;
begin
  select count(*) into off from settlement_accumulator_before a where balance_fen <> (
    select coalesce(sum(amount_fen), 0) from settlement_movement m where m.person_id = a.person_id
      and m.insured_city = a.insured_city and m.year = a.year and m.insutype = a.insutype and m.kind = a.kind);
  if off <> 0 then
    raise exception '% accumulators are not the sum of their movements', off;
  end if;
end
$$;
drop table settlement_accumulator_before, settlement_movement;

-- Whose account pays for whom (个人账户共济): told by the bureau of the holder's insured city, with its days.
create table settlement_family (
  member_id uuid not null,
  holder_id uuid not null,
  insured_city text not null,
  from_date date not null,
  -- Last day; null while open.
  to_date date,
  told_by text not null,
  told_at timestamptz not null,
  ended_by text,
  ended_at timestamptz,
  primary key (member_id, holder_id, from_date),
  check (member_id <> holder_id),
  check (to_date >= from_date)
);
