-- A phone that its owner put in place of another and has not proved since: no payment is matched by it.
alter table users add column phone_doubtful boolean not null default false;
alter table customers add column phone_doubtful boolean not null default false;
