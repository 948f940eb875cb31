-- The sale of a phone as a whole: decided, signed, paid down, handed over, or come to nothing.

-- A loan against a sale is paid out in goods: its steps are the sale's.
alter table loans add column against_sale boolean not null default false;

alter table sales add column preset text;                     -- null: agreed on without one
alter table sales add column down_percent integer;
alter table sales add column officer_id integer;              -- who sold it
alter table sales add column monthly_income bigint check (monthly_income > 0);
alter table sales add column decided_at timestamptz;
alter table sales add column decided_by text;
alter table sales add column decision text check (decision in ('approved', 'rejected'));
alter table sales add column reasons text[] not null default '{}';
alter table sales add column decision_note text;
alter table sales add column signed_on date;
alter table sales add column signed_by text;                  -- of staff: who saw it signed
alter table sales add column signature_file_id integer;
alter table sales add column cancelled_reason text;
alter table sales add column applied_entry_id bigint;           -- where the down payment became part of the price
alter table sales add column activations integer not null default 0; -- how often it was handed over: what its entries are known by
alter table sales add foreign key (org_id, signature_file_id) references files (org_id, id);
create index sales_by_branch on sales (org_id, branch_number, loan_id);

create table down_payments (
  org_id          integer not null,
  id              integer not null,
  loan_id         integer not null,
  customer_id     integer not null,
  amount          bigint not null check (amount > 0),
  method          text not null check (method in ('cash', 'deposit')),
  status          text not null check (status in ('pending', 'received', 'rejected', 'refunded')),
  reference       text,
  receipt_file_id integer,
  taken_by        text not null,
  decided_by      text,
  decided_at      timestamptz,
  reason          text,                  -- why it was rejected, or refunded
  entry_id        bigint,                -- null: nothing in the books moved
  created_at      timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, loan_id) references sales (org_id, loan_id),
  foreign key (org_id, receipt_file_id) references files (org_id, id)
);
-- One at a time: a sale is paid down once.
create unique index down_payments_standing on down_payments (org_id, loan_id) where status in ('pending', 'received');
create index down_payments_pending on down_payments (org_id, id) where status = 'pending';
create index down_payments_by_loan on down_payments (org_id, loan_id, id);

-- Who sells for one branch only; without a row for all of them.
create table sales_staff (
  org_id        integer not null,
  user_id       integer not null,
  branch_number text not null check (branch_number ~ '^[A-Z0-9]{1,12}$'),
  primary key (org_id, user_id),
  foreign key (org_id, user_id) references users (org_id, id)
);

-- The walls stand against the owner too and are laid anew after every migration; until then these tables are open to it.
alter table loans no force row level security;
alter table sales no force row level security;
alter table ledger_accounts no force row level security;
update loans l set against_sale = true
  from sales s
 where s.org_id = l.org_id and s.loan_id = l.id and l.status in ('pending', 'approved');
update sales s set officer_id = l.officer_id from loans l where l.org_id = s.org_id and l.id = s.loan_id;
insert into ledger_accounts (org_id, code, name, type, owned_by, guard)
select org_id, 2110, 'Down payments on sales', 'liability', 'loan', 'never_debit' from ledger_heads
on conflict do nothing;
insert into ledger_accounts (org_id, code, name, type, owned_by, guard)
select org_id, 4100, 'Sales of devices', 'income', null, 'none' from ledger_heads
on conflict do nothing;
