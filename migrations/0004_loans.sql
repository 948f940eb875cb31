create table loan_products (
  org_id      integer not null,
  id          integer not null,
  name        text not null,
  description text not null default '',
  max_amount  bigint not null check (max_amount > 0),
  min_amount  bigint not null default 1 check (min_amount > 0),
  -- The product's terms: interest method, rate, frequency, grace, allocation order ... (src/modules/loan-products).
  terms       jsonb not null,
  status      text not null default 'active' check (status in ('active', 'retired')),
  created_by  integer,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (org_id, id)
);

create table loans (
  org_id          integer not null,
  id              integer not null,
  customer_id     integer not null,
  product_id      integer,
  officer_id      integer,
  account_no      text,
  principal       bigint not null check (principal > 0),
  currency        text not null,
  -- The terms agreed on for this loan; a later change of the product does not touch them.
  terms           jsonb not null,
  status          text not null check (status in ('draft', 'pending', 'approved', 'rejected', 'withdrawn', 'active', 'completed', 'written_off')),
  applied_by      integer,
  applied_at      timestamptz not null,
  approved_by     integer,
  approved_at     timestamptz,
  disbursed_by    integer,
  disbursed_at    timestamptz,
  disbursed_on    date,
  rejected_reason text,
  completed_on    date,
  total_interest  bigint not null default 0,
  -- What was agreed on after the disbursement (reschedule, re-age, re-amortise); null: the terms from the disbursement on.
  plan            jsonb,
  -- Since when its debts are out of the books while the customer is still asked for them.
  charged_off_on  date,
  -- The loan that the disbursement of this one settles.
  tops_up         integer,
  -- How often its payments were allocated anew.
  replays         integer not null default 0,
  -- When interest on overdue principal was reckoned last.
  reckoned_on     date,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customers (org_id, id),
  foreign key (org_id, product_id) references loan_products (org_id, id)
);
create unique index loans_by_account_no on loans (org_id, account_no);
create index loans_by_customer on loans (org_id, customer_id, id);
create index loans_recalculating on loans (org_id, id) where status = 'active' and terms ? 'recalculation';
create index loans_with_late_fee on loans (org_id, id) where status = 'active' and terms ? 'lateFee';
create index loans_by_status on loans (org_id, status, id);
create index loans_by_completion on loans (org_id, completed_on) where status = 'completed';

create table instalments (
  org_id           integer not null,
  id               integer not null,
  loan_id          integer not null,
  nr               integer not null,
  due_day          date not null,
  principal_due    bigint not null check (principal_due >= 0),
  interest_due     bigint not null check (interest_due >= 0),
  fee_due          bigint not null default 0 check (fee_due >= 0),
  penalty_due      bigint not null default 0 check (penalty_due >= 0),
  principal_paid   bigint not null default 0,
  interest_paid    bigint not null default 0,
  fee_paid         bigint not null default 0,
  penalty_paid     bigint not null default 0,
  principal_waived bigint not null default 0,
  interest_waived  bigint not null default 0,
  fee_waived       bigint not null default 0,
  penalty_waived   bigint not null default 0,
  completed_on     date,
  -- Interest taken to income so far by the close of business (accrual accounting).
  interest_earned  bigint not null default 0,
  -- When the customer was told that it falls due soon, and that it is overdue: once each.
  reminded_on      date,
  overdue_told_on  date,
  -- When its late fee was charged: once.
  late_fee_on      date,
  primary key (org_id, loan_id, nr),
  foreign key (org_id, loan_id) references loans (org_id, id),
  check (principal_paid between 0 and principal_due - principal_waived),
  check (interest_paid between 0 and interest_due - interest_waived),
  check (fee_paid between 0 and fee_due - fee_waived),
  check (penalty_paid between 0 and penalty_due - penalty_waived)
) with (fillfactor = 80);
create unique index instalments_by_id on instalments (org_id, id);
create index instalments_open_by_due_day on instalments (org_id, due_day, loan_id) where completed_on is null;

create index instalments_unearned on instalments (org_id, due_day, loan_id) where interest_earned < interest_due - interest_waived;

-- Everything that moved a loan's money, append-only; a reversal is a row of its own.
create table loan_transactions (
  org_id      integer not null,
  id          integer not null,
  loan_id     integer not null,
  kind        text not null check (kind in ('disbursement', 'repayment', 'fee', 'penalty', 'waiver', 'write_off', 'charge_off', 'recovery', 'credit_refund', 'reversal')),
  value_day   date not null,
  amount      bigint not null check (amount > 0),
  principal   bigint not null default 0,
  interest    bigint not null default 0,
  fee         bigint not null default 0,
  penalty     bigint not null default 0,
  overpayment bigint not null default 0,
  -- [[nr, principal, interest, fee, penalty], ...] in minor units
  allocation  jsonb not null default '[]',
  payment_id  integer,
  entry_id    bigint,                    -- null: nothing in the books moved
  payment_type text not null default 'repayment',  -- what kind of money it was; a product may allocate each by its own rule
  account     integer,                   -- where staff took the money in, or paid it out from
  reference   text,
  reason      text,
  reverses_id integer,                   -- the transaction that this one takes back
  replaces_id integer,                   -- the transaction that this one is the replay of
  root_id     integer,                   -- the transaction that was first entered, whose place in time this one keeps; null: this one
  actor       text not null,
  created_at  timestamptz not null,
  primary key (org_id, id)
);
create index loan_transactions_by_loan on loan_transactions (org_id, loan_id, id);
create unique index loan_transactions_by_reverses on loan_transactions (org_id, reverses_id) where reverses_id is not null;
create index loan_transactions_by_payment on loan_transactions (org_id, payment_id) where payment_id is not null;
