-- What a transaction of a loan means stands in columns, so that nothing is found again by reading a reason or a reference,
-- and taking it back is the mirror of what it booked.

alter table loans add column written_off_on date;  -- the day its loss was booked; null: it is not written off

alter table loan_transactions
  -- Where it comes from: entered by somebody, charged by the rule for late payment, part of a pay-off or a top-up;
  -- of a reversal: taken back by somebody, or because an earlier event changed.
  add column origin text not null default 'entered' check (origin in ('entered', 'late_fee', 'pay_off', 'top_up', 'replay')),
  -- It happened after the loan's debts had left the books: money is a recovery, and what is given up moves nothing.
  add column out_of_books boolean not null default false,
  -- Of the interest that a waiver or a loss took out of the books: what had not been taken to income.
  add column unearned bigint not null default 0,
  -- Interest paid in advance that a loss took to income.
  add column earned bigint not null default 0,
  add column savings_account_id integer,  -- the savings account that a repayment was drawn from
  add column waiver_id integer;           -- of a pay-off: the waiver of interest that came with it

alter table loan_transactions disable trigger user;

update loan_transactions t set origin = 'late_fee' where t.kind = 'penalty' and t.reason = 'late fee' and t.actor like 'system:%';

update loan_transactions t set origin = 'replay'
 where t.kind = 'reversal'
   and exists (select from loan_transactions n where n.org_id = t.org_id and n.loan_id = t.loan_id and n.replaces_id = t.reverses_id);

update loan_transactions p set waiver_id = w.id
  from loan_transactions w
 where w.kind = 'waiver' and w.reason = 'pay-off' and w.org_id = p.org_id and w.loan_id = p.loan_id and w.created_at = p.created_at
   and p.kind = 'repayment' and p.root_id is null
   and p.id = (select min(n.id) from loan_transactions n
                where n.org_id = w.org_id and n.loan_id = w.loan_id and n.id > w.id and n.kind = 'repayment' and n.root_id is null);
update loan_transactions w set origin = 'pay_off'
 where w.kind = 'waiver'
   and exists (select from loan_transactions p where p.org_id = w.org_id and p.loan_id = w.loan_id and p.waiver_id = w.id);
update loan_transactions t set waiver_id = r.waiver_id
  from loan_transactions r
 where r.org_id = t.org_id and r.id = t.root_id and r.waiver_id is not null and t.kind = 'repayment';

update loan_transactions t set unearned = l.amount
  from journal_lines l
 where t.kind in ('waiver', 'write_off', 'charge_off') and l.org_id = t.org_id and l.entry_id = t.entry_id and l.account = 2300 and l.amount > 0;

update loan_transactions t set out_of_books = true
 where t.kind in ('repayment', 'recovery', 'write_off', 'credit_refund')
   and exists (select from loan_transactions x
                where x.org_id = t.org_id and x.loan_id = t.loan_id and x.kind in ('write_off', 'charge_off') and x.id < coalesce(t.root_id, t.id)
                  and not exists (select from loan_transactions r
                                   where r.org_id = x.org_id and r.reverses_id = x.id and r.id < coalesce(t.root_id, t.id)));

update loan_transactions t set savings_account_id = a.id
  from savings_accounts a
 where t.account = 2200 and a.org_id = t.org_id and a.account_no = t.reference;

alter table loan_transactions enable trigger user;

update loans l set written_off_on = t.value_day
  from loan_transactions t
 where l.status = 'written_off' and t.org_id = l.org_id and t.loan_id = l.id and t.kind = 'write_off'
   and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id);

-- A loss leaves what had been earned as it was. Until now it was marked as earned in full, or went on being marked: of the
-- loans that are out of the books, as much is unearned again as their loss took out, the last instalments first.
with lost as (
  select t.org_id, t.loan_id, t.unearned from loan_transactions t
   where t.kind in ('write_off', 'charge_off') and not t.out_of_books
     and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
), room as (
  select i.org_id, i.loan_id, i.nr, i.interest_due - i.interest_waived as net, o.unearned,
         sum(i.interest_due - i.interest_waived) over (partition by i.org_id, i.loan_id order by i.nr desc) as behind
    from instalments i join lost o on o.org_id = i.org_id and o.loan_id = i.loan_id
)
update instalments i set interest_earned = r.net - least(r.net, greatest(0, r.unearned - (r.behind - r.net)))
  from room r
 where i.org_id = r.org_id and i.loan_id = r.loan_id and i.nr = r.nr;
