-- Organisations, people, sessions, events, jobs. Every key starts with org_id; row-level security is laid over every
-- table that has an org_id column by src/platform/walls.ts after each migration.

create table organisations (
  id         integer primary key,
  slug       text not null unique,
  name       text not null,
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone  text not null,
  locale     text not null,
  country    text not null check (country ~ '^[A-Z]{2}$'),
  policies   jsonb not null default '{}',
  created_at timestamptz not null
);

-- Which organisation a contract serves; several contracts may serve the same one.
create table contract_bindings (
  contract text primary key,
  served_org integer not null references organisations (id)
);

-- Gap-free numbers for a series of an organisation (loan, customer, payment, event ...).
create table counters (
  org_id integer not null,
  series text not null,
  value  bigint not null,
  primary key (org_id, series)
) with (fillfactor = 50);

create table users (
  org_id            integer not null,
  id                integer not null,
  username          text,
  email             text,
  phone             text,               -- E.164
  name              text not null default '',
  password_hash     text not null,
  roles             text[] not null check (cardinality(roles) > 0),
  manager_id        integer,
  status            text not null default 'active' check (status in ('active', 'disabled')),
  profile           jsonb not null default '{}',
  email_verified_at timestamptz,
  phone_verified_at timestamptz,
  created_at        timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, manager_id) references users (org_id, id)
);
create unique index users_by_username on users (org_id, lower(username));
create unique index users_by_email on users (org_id, lower(email));
create unique index users_by_phone on users (org_id, phone);

-- A login: the family of its tokens. Revoking it ends its access and refresh tokens at once.
create table sessions (
  org_id       integer not null,
  id           uuid not null,
  user_id      integer not null,
  contract     text not null,
  refresh_hash bytea,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  address      text,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users (org_id, id) on delete cascade
);
create index sessions_by_user on sessions (org_id, user_id);

-- Password resets and verification codes: hashed, single use, with an end.
create table one_time_codes (
  org_id     integer not null,
  id         uuid not null,
  user_id    integer not null,
  purpose    text not null check (purpose in ('password_reset', 'email_verification', 'phone_verification')),
  code_hash  bytea not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  attempts   integer not null default 0,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users (org_id, id) on delete cascade
);
create index one_time_codes_by_user on one_time_codes (org_id, user_id, purpose);
create index one_time_codes_by_hash on one_time_codes (org_id, code_hash);

-- Failures counted per account and per address, so that guessing is slowed over all processes alike.
create table throttles (
  org_id     integer not null,
  key        text not null,
  failures   integer not null,
  window_end timestamptz not null,
  primary key (org_id, key)
);

-- The one log of facts: append-only, numbered per organisation in commit order.
create table events (
  org_id   integer not null,
  id       bigint not null,
  at       timestamptz not null,
  day      date not null,
  type     text not null,
  subject  text not null,
  actor    text not null,
  contract text not null,
  data     jsonb not null,
  primary key (org_id, id)
);
create index events_by_subject on events (org_id, subject, id);

-- How far each reader of the events has come.
create table event_cursors (
  org_id integer not null,
  reader text not null,
  after  bigint not null default 0,
  failures integer not null default 0,
  last_error text,
  retry_at timestamptz,
  primary key (org_id, reader)
) with (fillfactor = 50);

-- One row for each time a job fell due; the primary key makes it run once over all processes.
create table job_runs (
  org_id      integer not null,
  job         text not null,
  fire_at     timestamptz not null,
  day         date not null,            -- the organisation's day that it fell due on
  by_hand     boolean not null default false,
  status      text not null check (status in ('running', 'done', 'failed')),
  lease_until timestamptz,              -- running: the runner is alive; failed: not tried again before
  attempts    integer not null default 1,
  progress    jsonb not null default '{}',
  error       text,
  started_at  timestamptz not null,
  finished_at timestamptz,
  primary key (org_id, job, fire_at)
);

-- Messages to the outside world (SMS, mail, push): written in the caller's transaction, sent by the worker.
create table messages (
  org_id     integer not null,
  id         integer not null,
  channel    text not null check (channel in ('sms', 'mail', 'push')),
  recipient  text not null,
  subject    text,
  body       text not null,
  dedupe_key text,
  secret     boolean not null default false, -- a code or a token: the body is forgotten once it is sent
  status     text not null default 'queued' check (status in ('queued', 'sent', 'failed')),
  attempts   integer not null default 0,
  next_try   timestamptz,
  error      text,
  created_at timestamptz not null,
  sent_at    timestamptz,
  primary key (org_id, id)
);
create unique index messages_by_dedupe_key on messages (org_id, dedupe_key);
create index messages_queued on messages (org_id, id) where status = 'queued';
create index messages_by_recipient on messages (org_id, recipient, id);

-- Answers kept for the Idempotency-Key header: same key and body, same answer; other body, 409.
create table http_answers (
  org_id       integer not null,
  scope        text not null,          -- contract, actor, method and path
  key          text not null,
  request_hash bytea not null,
  status       integer not null,       -- 0: still in the making, at most until lease_until
  headers      jsonb not null default '{}',
  body         text not null,          -- sealed
  created_at   timestamptz not null,
  lease_until  timestamptz,
  primary key (org_id, scope, key)
);
create index http_answers_by_age on http_answers (org_id, created_at);
