-- Money that came in, once per provider reference. Never deleted, never refused: what cannot be applied is in suspense.
create table payments (
  org_id       integer not null,
  id           integer not null,
  provider     text not null,
  reference    text not null,
  payer_phone  text,
  account_ref  text,
  amount       bigint not null check (amount > 0),
  currency     text not null,
  value_day    date not null,
  received_at  timestamptz not null,
  status       text not null check (status in ('pending', 'applied', 'suspense', 'rejected', 'reversed')),
  reason       text,                    -- why it is in suspense, or was rejected
  customer_id  integer,
  overpayment  bigint not null default 0,  -- what was left over when it was applied
  entry_id     bigint not null,         -- the journal entry that took the money in
  decided_by   integer,
  decided_at   timestamptz,
  primary key (org_id, id)
);
create unique index payments_by_reference on payments (org_id, provider, reference);
create index payments_open on payments (org_id, status, id) where status in ('pending', 'suspense');
create index payments_by_customer on payments (org_id, customer_id, id);
