-- Which branch a loan is of: where it was sold, or where whoever entered it works. And how long a code that activates a phone is good for.

alter table loans add column branch_number text check (branch_number ~ '^[A-Z0-9]{1,12}$'); -- null: of no branch
alter table devices add column activation_code_until timestamptz; -- null: it was used, or is for nobody any more

-- The walls stand against the owner too and are laid anew after every migration; until then these tables are open to it.
alter table loans no force row level security;
alter table sales no force row level security;
alter table sales_staff no force row level security;
alter table devices no force row level security;
update loans l set branch_number = s.branch_number from sales s where s.org_id = l.org_id and s.loan_id = l.id;
update loans l set branch_number = w.branch_number from sales_staff w
 where w.org_id = l.org_id and w.user_id = l.applied_by and l.branch_number is null;
-- Codes that nobody has used yet are good for another thirty days.
update devices set activation_code_until = now() + interval '30 days' where activated_at is null;

create index loans_by_branch on loans (org_id, branch_number, id) where branch_number is not null;
