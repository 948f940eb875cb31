/** What money on its way says, in, out and through, by owner. */
import { sql } from 'kysely'
import {
  BANK,
  CASH,
  CUSTOMER_DEBT,
  DOWN_PAYMENTS,
  IN_PASSAGE,
  MOBILE_MONEY,
  PAYOUTS_IN_TRANSIT,
  SUSPENSE,
} from '#domain/ledger/chart.ts'
import { STANDS } from '#modules/reconciliation/loan-views.ts'
import { addedUp, type SubLedger } from '#modules/reconciliation/views.ts'

/** Money that came in and waits for a person to match it. */
const suspense: SubLedger = {
  name: 'suspense',
  of: 'payment',
  numberedBy: 'payments',
  keptAs: 'waiting to be matched',
  kept: ({ orgId, from, to }) => sql`
    select ${SUSPENSE}::integer as account, id as owner, amount from payments
     where org_id = ${orgId} and status = 'suspense' and id between ${from} and ${to}`,
  equals: { accounts: [SUSPENSE], side: 'credit' },
}

/** What a payment was applied to: all of it, and nothing of one that is not applied. */
const appliedPayments: SubLedger = {
  name: 'applied payments',
  of: 'payment',
  numberedBy: 'payments',
  onRequest: true,
  keptAs: 'applied',
  kept: ({ orgId, from, to }) => sql`
    select 0 as account, id as owner, amount from payments
     where org_id = ${orgId} and status = 'applied' and id between ${from} and ${to}`,
  equals: {
    as: 'paid on loans',
    amounts: ({ orgId, from, to }) =>
      addedUp(sql`
      select 0 as account, t.payment_id as owner, t.amount from loan_transactions t
       where t.org_id = ${orgId} and t.payment_id between ${from} and ${to} and ${STANDS}`),
  },
}

/** Money that came in is in the books by an entry of its own. A claim that nobody has verified has none. */
const receivedPayments: SubLedger = {
  name: 'received payments',
  of: 'payment',
  numberedBy: 'payments',
  onRequest: true,
  keptAs: 'received',
  kept: ({ orgId, from, to }) => sql`
    select 0 as account, id as owner, amount from payments
     where org_id = ${orgId} and id between ${from} and ${to} and (entry_id is not null or status <> 'pending' and status <> 'rejected')`,
  equals: {
    as: 'taken in by its entry',
    amounts: ({ orgId, from, to }) =>
      addedUp(sql`
      select 0 as account, p.id as owner, j.amount
        from payments p join journal_lines j on j.org_id = p.org_id and j.entry_id = p.entry_id
       where p.org_id = ${orgId} and p.id between ${from} and ${to} and j.amount > 0 and j.account in (${CASH}, ${MOBILE_MONEY}, ${BANK})`),
  },
}

/** Money of orders that are neither confirmed nor returned. */
const payouts: SubLedger = {
  name: 'payouts',
  of: 'payout',
  numberedBy: 'payouts',
  keptAs: 'on its way by the order',
  kept: ({ orgId, from, to }) => sql`
    select ${PAYOUTS_IN_TRANSIT}::integer as account, id as owner, amount from payouts
     where org_id = ${orgId} and status in ('reserved', 'sent', 'unknown') and id between ${from} and ${to}`,
  equals: { accounts: [PAYOUTS_IN_TRANSIT], side: 'credit' },
}

/** What customers were paid without a ground and have not given back. */
const customerDebt: SubLedger = {
  name: 'customer debt',
  of: 'customer',
  keptAs: 'paid out without a ground and not given back',
  kept: ({ orgId }) =>
    addedUp(sql`
    select ${CUSTOMER_DEBT}::integer as account, customer_id as owner, debt - debt_repaid as amount from payouts
     where org_id = ${orgId} and debt > debt_repaid`),
  equals: { accounts: [CUSTOMER_DEBT], side: 'debit' },
}

/** What was paid down on sales that are not handed over yet. */
const downPayments: SubLedger = {
  name: 'down payments',
  of: 'loan',
  keptAs: 'paid down on its sale and kept for the customer',
  kept: ({ orgId }) => sql`
    select ${DOWN_PAYMENTS}::integer as account, d.loan_id as owner, d.amount
      from down_payments d join sales s on s.org_id = d.org_id and s.loan_id = d.loan_id
     where d.org_id = ${orgId} and d.status = 'received' and s.applied_entry_id is null`,
  equals: { accounts: [DOWN_PAYMENTS], side: 'credit' },
}

/** What passes from one account of ours to another has arrived by the end of every transaction. */
const inPassage: SubLedger = {
  name: 'money in passage',
  of: 'organisation',
  keptAs: 'to be there',
  kept: () => sql`select ${IN_PASSAGE}::integer as account, 0 as owner, 0 as amount`,
  equals: { accounts: [IN_PASSAGE], side: 'debit' },
}

export const MONEY_SUB_LEDGERS: readonly SubLedger[] = [
  suspense,
  appliedPayments,
  receivedPayments,
  payouts,
  customerDebt,
  downPayments,
  inPassage,
]
