-- Reason: claims, their keys, results, traces, and the yearly accumulators and personal accounts that they move.
-- Lock: creates new objects only.

-- The caller's key. Distributed by institution, while claims are distributed by person: therefore a table of its own,
-- without the person in its key.
create table settlement_key (
  institution text not null,
  key text not null,
  request_hash bytea not null,
  kind text not null check (kind in ('claim', 'reversal')),
  person_id uuid not null,
  claim_id uuid not null,
  created_at timestamptz not null,
  primary key (institution, key)
);

create table settlement_claim (
  person_id uuid not null,
  id uuid not null,
  institution text not null,
  treatment_city text not null,
  -- Known when the claim is answered.
  insured_city text,
  med_type text not null,
  setl_time timestamptz not null,
  acct_used_flag text not null check (acct_used_flag in ('0', '1', '2')),
  medfee_fen bigint not null check (medfee_fen >= 0),
  -- The lines as sent, amounts as decimal strings.
  lines jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'settled', 'refused')),
  -- Every reason of a refusal.
  reasons jsonb,
  -- How often settling it alone ended in a fault of ours. Such claims come last, and after five times a person looks.
  faults smallint not null default 0,
  submitted_at timestamptz not null,
  answered_at timestamptz,
  primary key (person_id, id),
  check ((state = 'pending') = (answered_at is null)),
  check ((state = 'refused') = (reasons is not null))
);
-- The worker takes pending claims in order. Small whatever the age of the system: a claim leaves it when answered.
create index settlement_claim_pending on settlement_claim (faults, id) where state = 'pending';
-- GET by id, where the person is not part of the address.
create index settlement_claim_id on settlement_claim (id);

-- A settlement or the reversal of one; never changed.
create table settlement_result (
  person_id uuid not null,
  id uuid not null,
  claim_id uuid not null,
  kind text not null check (kind in ('settlement', 'reversal')),
  original_id uuid,
  institution text not null,
  treatment_city text not null,
  insured_city text not null,
  insutype text not null,
  psn_type text not null,
  med_type text not null,
  clr_type text not null,
  -- Year of the accumulators: a reversal has the year of its original, even when it comes in January.
  year smallint not null,
  -- Place in the person's year, the number of its movements: what comes later read what came before.
  no bigint not null,
  setl_time timestamptz not null,
  -- Date of setl_time in Asia/Shanghai: daily reconciliation goes by it.
  setl_date date not null,
  month text not null,
  medfee_fen bigint not null,
  fund_pay_fen bigint not null,
  acct_pay_fen bigint not null,
  psn_part_fen bigint not null,
  psn_cash_fen bigint not null,
  -- All amounts of setlinfo, the split lines, and what it moved: decimal strings.
  shares jsonb not null,
  lines jsonb not null,
  movements jsonb not null,
  accumulators_after jsonb not null,
  verified boolean not null,
  created_at timestamptz not null,
  primary key (person_id, id),
  check ((kind = 'reversal') = (original_id is not null))
);
create unique index settlement_result_claim on settlement_result (person_id, claim_id, kind);
-- A settlement is reversed once: the key decides, whoever asks at the same time.
create unique index settlement_result_reversed_once on settlement_result (person_id, original_id) where kind = 'reversal';
create index settlement_result_day on settlement_result (institution, setl_date);
create unique index settlement_result_year on settlement_result (person_id, insured_city, year, insutype, no);

-- setldetail: one row per fund (and one for the personal account, 310200).
create table settlement_detail (
  person_id uuid not null,
  result_id uuid not null,
  fund_pay_type text not null,
  inscp_scp_fen bigint not null,
  crt_payb_lmt_fen bigint not null,
  fund_pay_fen bigint not null,
  primary key (person_id, result_id, fund_pay_type)
);

-- Enough to compute the settlement again without any other table.
create table settlement_trace (
  person_id uuid not null,
  result_id uuid not null,
  trace jsonb not null,
  primary key (person_id, result_id)
);

-- The balance is the sum of the movements; `moves` counts them and numbers the next one. Every settlement moves all
-- kinds of its year, be it by zero, so `moves` is the same for all of them.
create table settlement_accumulator (
  person_id uuid not null,
  insured_city text not null,
  year smallint not null,
  insutype text not null,
  kind text not null check (kind in ('outpatientDeductible', 'outpatientPaid', 'inScopeBurden')),
  balance_fen bigint not null default 0,
  moves bigint not null default 0,
  primary key (person_id, insured_city, year, insutype, kind)
) with (fillfactor = 70);

create table settlement_movement (
  person_id uuid not null,
  insured_city text not null,
  year smallint not null,
  insutype text not null,
  kind text not null,
  -- Without gaps per accumulator: the key refuses a movement that was computed from a stale balance.
  seq bigint not null check (seq > 0),
  -- null: an opening balance.
  result_id uuid,
  amount_fen bigint not null,
  balance_after_fen bigint not null,
  created_at timestamptz not null,
  primary key (person_id, insured_city, year, insutype, kind, seq)
);

create table settlement_account (
  person_id uuid not null,
  insured_city text not null,
  balance_fen bigint not null default 0 check (balance_fen >= 0),
  moves bigint not null default 0,
  primary key (person_id, insured_city)
) with (fillfactor = 70);

create table settlement_account_movement (
  person_id uuid not null,
  insured_city text not null,
  seq bigint not null check (seq > 0),
  result_id uuid,
  amount_fen bigint not null,
  balance_after_fen bigint not null,
  created_at timestamptz not null,
  primary key (person_id, insured_city, seq)
);

-- Settlements that read accumulators which a reversal has returned since. An operator decides; the row goes when the
-- settlement is reversed or its amounts hold again.
create table settlement_resettle (
  person_id uuid not null,
  result_id uuid not null,
  -- What the funds paid above what is due now; negative where they paid too little.
  overpaid_fen bigint not null,
  because_of uuid not null,
  flagged_at timestamptz not null,
  primary key (person_id, result_id)
);

create function settlement_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: it is append-only, a correction is a reversal', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger settlement_result_append_only before update or delete or truncate on settlement_result
  for each statement execute function settlement_refuse_change();
create trigger settlement_detail_append_only before update or delete or truncate on settlement_detail
  for each statement execute function settlement_refuse_change();
create trigger settlement_trace_append_only before update or delete or truncate on settlement_trace
  for each statement execute function settlement_refuse_change();
create trigger settlement_movement_append_only before update or delete or truncate on settlement_movement
  for each statement execute function settlement_refuse_change();
create trigger settlement_account_movement_append_only before update or delete or truncate on settlement_account_movement
  for each statement execute function settlement_refuse_change();
