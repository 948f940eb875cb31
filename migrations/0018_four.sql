-- A customer's consent that an institution looks at his loans ends by itself; null: those given before stand until they are taken back.
alter table consents add column expires_at timestamptz;
