-- Every token of a customer has a session behind it, which ends it: none is revoked by its date any more. Tokens from before
-- have no session and open nothing; their customers log in once again.
alter table customers drop column tokens_valid_after;

-- Whoever was invited and has not chosen a password yet; null: their password is their own.
alter table users add column invited_at timestamptz;

alter table one_time_codes drop constraint one_time_codes_purpose_check;
alter table one_time_codes add constraint one_time_codes_purpose_check
  check (purpose in ('password_reset', 'email_verification', 'phone_verification', 'login', 'invitation'));
