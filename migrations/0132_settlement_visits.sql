-- Reason: visits of the national interface (registration or admission, diagnoses, fee lines, discharge) as rows, so that
-- the order of its transactions is kept by the state of the visit and not by the sender.
-- Lock: creates new objects only.

-- No name and no identity number: what calls say of the person is compared with the person index and dropped.
create table settlement_visit (
  person_id uuid not null,
  id uuid not null,
  institution text not null,
  -- City of the institution.
  treatment_city text not null,
  -- City of the insurance when the visit began.
  insured_city text not null,
  kind text not null check (kind in ('outpatient', 'inpatient', 'pharmacy')),
  -- Number of the visit inside the institution (ipt_otp_no, ipt_no); a purchase has none.
  ipt_otp_no text,
  insutype text not null,
  psn_type text not null,
  -- Of a registration: known with 2203.
  med_type text,
  dise_codg text,
  mdtrt_cert_type text not null,
  begun_at timestamptz not null,
  ended_at timestamptz,
  -- When diagnoses came (2203).
  noted_at timestamptz,
  cancelled_at timestamptz,
  -- Departments, bed, doctors' codes: what 5201 tells and nothing decides on.
  facts jsonb not null default '{}',
  diagnoses jsonb not null default '[]',
  created_at timestamptz not null,
  primary key (person_id, id),
  check ((kind = 'pharmacy') = (ipt_otp_no is null)),
  check (ended_at >= begun_at)
);
-- 5303: who is in hospital now. Small whatever the age of the system: a stay leaves it with its end.
create index settlement_visit_in_hospital on settlement_visit (institution, begun_at)
  where kind = 'inpatient' and ended_at is null and cancelled_at is null;

-- The institution's own numbers, unique while the visit is not cancelled. Distributed by institution, while visits are
-- distributed by person: therefore a table of its own without the person in its key.
create table settlement_visit_number (
  institution text not null,
  ipt_otp_no text not null,
  person_id uuid not null,
  visit_id uuid not null,
  primary key (institution, ipt_otp_no)
);

-- Messages that 2601 can name. Written with what they do, or by 2601 itself for a message that has not come: then it is
-- refused when it comes. By institution, as above.
create table settlement_visit_message (
  institution text not null,
  msgid text not null,
  infno text not null check (infno in ('2102', '2207', '2304', '2401')),
  person_id uuid not null,
  -- Null: compensated before it came.
  visit_id uuid,
  claim_id uuid,
  -- Digest of what was asked, without what identifies the person: a repeat asks the same.
  request_hash bytea,
  compensated_at timestamptz,
  created_at timestamptz not null,
  primary key (institution, msgid),
  check (visit_id is not null or compensated_at is not null)
);

create table settlement_visit_line (
  person_id uuid not null,
  visit_id uuid not null,
  feedetl_sn text not null,
  -- Rises as lines come: the last return of a charge is taken back first.
  seq bigint generated always as identity,
  chrg_bchno text,
  init_feedetl_sn text,
  dise_codg text,
  fee_ocur_time timestamptz not null,
  med_list_codg text not null,
  medins_list_codg text not null,
  det_fen bigint not null,
  -- In ten-thousandths and millionths, as money.ts has them.
  cnt bigint not null,
  pric bigint not null check (pric >= 0),
  hosp_appr_flag text not null check (hosp_appr_flag in ('0', '1', '2')),
  -- Terms of the catalogue of the place of treatment on the day of the line, and which row said so.
  chrgitm_lv text not null check (chrgitm_lv in ('01', '02', '03')),
  selfpay_prop integer not null,
  pric_uplmt bigint not null,
  lmt_used_flag text not null check (lmt_used_flag in ('0', '1')),
  med_chrgitm_type text not null,
  list_type text not null,
  catalogue_row text not null,
  fulamt_ownpay_fen bigint not null,
  overlmt_fen bigint not null,
  preselfpay_fen bigint not null,
  inscp_scp_fen bigint not null,
  -- The claim that took the line last: what became of it says whether the line is free.
  claim_id uuid,
  facts jsonb not null default '{}',
  created_at timestamptz not null,
  primary key (person_id, visit_id, feedetl_sn),
  -- Every line is the sum of its parts, to the fen.
  check (det_fen = fulamt_ownpay_fen + overlmt_fen + preselfpay_fen + inscp_scp_fen),
  check ((init_feedetl_sn is null) = (cnt >= 0))
);

-- Which claims settle a visit. What became of them is in settlement_claim and settlement_result, once.
create table settlement_visit_claim (
  person_id uuid not null,
  visit_id uuid not null,
  claim_id uuid not null,
  msgid text not null,
  chrg_bchno text,
  -- 中途结算: settled before the end of the stay.
  mid boolean not null default false,
  mdtrt_cert_type text not null,
  invono text,
  created_at timestamptz not null,
  primary key (person_id, visit_id, claim_id)
);

-- Policy, versioned: whether a stay must have ended (2402) before it is settled (2304) differs by region. The row with
-- the latest effective_from counts. Reference table: a few rows, no person in it.
create table settlement_visit_policy (
  area text not null,
  item text not null check (item in ('discharge_before_settlement')),
  value boolean not null,
  effective_from date not null,
  effective_to date,
  source_document text not null check (source_document <> ''),
  verified boolean not null default false,
  primary key (area, item, effective_from),
  check (effective_to >= effective_from)
);
insert into settlement_visit_policy (area, item, value, effective_from, source_document)
  select area, 'discharge_before_settlement', true, '2000-01-01', 'Sample of this project: no document of the four cities was available'
  from unnest(array['510100', '510600', '511400', '512000']) as area;
