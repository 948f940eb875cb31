-- Pushes that say what they are about, logins made safer: second factors, known addresses, sessions of customers ended by the office.

-- What an application is handed with a push.
alter table messages add column data jsonb;

-- A login may be asked for a code as well.
alter table one_time_codes drop constraint one_time_codes_purpose_check;
alter table one_time_codes add constraint one_time_codes_purpose_check
  check (purpose in ('password_reset', 'email_verification', 'phone_verification', 'login'));

-- Where a person has logged in from: what comes from there is not kept out by strangers' wrong guesses, and a new one is told to him.
create table login_addresses (
  org_id        integer not null,
  user_id       integer not null,
  address       text not null,
  first_seen_at timestamptz not null,
  last_seen_at  timestamptz not null,
  primary key (org_id, user_id, address),
  foreign key (org_id, user_id) references users (org_id, id) on delete cascade
);
create index login_addresses_by_age on login_addresses (org_id, last_seen_at);

-- Tokens of a customer that were issued before it open nothing any more.
alter table customers add column tokens_valid_after timestamptz;
