/** A small saving institution for tests: its books open, named savers, and the question whether everything written agrees. */
import { sql } from 'kysely'
import { expect } from 'vitest'
import { MOBILE_MONEY, PAYOUTS_IN_TRANSIT, SAVINGS, SAVINGS_INTEREST_PAYABLE } from '#domain/ledger/chart.ts'
import { divide } from '#domain/money.ts'
import { PARTS_A_MINOR } from '#domain/savings/interest.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { openBooks, verify } from '#modules/ledger/ledger.ts'
import { createSavingsProduct, deposit, type GivenSavingsTerms, openAccount } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { type Actor, type Ctx, type Door, transact } from '#platform/context.ts'
import type { World } from '#test/world.ts'

export interface Savings {
  door(): Door
  run<T>(work: (ctx: Ctx) => Promise<T>): Promise<T>
  product(terms: GivenSavingsTerms): Promise<number>
  /** A new customer's account, with so much on it. */
  account(terms?: GivenSavingsTerms, balance?: bigint): Promise<number>
  balance(accountId: number): Promise<bigint>
  payIn(accountId: number, amount: bigint): Promise<void>
  goTo(day: string): void
  expectAgreement(): Promise<void>
}

export const SETTLEMENT = { account: MOBILE_MONEY, owner: 0 } as const
const SYSTEM: Actor = { kind: 'system', name: 'test' }

/** Opens the books of an organisation that takes deposits. */
export async function openSavings(world: World, slug = 'visionfund'): Promise<Savings> {
  const door = (): Door => world.door(slug, SYSTEM)
  const run = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(door(), work)
  await run(openBooks)
  let people = 0
  const product = (terms: GivenSavingsTerms): Promise<number> =>
    run((ctx) => createSavingsProduct(ctx, { name: 'Savings', terms }))
  const payIn = (accountId: number, amount: bigint) =>
    run(async (ctx) => void (await deposit(ctx, { accountId, amount, from: SETTLEMENT, reference: null })))
  return {
    door,
    run,
    product,
    payIn,
    async account(terms = {}, balance = 0n) {
      const productId = await product(terms)
      const nr = ++people
      const accountId = await run(async (ctx) => {
        const customerId = await createCustomer(ctx, { fullName: `Saver ${nr}`, phone: `07${20_000_000 + nr}` })
        return openAccount(ctx, { customerId, accountNo: `saver${nr}`, productId })
      })
      if (balance > 0n) await payIn(accountId, balance)
      return accountId
    },
    balance: async (accountId) => (await run((ctx) => savingsAccountById(ctx, accountId)))!.balance,
    goTo: (day) => world.clock.moveTo(new Date(`${day}T09:00:00Z`)),
    expectAgreement: () => run(expectSavingsAgreement),
  }
}

/**
 * The chain holds; passbooks, balances and holds say the same and are never below zero; interest owed is what the accounts
 * have earned; money in transit is what the open orders carry.
 */
export async function expectSavingsAgreement(ctx: Ctx): Promise<void> {
  expect(await verify(ctx)).toMatchObject({ ok: true, problems: [] })
  const { rows } = await sql<{ id: number; balance: bigint; book: bigint; last: bigint; held: bigint; active: bigint }>`
    select a.id, a.held, coalesce((select credits - debits from ledger_balances b where b.org_id = a.org_id and b.account = ${SAVINGS} and b.owner = a.id), 0)::bigint as balance,
           coalesce((select sum(amount) from savings_transactions t where t.org_id = a.org_id and t.account_id = a.id), 0)::bigint as book,
           coalesce((select balance_after from savings_transactions t where t.org_id = a.org_id and t.account_id = a.id order by nr desc limit 1), 0)::bigint as last,
           coalesce((select sum(amount) from savings_holds h where h.org_id = a.org_id and h.account_id = a.id and h.status = 'active'), 0)::bigint as active
      from savings_accounts a where a.org_id = ${ctx.org.id}`.execute(ctx.tx)
  for (const { id, balance, book, last, held, active } of rows) {
    expect({ id, book, last, held }).toEqual({ id, book: balance, last: balance, held: active })
    expect(balance).toBeGreaterThanOrEqual(held)
  }
  const { rows: owing } = await sql<{ accrued: string }>`
    select accrued::text from savings_accounts where org_id = ${ctx.org.id}`.execute(ctx.tx)
  const owed = owing.reduce((sum, { accrued }) => sum + divide(BigInt(accrued), PARTS_A_MINOR), 0n)
  const { rows: totals } = await sql<{ payable: bigint; transit: bigint; orders: bigint }>`
    select (select coalesce(sum(credits - debits), 0)::bigint from ledger_balances where org_id = ${ctx.org.id} and account = ${SAVINGS_INTEREST_PAYABLE}) as payable,
           (select coalesce(sum(credits - debits), 0)::bigint from ledger_balances where org_id = ${ctx.org.id} and account = ${PAYOUTS_IN_TRANSIT}) as transit,
           (select coalesce(sum(amount), 0)::bigint from payouts where org_id = ${ctx.org.id} and status in ('reserved', 'sent', 'unknown')) as orders
  `.execute(ctx.tx)
  expect(totals[0]).toMatchObject({ payable: owed, transit: totals[0]!.orders })
}
