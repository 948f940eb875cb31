-- What one person asks for and another decides: it happens when it is approved, in the same transaction.
create table approvals (
  org_id       integer not null,
  id           integer not null,
  kind         text not null,             -- which step is asked for: an Approvable of a module
  subject      text not null,             -- what it is about, as in events: 'loan:12'
  asked        jsonb not null,            -- what is asked, by the schema of the kind; amounts in minor units as strings
  reason       text not null,
  status       text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'withdrawn')),
  requested_by text not null,             -- as in events: 'user:12'
  requested_at timestamptz not null,
  decided_by   text,
  decided_at   timestamptz,
  note         text,                      -- what was said with the decision
  outcome      jsonb,                     -- what came of it: ids of what was made
  primary key (org_id, id),
  check ((status = 'pending') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  -- The one who asked may only withdraw.
  check (decided_by is null or (decided_by = requested_by) = (status = 'withdrawn'))
);
create index approvals_pending on approvals (org_id, id) where status = 'pending';
create index approvals_by_subject on approvals (org_id, subject, id);

-- What the provider answered when it was asked what became of a payout: money is given back on this word alone.
alter table payouts
  add column answer        text check (answer in ('paid', 'failed', 'not_found', 'pending', 'unclear')),
  add column answered_at   timestamptz,
  add column answered      integer not null default 0, -- the latest question that was answered: each counts once
  -- Paid out although the money had gone back: the customer owes it (account 1150, owner: the customer).
  add column debt          bigint not null default 0 check (debt >= 0),
  add column debt_repaid   bigint not null default 0,
  add column debt_entry_id bigint,
  add constraint payouts_debt_repaid check (debt_repaid between 0 and debt),
  add constraint payouts_debt_booked check ((debt = 0) = (debt_entry_id is null));

-- The walls stand against the owner too and are laid anew after every migration; until then these tables are open to it.
-- The first two accounts are from 0016, which did not see the heads of the books where the owner is no superuser.
alter table ledger_accounts no force row level security;
alter table ledger_heads no force row level security;
insert into ledger_accounts (org_id, code, name, type, owned_by, guard)
select h.org_id, a.code, a.name, a.type, a.owned_by, a.guard
  from ledger_heads h,
       (values (2110, 'Down payments on sales', 'liability', 'loan', 'never_debit'),
               (4100, 'Sales of devices', 'income', null, 'none'),
               (1150, 'Customers: money to give back', 'asset', 'customer', 'never_credit')) as a (code, name, type, owned_by, guard)
on conflict do nothing;
