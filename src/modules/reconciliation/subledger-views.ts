/** What each sub-ledger says, by owner: one small statement each. */
import { sql } from 'kysely'
import {
  FEE_RECEIVABLE,
  INTEREST_RECEIVABLE,
  LOAN_PRINCIPAL,
  PENALTY_RECEIVABLE,
  SAVINGS,
  SUSPENSE,
  UNEARNED_INTEREST,
} from '#domain/ledger/chart.ts'
import type { SubLedger } from '#modules/reconciliation/views.ts'

/** A loan written off, charged off, or not paid out owes nothing in the books. */
const IN_BOOKS = sql`l.status in ('active', 'completed') and l.charged_off_on is null`
const ON_ACCRUAL = sql`l.terms ->> 'accounting' = 'accrual'`

/** What a loan's instalments leave open, component by component. Where only cash counts, interest is not in the books. */
const loans: SubLedger = {
  name: 'loans',
  of: 'loan',
  numberedBy: 'loans',
  keptIn: 'its schedule',
  kept: ({ orgId, from, to }) => sql`
    select c.account, l.id as owner, c.amount
      from loans l
      join (select loan_id, sum(principal_due - principal_paid - principal_waived) as principal,
                   sum(interest_due - interest_paid - interest_waived) as interest,
                   sum(fee_due - fee_paid - fee_waived) as fee, sum(penalty_due - penalty_paid - penalty_waived) as penalty
              from instalments where org_id = ${orgId} and loan_id between ${from} and ${to} group by loan_id) o on o.loan_id = l.id
     cross join lateral (values (${LOAN_PRINCIPAL}::integer, o.principal), (${INTEREST_RECEIVABLE}, case when ${ON_ACCRUAL} then o.interest else 0 end),
                                (${FEE_RECEIVABLE}, o.fee), (${PENALTY_RECEIVABLE}, o.penalty)) c (account, amount)
     where l.org_id = ${orgId} and l.id between ${from} and ${to} and ${IN_BOOKS}`,
  equals: {
    accounts: [LOAN_PRINCIPAL, INTEREST_RECEIVABLE, FEE_RECEIVABLE, PENALTY_RECEIVABLE],
    side: 'debit',
  },
}

/** Interest agreed on whose day has not come, of all loans together: close of business earns it for many loans in one entry. */
const unearnedInterest: SubLedger = {
  name: 'unearned interest',
  of: 'organisation',
  keptIn: 'the schedules',
  kept: ({ orgId }) => sql`
    select ${UNEARNED_INTEREST}::integer as account, 0 as owner, sum(i.unearned) as amount
      from loans l
      join (select loan_id, sum(interest_due - interest_waived - interest_earned) as unearned
              from instalments where org_id = ${orgId} group by loan_id) i on i.loan_id = l.id
     where l.org_id = ${orgId} and ${IN_BOOKS} and ${ON_ACCRUAL}`,
  equals: { accounts: [UNEARNED_INTEREST], side: 'credit' },
}

/** Money that waits for a person to match it. */
const suspense: SubLedger = {
  name: 'suspense',
  of: 'payment',
  numberedBy: 'payments',
  keptIn: 'the payment',
  kept: ({ orgId, from, to }) => sql`
    select ${SUSPENSE}::integer as account, id as owner, amount from payments
     where org_id = ${orgId} and status = 'suspense' and id between ${from} and ${to}`,
  equals: { accounts: [SUSPENSE], side: 'credit' },
}

/** The balance that the passbook shows last. */
const savings: SubLedger = {
  name: 'savings',
  of: 'savings',
  numberedBy: 'savings_accounts',
  keptIn: 'its passbook',
  kept: ({ orgId, from, to }) => sql`
    select ${SAVINGS}::integer as account, a.id as owner,
           (select t.balance_after from savings_transactions t
             where t.org_id = a.org_id and t.account_id = a.id order by t.nr desc limit 1) as amount
      from savings_accounts a where a.org_id = ${orgId} and a.id between ${from} and ${to}`,
  equals: { accounts: [SAVINGS], side: 'credit' },
}

/** What every close of business compares. */
export const SUB_LEDGERS: readonly SubLedger[] = [loans, unearnedInterest, suspense, savings]
