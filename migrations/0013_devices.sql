-- Phones sold on credit: what was sold, the phones themselves, their locks, and payments that customers say they have made.

-- What a notification is about, for the application that shows it.
alter table notifications add column data jsonb not null default '{}';

-- A payment that a customer has only told us of has moved nothing yet.
alter table payments alter column entry_id drop not null;

create table payment_claims (
  org_id          integer not null,
  payment_id      integer not null,
  customer_id     integer not null,
  loan_id         integer not null,
  instalment_id   integer not null,
  instalment_nr   integer not null,
  receipt_file_id integer,               -- a picture of the receipt, seen by staff only
  repeats         boolean not null default false, -- another of the same amount and day waited for the same instalment
  submitted_by    text not null,
  created_at      timestamptz not null,
  primary key (org_id, payment_id),
  foreign key (org_id, payment_id) references payments (org_id, id),
  foreign key (org_id, loan_id) references loans (org_id, id),
  foreign key (org_id, receipt_file_id) references files (org_id, id)
);
create index payment_claims_by_instalment on payment_claims (org_id, instalment_id);

create table sales (
  org_id               integer not null,
  loan_id              integer not null,
  customer_id          integer not null,
  contract_number      text not null,
  branch_contract_code text not null,    -- as printed on paper
  branch_number        text not null,
  price                bigint not null check (price > 0),
  approved_amount      bigint not null check (approved_amount > 0),
  down_payment         bigint not null check (down_payment >= 0),
  rate_shown           text not null,    -- the percentage that the contract prints
  created_at           timestamptz not null,
  primary key (org_id, loan_id),
  foreign key (org_id, loan_id) references loans (org_id, id)
);
create unique index sales_by_contract_number on sales (org_id, contract_number);
create unique index sales_by_branch_code on sales (org_id, branch_contract_code);
create index sales_by_customer on sales (org_id, customer_id, loan_id);

-- Which notice of an instalment has gone out: each once, so many days from its due day.
create table instalment_notices (
  org_id        integer not null,
  instalment_id integer not null,
  days_from_due integer not null,
  due_day       date not null,
  sent_on       date not null,
  primary key (org_id, instalment_id, due_day, days_from_due)
);

create table phone_models (
  org_id     integer not null,
  id         integer not null,
  brand      text not null,
  model      text not null,
  price      bigint not null check (price > 0),
  status     text not null default 'active' check (status in ('active', 'retired')),
  created_at timestamptz not null,
  primary key (org_id, id)
);
create unique index phone_models_by_name on phone_models (org_id, lower(brand), lower(model));

create table devices (
  org_id          integer not null,
  id              integer not null,
  imei            text not null check (imei ~ '^[0-9]{15}$'),
  imei_doubtful   boolean not null,      -- its check digit is wrong
  phone_model_id  integer not null,
  loan_id         integer not null,
  customer_id     integer not null,
  activation_code text not null,
  activated_at    timestamptz,
  activated_token text,
  lock_status     text not null default 'unlocked' check (lock_status in ('unlocked', 'pending', 'locked')),
  warned_for      date,                  -- the oldest overdue day that a warning went out for
  released_on     date,                  -- paid in full: never locked again, its number free for another loan
  created_at      timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, phone_model_id) references phone_models (org_id, id),
  foreign key (org_id, loan_id) references loans (org_id, id)
);
create unique index devices_by_imei on devices (org_id, imei) where released_on is null;
create unique index devices_by_loan on devices (org_id, loan_id);
create unique index devices_by_activation_code on devices (org_id, activation_code);
create index devices_unreleased on devices (org_id, id) where released_on is null;

-- Every change of a lock, by whom and why: append-only.
create table device_lock_changes (
  org_id     integer not null,
  id         integer not null,
  device_id  integer not null,
  status     text not null check (status in ('unlocked', 'pending', 'locked')),
  reason     text not null,
  actor      text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, device_id) references devices (org_id, id)
);
create index device_lock_changes_by_device on device_lock_changes (org_id, device_id, id);

-- Where pushes go: an application on a phone, of whoever signed in there last.
create table device_tokens (
  org_id      integer not null,
  id          integer not null,
  token       text not null,
  user_id     integer not null,
  platform    text not null,
  device_name text,
  os_version  text,
  app_version text,
  active      boolean not null default true,
  created_at  timestamptz not null,
  seen_at     timestamptz not null,
  primary key (org_id, id)
);
create unique index device_tokens_by_token on device_tokens (org_id, token);
create index device_tokens_by_user on device_tokens (org_id, user_id) where active;
