-- What is told to phones through a device management service, and codes that unlock them where there is no network.

alter table devices
  add column spared_until    date,       -- the policy asks for no lock up to this day: a code was redeemed, a receipt is looked at
  add column provisional_for date;       -- the oldest overdue day that a lock was lifted for while a receipt was looked at

create table device_commands (
  org_id       integer not null,
  id           integer not null,         -- a later one supersedes an earlier one of the same phone
  device_id    integer not null,
  -- Our name for it with the service, chosen before anything is sent and kept through every try; nobody can guess it.
  key          text not null,
  kind         text not null check (kind in ('enrol', 'lock', 'unlock', 'release')),
  status       text not null check (status in ('requested', 'sent', 'acknowledged', 'failed', 'expired', 'superseded')),
  reason       text not null,
  actor        text not null,
  attempts     integer not null default 0, -- tries to hand it over: from the first on it may have arrived
  questions    integer not null default 0,
  retry        integer not null default 0, -- how many commands for the same end have failed before it
  next_try     timestamptz,
  expires_at   timestamptz not null,
  remote_id    text,                     -- the service's own name for it
  failure      text,
  created_at   timestamptz not null,
  sent_at      timestamptz,
  settled_at   timestamptz,
  primary key (org_id, id),
  foreign key (org_id, device_id) references devices (org_id, id)
) with (fillfactor = 70);
create unique index device_commands_by_key on device_commands (org_id, key);
create index device_commands_by_device on device_commands (org_id, device_id, id);
create index device_commands_due on device_commands (org_id, next_try) where next_try is not null;
create index device_commands_by_status on device_commands (org_id, status, device_id);

create table device_unlock_codes (
  org_id        integer not null,
  id            integer not null,
  device_id     integer not null,
  counter       integer not null check (counter > 0), -- of the phone: a code is dead when a later one was used
  activated_at  timestamptz not null,    -- the activation whose secret it was made with
  code_hash     bytea not null,          -- keyed: eight digits could be tried out otherwise
  valid_until   date not null,
  reason        text not null,
  actor         text not null,
  created_at    timestamptz not null,
  used_on       date,                    -- typed in on the phone
  redeemed_at   timestamptz,             -- heard of by us
  redeemed_by   text,
  primary key (org_id, id),
  foreign key (org_id, device_id) references devices (org_id, id)
);
create unique index device_unlock_codes_by_counter on device_unlock_codes (org_id, device_id, counter);
