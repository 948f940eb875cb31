/** What savings accounts say, by account. */
import { sql } from 'kysely'
import { SAVINGS, SAVINGS_INTEREST_PAYABLE } from '#domain/ledger/chart.ts'
import { PARTS_A_MINOR } from '#domain/savings/interest.ts'
import { addedUp, type SubLedger } from '#modules/reconciliation/views.ts'

/** The balance that the passbook shows last. */
const savings: SubLedger = {
  name: 'savings',
  of: 'savings',
  numberedBy: 'savings_accounts',
  keptAs: 'the last balance of its passbook',
  kept: ({ orgId, from, to }) => sql`
    select ${SAVINGS}::integer as account, a.id as owner,
           (select t.balance_after from savings_transactions t
             where t.org_id = a.org_id and t.account_id = a.id order by t.nr desc limit 1) as amount
      from savings_accounts a where a.org_id = ${orgId} and a.id between ${from} and ${to}`,
  equals: { accounts: [SAVINGS], side: 'credit' },
}

/** All that moved the account, line by line. */
const passbooks: SubLedger = {
  name: 'passbooks',
  of: 'savings',
  numberedBy: 'savings_accounts',
  onRequest: true,
  keptAs: 'the sum of its passbook',
  kept: ({ orgId, from, to }) =>
    addedUp(sql`
    select ${SAVINGS}::integer as account, account_id as owner, amount from savings_transactions
     where org_id = ${orgId} and account_id between ${from} and ${to}`),
  equals: { accounts: [SAVINGS], side: 'credit' },
}

/** What an account says is set aside is what its holds set aside. */
const holds: SubLedger = {
  name: 'holds',
  of: 'savings',
  numberedBy: 'savings_accounts',
  keptAs: 'set aside on the account',
  kept: ({ orgId, from, to }) => sql`
    select 0 as account, id as owner, held as amount from savings_accounts where org_id = ${orgId} and id between ${from} and ${to}`,
  equals: {
    as: 'set aside by its holds',
    amounts: ({ orgId, from, to }) =>
      addedUp(sql`
      select 0 as account, account_id as owner, amount from savings_holds
       where org_id = ${orgId} and status = 'active' and account_id between ${from} and ${to}`),
  },
}

/** No more is set aside than is there: what a hold has lost, its account is named for. */
const coveredHolds: SubLedger = {
  name: 'covered holds',
  of: 'savings',
  numberedBy: 'savings_accounts',
  keptAs: 'set aside',
  kept: ({ orgId, from, to }) => sql`
    select 0 as account, id as owner, held as amount from savings_accounts
     where org_id = ${orgId} and held > 0 and id between ${from} and ${to}`,
  equals: {
    as: 'of it on the account',
    amounts: ({ orgId, from, to }) => sql`
      select 0 as account, a.id as owner, least(a.held, coalesce(b.credits - b.debits, 0)) as amount
        from savings_accounts a
        left join ledger_balances b on b.org_id = a.org_id and b.account = ${SAVINGS} and b.owner = a.id
       where a.org_id = ${orgId} and a.held > 0 and a.id between ${from} and ${to}`,
  },
}

const whole = sql`div(a.accrued, ${String(PARTS_A_MINOR)}::numeric)`
const rest = sql`mod(a.accrued, ${String(PARTS_A_MINOR)}::numeric)`
/** The rest doubled, less a whole: above, at or below zero as it lies above, at or below the half. */
const beyondHalf = sql`(2 * abs(${rest}) - ${String(PARTS_A_MINOR)}::numeric)`

/** Interest earned and not paid yet, each account's rounded as its product says (domain/money.ts divide). */
const interestPayable: SubLedger = {
  name: 'savings interest',
  of: 'organisation',
  keptAs: 'earned by the accounts and not paid yet',
  kept: ({ orgId }) =>
    addedUp(sql`
    select ${SAVINGS_INTEREST_PAYABLE}::integer as account, 0 as owner,
           ${whole} + sign(${rest}) * (case p.terms #>> '{interest,rounding}'
             when 'UP' then true when 'DOWN' then false when 'CEILING' then ${rest} > 0 when 'FLOOR' then ${rest} < 0
             when 'HALF_UP' then ${beyondHalf} >= 0 when 'HALF_DOWN' then ${beyondHalf} > 0
             else ${beyondHalf} > 0 or (${beyondHalf} = 0 and mod(${whole}, 2) <> 0) end)::integer as amount
      from savings_accounts a join savings_products p on p.org_id = a.org_id and p.id = a.product_id
     where a.org_id = ${orgId} and a.accrued <> 0`),
  equals: { accounts: [SAVINGS_INTEREST_PAYABLE], side: 'credit' },
}

export const SAVINGS_SUB_LEDGERS: readonly SubLedger[] = [savings, passbooks, holds, coveredHolds, interestPayable]
