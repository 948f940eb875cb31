-- The ledger: append-only entries and lines (first wall: grants, second wall: triggers, src/platform/walls.ts), and the
-- counters derived from them. Line amounts are signed minor units: debit positive, credit negative.

create table ledger_accounts (
  org_id   integer not null,
  code     integer not null,
  name     text not null,
  type     text not null check (type in ('asset', 'liability', 'equity', 'income', 'expense')),
  owned_by text check (owned_by in ('loan', 'customer', 'savings', 'payment', 'payout', 'group')),
  -- A guarded account's owner may never fall to the other side: savings below zero, a loan repaid beyond its debt.
  guard    text not null default 'none' check (guard in ('none', 'never_debit', 'never_credit')),
  primary key (org_id, code)
);

-- One row per organisation: the next numbers and the head of the hash chain. Locked last, by every posting transaction.
create table ledger_heads (
  org_id   integer primary key,
  entry_no bigint not null default 0,
  block_no bigint not null default 0,
  hash     bytea not null
) with (fillfactor = 20);

create table journal_entries (
  org_id        integer not null,
  id            bigint not null,
  block_no      bigint not null,
  kind          text not null,
  effective_day date not null,
  recorded_at   timestamptz not null,
  reference     text,
  actor         text not null,
  idem_key      text not null,
  request_hash  bytea not null,
  reverses_id   bigint,
  line_count    smallint not null check (line_count >= 2),
  primary key (org_id, id)
);
create unique index journal_entries_by_idem_key on journal_entries (org_id, idem_key);
create unique index journal_entries_by_reverses on journal_entries (org_id, reverses_id) where reverses_id is not null;

create table journal_lines (
  org_id        integer not null,
  entry_id      bigint not null,
  seq           smallint not null check (seq >= 1),
  account       integer not null,
  owner         integer not null default 0,   -- loan, customer, savings account ... as the account says; 0: nobody's
  amount        bigint not null check (amount <> 0),
  effective_day date not null,
  primary key (org_id, entry_id, seq)
);
create index journal_lines_by_account on journal_lines (org_id, account, owner, entry_id);

-- Per owner: two monotone counters. Never added to a day: the truth of a balance today.
create table ledger_balances (
  org_id  integer not null,
  account integer not null,
  owner   integer not null,
  debits  bigint not null check (debits >= 0),
  credits bigint not null check (credits >= 0),
  primary key (org_id, account, owner)
) with (fillfactor = 70);

-- Per account and effective day: what the trial balance of any day is added up from.
create table ledger_days (
  org_id  integer not null,
  account integer not null,
  day     date not null,
  debits  bigint not null check (debits >= 0),
  credits bigint not null check (credits >= 0),
  primary key (org_id, account, day)
) with (fillfactor = 50);

create table ledger_blocks (
  org_id      integer not null,
  no          bigint not null,
  first_entry bigint not null,
  last_entry  bigint not null,
  prev_hash   bytea not null,
  hash        bytea not null,
  sealed_at   timestamptz not null,
  primary key (org_id, no)
);
