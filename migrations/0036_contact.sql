-- A phone or e-mail that staff put in place of another counts when it is confirmed; until then it is an approval that is asked for.

-- Since when the phone or e-mail that counts is what it is, where it was changed: no login is given by it for a day.
alter table customers add column contact_changed_at timestamptz;
alter table users
  add column contact_changed_at timestamptz,
  -- Staff said that it is this person's: nothing that opens the account is sent there until they prove it.
  add column email_doubtful boolean not null default false;

-- What was sent to the old phone or mailbox, by which its owner confirms the change.
create table contact_codes (
  org_id      integer not null,
  approval_id integer not null,
  code_hash   bytea not null,
  expires_at  timestamptz not null,
  primary key (org_id, approval_id),
  foreign key (org_id, approval_id) references approvals (org_id, id)
);

-- The walls stand against the owner too and are laid anew after every migration; until then these tables are open to it.
alter table users no force row level security;
alter table customers no force row level security;
-- Logins that staff made with a temporary password which nobody has replaced or proved an address for.
update users set email_doubtful = true
 where email_verified_at is null and profile ->> 'passwordIsTemporary' = 'true'
   and exists (select from customers c where c.org_id = users.org_id and c.user_id = users.id);
