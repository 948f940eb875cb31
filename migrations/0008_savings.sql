-- Savings. Balances are the ledger's (account 2200, one owner per savings account); here stands what the ledger does not know.

create table savings_products (
  org_id     integer not null,
  id         integer not null,
  name       text not null,
  -- Minimum balance, limits and fee of withdrawals, interest (src/modules/savings/products.ts).
  terms      jsonb not null,
  status     text not null default 'active' check (status in ('active', 'retired')),
  created_by integer,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);

create table savings_accounts (
  org_id        integer not null,
  id            integer not null,
  account_no    text not null,
  customer_id   integer not null,
  product_id    integer not null,
  currency      text not null,
  status        text not null default 'open' check (status in ('open', 'blocked', 'closed')),
  -- Set aside by holds; the rest of the balance is available.
  held          bigint not null default 0 check (held >= 0),
  -- Rows of savings_transactions so far: the number of the last one.
  movements     integer not null default 0,
  -- Interest earned and not yet paid, exactly: in parts of a minor unit (src/domain/savings/interest.ts).
  accrued       numeric not null default 0 check (accrued = trunc(accrued)),
  -- The last day whose interest is in `accrued`.
  accrued_until date not null,
  opened_on     date not null,
  closed_on     date,
  created_by    integer,
  created_at    timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customers (org_id, id),
  foreign key (org_id, product_id) references savings_products (org_id, id)
) with (fillfactor = 70);
create unique index savings_accounts_by_no on savings_accounts (org_id, account_no);
create index savings_accounts_by_customer on savings_accounts (org_id, customer_id, id);

-- The passbook: everything that moved an account, append-only. Credits are positive, debits negative.
create table savings_transactions (
  org_id        integer not null,
  account_id    integer not null,
  nr            integer not null check (nr >= 1),
  kind          text not null check (kind in ('deposit', 'withdrawal', 'fee', 'interest', 'transfer', 'disbursement', 'repayment', 'return')),
  value_day     date not null,
  amount        bigint not null check (amount <> 0),
  balance_after bigint not null check (balance_after >= 0),
  reference     text,
  entry_id      bigint not null,
  actor         text not null,
  created_at    timestamptz not null,
  primary key (org_id, account_id, nr)
);
create index savings_transactions_by_day on savings_transactions (org_id, account_id, value_day);
create index savings_transactions_by_entry on savings_transactions (org_id, entry_id);

create table savings_holds (
  org_id     integer not null,
  id         integer not null,
  account_id integer not null,
  amount     bigint not null check (amount > 0),
  purpose    text not null,
  status     text not null default 'active' check (status in ('active', 'released', 'captured')),
  captured   bigint not null default 0 check (captured between 0 and amount),
  entry_id   bigint,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, account_id) references savings_accounts (org_id, id)
);
create index savings_holds_by_account on savings_holds (org_id, account_id) where status = 'active';

-- National identity numbers and their like: one customer each. Kept apart, since few may see them.
create table customer_id_numbers (
  org_id      integer not null,
  kind        text not null,
  number      text not null,
  customer_id integer not null,
  created_at  timestamptz not null,
  primary key (org_id, kind, number),
  foreign key (org_id, customer_id) references customers (org_id, id) on delete cascade
);
create index customer_id_numbers_by_customer on customer_id_numbers (org_id, customer_id);

-- What a customer is handed when money moved for him, whatever it moved: one code each, append-only.
create table receipts (
  org_id             integer not null,
  id                 integer not null,
  code               text not null,
  kind               text not null check (kind in ('deposit', 'withdrawal', 'repayment', 'disbursement')),
  customer_id        integer not null,
  amount             bigint not null check (amount > 0),
  fee                bigint not null default 0 check (fee >= 0),
  -- Where the money came from or went to: mpesa, account, counter.
  channel            text not null,
  savings_account_id integer,
  loan_id            integer,
  payment_id         integer,
  payout_id          integer,
  provider_reference text,
  -- After it: what the account holds, what is still owed on loans.
  account_balance    bigint not null,
  loan_balance       bigint,               -- where it moved a loan
  entry_id           bigint not null,
  user_id            integer,              -- who did it
  created_at         timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, customer_id) references customers (org_id, id)
);
create unique index receipts_by_code on receipts (org_id, code);
create index receipts_by_customer on receipts (org_id, customer_id, id);

-- Other institutions that may look a customer up where he agreed to it; the key itself is never kept.
create table third_parties (
  org_id      integer not null,
  id          integer not null,
  name        text not null,
  key_hash    bytea not null,
  valid_until timestamptz not null,
  revoked_at  timestamptz,
  created_by  integer,
  created_at  timestamptz not null,
  primary key (org_id, id)
);
create unique index third_parties_by_key on third_parties (org_id, key_hash);

create table consents (
  org_id         integer not null,
  customer_id    integer not null,
  third_party_id integer not null,
  given_at       timestamptz not null,
  withdrawn_at   timestamptz,
  primary key (org_id, customer_id, third_party_id),
  foreign key (org_id, customer_id) references customers (org_id, id),
  foreign key (org_id, third_party_id) references third_parties (org_id, id)
);
