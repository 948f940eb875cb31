-- Money on its way out to a customer. It stands in account 2400 (owner: the order) until the provider says what became of it.
create table payouts (
  org_id          integer not null,
  id              integer not null,
  channel         text not null check (channel in ('mpesa', 'counter')),
  -- Our own name for it with the provider, chosen before anything is sent and kept through every retry.
  originator_id   text not null,
  purpose         text not null check (purpose in ('withdrawal', 'disbursement')),
  customer_id     integer not null,
  phone           text,                    -- E.164; null at the counter
  amount          bigint not null check (amount > 0),
  currency        text not null,
  status          text not null check (status in ('reserved', 'sent', 'confirmed', 'returned', 'unknown')),
  -- The entry that took the money from where it came from, and the one that settled it.
  entry_id        bigint not null,
  settling_entry_id bigint,
  savings_account_id integer,
  loan_id         integer,
  -- Sending: tries so far, the try in hand, and whether an earlier one may have arrived unheard.
  attempts        integer not null default 0,
  sending_since   timestamptz,
  in_doubt        boolean not null default false,
  -- Asking what became of it.
  questions       integer not null default 0,
  next_try        timestamptz,
  conversation_id text,
  receipt         text,                    -- the provider's own number of the payment
  reason          text,                    -- why it came back, or is not known
  contradicted    boolean not null default false, -- the provider said otherwise afterwards: a person must look
  created_at      timestamptz not null,
  sent_at         timestamptz,
  settled_at      timestamptz,
  primary key (org_id, id),
  check ((channel = 'mpesa') = (phone is not null)),
  foreign key (org_id, customer_id) references customers (org_id, id)
) with (fillfactor = 70);
create unique index payouts_by_originator on payouts (org_id, originator_id);
create index payouts_due on payouts (org_id, next_try) where next_try is not null;
create index payouts_by_status on payouts (org_id, status, id);
create index payouts_by_customer on payouts (org_id, customer_id, id);
