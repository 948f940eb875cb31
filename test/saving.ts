/** A small saving institution for tests: its books open, named savers, and the question whether everything written agrees. */
import { MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { openBooks } from '#modules/ledger/ledger.ts'
import { createSavingsProduct, deposit, type GivenSavingsTerms, openAccount } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { type Actor, type Ctx, type Door, transact } from '#platform/context.ts'
import { booksAgree } from '#test/books.ts'
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
    expectAgreement: () => run(booksAgree),
  }
}
