/** What loans and their customers say, by owner. */
import { sql } from 'kysely'
import {
  CUSTOMER_CREDIT,
  FEE_RECEIVABLE,
  INTEREST_RECEIVABLE,
  LOAN_PRINCIPAL,
  LOSS_ALLOWANCE,
  PENALTY_RECEIVABLE,
  UNEARNED_INTEREST,
} from '#domain/ledger/chart.ts'
import { addedUp, type SubLedger } from '#modules/reconciliation/views.ts'

/** A loan written off, charged off, or not paid out owes nothing in the books. */
const IN_BOOKS = sql`l.status in ('active', 'completed') and l.charged_off_on is null`
const ON_ACCRUAL = sql`l.terms ->> 'accounting' = 'accrual'`
/** Of a loan's transactions: neither a reversal nor reversed. */
export const STANDS = sql`t.kind <> 'reversal' and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)`

/** What a loan's instalments leave open, component by component. Where only cash counts, interest is not in the books. */
const loans: SubLedger = {
  name: 'loans',
  of: 'loan',
  numberedBy: 'loans',
  keptAs: 'owed by its schedule',
  kept: ({ orgId, from, to }) => sql`
    select c.account, l.id as owner, c.amount
      from loans l
      join (select loan_id, sum(principal_due - principal_paid - principal_waived) as principal,
                   sum(interest_due - interest_paid - interest_waived) as interest,
                   sum(fee_due - fee_paid - fee_waived) as fee, sum(penalty_due - penalty_paid - penalty_waived) as penalty
              from instalments where org_id = ${orgId} and loan_id between ${from} and ${to} group by loan_id) o on o.loan_id = l.id
     cross join lateral (values (${LOAN_PRINCIPAL}::integer, o.principal), (${INTEREST_RECEIVABLE}, case when ${ON_ACCRUAL} then o.interest else 0 end),
                                (${FEE_RECEIVABLE}, o.fee), (${PENALTY_RECEIVABLE}, o.penalty)) c (account, amount)
     where l.org_id = ${orgId} and l.id between ${from} and ${to} and ${IN_BOOKS} and c.amount <> 0`,
  equals: {
    accounts: [LOAN_PRINCIPAL, INTEREST_RECEIVABLE, FEE_RECEIVABLE, PENALTY_RECEIVABLE],
    side: 'debit',
  },
}

/** Interest agreed on whose day has not come, of all loans together: the close of business earns it for many loans in one entry. */
const unearnedInterest: SubLedger = {
  name: 'unearned interest',
  of: 'organisation',
  keptAs: 'not earned yet by the schedules',
  kept: ({ orgId }) => sql`
    select ${UNEARNED_INTEREST}::integer as account, 0 as owner, sum(i.unearned) as amount
      from loans l
      join (select loan_id, sum(interest_due - interest_waived - interest_earned) as unearned
              from instalments where org_id = ${orgId} group by loan_id) i on i.loan_id = l.id
     where l.org_id = ${orgId} and ${IN_BOOKS} and ${ON_ACCRUAL}`,
  equals: { accounts: [UNEARNED_INTEREST], side: 'credit' },
}

/** No instalment has earned more interest than is due on it, and none less than nothing: which loan the total above is wrong for. */
const earnedInterest: SubLedger = {
  name: 'earned interest',
  of: 'loan',
  numberedBy: 'loans',
  onRequest: true,
  keptAs: 'earned on instalments',
  kept: ({ orgId, from, to }) =>
    addedUp(sql`
    select 0 as account, loan_id as owner, interest_earned as amount from instalments
     where org_id = ${orgId} and loan_id between ${from} and ${to} and interest_earned not between 0 and interest_due - interest_waived`),
  equals: {
    as: 'the most that they can have earned',
    amounts: ({ orgId, from, to }) =>
      addedUp(sql`
      select 0 as account, loan_id as owner, greatest(least(interest_earned, interest_due - interest_waived), 0) as amount from instalments
       where org_id = ${orgId} and loan_id between ${from} and ${to} and interest_earned not between 0 and interest_due - interest_waived`),
  },
}

/** Overpayments that stand, less what of them was paid back (a refund's principal is owed again, not credit); and loans that came back from the provider when they could not be undone. */
const customerCredit: SubLedger = {
  name: 'customer credit',
  of: 'customer',
  keptAs: 'overpaid on loans and not paid back',
  kept: ({ orgId }) =>
    addedUp(sql`
    select ${CUSTOMER_CREDIT}::integer as account, l.customer_id as owner,
           case when t.kind = 'credit_refund' then t.principal - t.amount else t.overpayment end as amount
      from loan_transactions t join loans l on l.org_id = t.org_id and l.id = t.loan_id
     where t.org_id = ${orgId} and (t.overpayment > 0 or t.kind = 'credit_refund') and ${STANDS}
     union all
    select j.account, p.customer_id, -j.amount
      from payouts p join journal_lines j on j.org_id = p.org_id and j.entry_id = p.settling_entry_id
     where p.org_id = ${orgId} and p.status = 'returned' and p.purpose = 'disbursement' and j.account = ${CUSTOMER_CREDIT}`),
  equals: { accounts: [CUSTOMER_CREDIT], side: 'credit' },
}

/** What is set aside for losses, as the last close of business placed the loans. */
const allowance: SubLedger = {
  name: 'loss allowance',
  of: 'organisation',
  keptAs: 'set aside for the loans as they stand',
  kept: ({ orgId }) => sql`
    select ${LOSS_ALLOWANCE}::integer as account, 0 as owner, sum(provision) as amount from loan_standings where org_id = ${orgId}`,
  equals: { accounts: [LOSS_ALLOWANCE], side: 'credit' },
}

/** What a loan's history says was repaid is what its instalments say was paid. */
const repaid: SubLedger = {
  name: 'repaid loans',
  of: 'loan',
  numberedBy: 'loans',
  onRequest: true,
  keptAs: 'paid by its schedule',
  kept: ({ orgId, from, to }) =>
    addedUp(sql`
    select 0 as account, loan_id as owner, principal_paid + interest_paid + fee_paid + penalty_paid as amount from instalments
     where org_id = ${orgId} and loan_id between ${from} and ${to}`),
  equals: {
    as: 'repaid by its history',
    amounts: ({ orgId, from, to }) =>
      addedUp(sql`
      select 0 as account, t.loan_id as owner, t.amount - t.overpayment as amount from loan_transactions t
       where t.org_id = ${orgId} and t.loan_id between ${from} and ${to} and t.kind in ('repayment', 'recovery') and ${STANDS}`),
  },
}

export const LOAN_SUB_LEDGERS: readonly SubLedger[] = [
  loans,
  unearnedInterest,
  earnedInterest,
  customerCredit,
  allowance,
  repaid,
]
