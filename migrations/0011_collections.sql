-- Collections work: what a collection agency knows of customers and loans beyond the core, who looks after whom, what was
-- tried, what was promised; and the log of requests of contracts that have one.

-- Beside the customer: code, address, phone as it was written, and who looks after him.
create table collection_customers (
  org_id             integer not null,
  customer_id        integer not null,
  code               text not null,
  phone              text,                -- as it was given; customers.phone is the same as E.164, where it is nobody else's
  address_line_1     text,
  address_line_2     text,
  city               text,
  state              text,
  pincode            text,
  date_of_birth      date,
  assigned_to        integer,
  do_not_call        boolean not null default false,
  do_not_call_reason text,
  removed_at         timestamptz,
  primary key (org_id, customer_id),
  foreign key (org_id, customer_id) references customers (org_id, id) on delete cascade,
  foreign key (org_id, assigned_to) references users (org_id, id)
);
create unique index collection_customers_by_code on collection_customers (org_id, code);
create index collection_customers_by_assignee on collection_customers (org_id, assigned_to, customer_id);

create index users_by_manager on users (org_id, manager_id) where manager_id is not null;

-- Who looked after a customer when, and who said so: append-only.
create table customer_assignments (
  org_id      integer not null,
  id          integer not null,
  customer_id integer not null,
  from_user   integer,
  to_user     integer,
  reason      text,
  actor       text not null,
  at          timestamptz not null,
  primary key (org_id, id)
);
create index customer_assignments_by_customer on customer_assignments (org_id, customer_id, id);

-- A loan as it was handed over. It runs in the core under the same id from the moment that its terms are complete.
create table collection_loans (
  org_id        integer not null,
  loan_id       integer not null,
  customer_id   integer not null,
  account_no    text not null,
  principal     bigint,
  rate_percent  text,
  tenure_months integer,
  loan_date     date,
  loan_type     text,
  created_by    integer,
  created_at    timestamptz not null,
  removed_at    timestamptz,
  primary key (org_id, loan_id)
);
create unique index collection_loans_by_account_no on collection_loans (org_id, account_no) where removed_at is null;
create index collection_loans_by_customer on collection_loans (org_id, customer_id, loan_id);

-- An organisation's own outcomes of a contact, and its changes to the standard ones (domain/collections/disposition.ts).
create table dispositions (
  org_id  integer not null,
  code    text not null,
  name    text not null,
  channel text not null check (channel in ('field', 'calling', 'any')),
  reached boolean not null,
  active  boolean not null default true,
  primary key (org_id, code)
);

create table interactions (
  org_id         integer not null,
  id             integer not null,
  kind           text not null check (kind in ('field', 'calling')),
  loan_id        integer,
  customer_id    integer,
  comment        text not null,
  disposition    text not null,
  next_action_on date,
  outside_hours  boolean not null default false,
  revision       integer not null default 1,
  created_by     integer,
  created_at     timestamptz not null,
  removed_at     timestamptz,
  primary key (org_id, id)
);
create index interactions_by_loan on interactions (org_id, loan_id, id);
create index interactions_by_next_action on interactions (org_id, next_action_on) where removed_at is null;

-- What an interaction said before each change and its removal: append-only.
create table interaction_revisions (
  org_id         integer not null,
  interaction_id integer not null,
  revision       integer not null,
  change         text not null check (change in ('changed', 'removed')),
  loan_id        integer,
  comment        text not null,
  disposition    text not null,
  next_action_on date,
  actor          text not null,
  at             timestamptz not null,
  primary key (org_id, interaction_id, revision)
);

create table promises (
  org_id         integer not null,
  id             integer not null,
  loan_id        integer not null,
  customer_id    integer not null,
  interaction_id integer,
  amount         bigint not null check (amount > 0),
  currency       text not null,
  due_on         date not null,
  channel        text not null,
  status         text not null default 'open' check (status in ('open', 'kept', 'part_kept', 'broken', 'withdrawn', 'replaced')),
  paid           bigint not null default 0,
  made_on        date not null,
  made_at        timestamptz not null,
  made_by        text not null,
  decided_on     date,
  primary key (org_id, id),
  check (due_on >= made_on)
);
create unique index promises_open_by_loan on promises (org_id, loan_id) where status = 'open';
create index promises_by_loan on promises (org_id, loan_id, id);
create index promises_by_due_day on promises (org_id, due_on, id) where status in ('open', 'kept', 'part_kept', 'broken');

-- Requests of contracts that document a log of them: redacted, truncated, kept for a while.
create table request_log (
  org_id     integer not null,
  id         integer not null,
  contract   text not null,
  user_id    integer,
  method     text not null,
  path       text not null,
  request    text not null,
  response   text not null,
  status     integer not null,
  created_at timestamptz not null,
  primary key (org_id, id)
);
create index request_log_by_age on request_log (org_id, created_at);
