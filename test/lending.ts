/** A small lender for tests: named people, one product, and the question whether all that is written agrees to the cent. */
import { type RawBuilder, sql } from 'kysely'
import { expect } from 'vitest'
import { BANK, CAPITAL, CASH, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import type { Role } from '#domain/permission.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { openBooks, postOne } from '#modules/ledger/ledger.ts'
import { createProduct, type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { apply, approve, disburse } from '#modules/loans/loans.ts'
import { type LoanView, loanById } from '#modules/loan-records/views.ts'
import { type Receipt, receive } from '#modules/payments/payments.ts'
import { type Actor, type Ctx, type Door, transact } from '#platform/context.ts'
import { booksAgree } from '#test/books.ts'
import type { World } from '#test/world.ts'

export interface Person {
  readonly userId: number
  readonly customerId: number
  readonly phone: string
  readonly actor: Actor
}

export interface Lender {
  readonly slug: string
  readonly officer: Actor & { kind: 'user' }
  door(actor?: Actor): Door
  as<T>(actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T>
  borrower(name: string): Promise<Person>
  /** Applied for, approved and disbursed today. */
  lend(person: Person, amount: bigint, terms?: Partial<GivenTerms>): Promise<number>
  loan(id: number): Promise<LoanView>
  /** An M-Pesa payment of today. */
  pay(phone: string, amount: bigint, code: string): Promise<Receipt>
  /** Moves the clock to nine in the morning (UTC) of a day. */
  goTo(day: string): void
  /** Schedules, balances, trial balance, money in and out and the hash chain say the same. */
  expectAgreement(): Promise<void>
}

export const TERMS: GivenTerms = { ratePercent: '10', months: 6, frequency: 'monthly' }
const FLOAT = 100_000_000n

/** Opens the books of an organisation, puts capital in and hires an officer. */
export async function openLender(world: World, slug = 'sokocredit'): Promise<Lender> {
  const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door(slug, actor), work)
  const { officerId, productId } = await as(SYSTEM, openBusiness)
  const officer = userOf(officerId, ['loan_officer'])
  const cashier = { ...officer, id: CASHIER }
  let phones = 712_000_000
  return {
    slug,
    officer,
    door: (actor = SYSTEM) => world.door(slug, actor),
    as,
    borrower: (name) => newBorrower(as, officer, { name, phone: `+254${++phones}` }),
    async lend(person, amount, given = {}) {
      const terms = productTermsSchema.parse({ ...(given?.instalments ? {} : TERMS), ...given })
      const { customerId } = person
      const loanId = await as(person.actor, (ctx) => apply(ctx, { customerId, productId, officerId, amount, terms }))
      await as(officer, (ctx) => approve(ctx, loanId))
      await as(cashier, (ctx) => disburse(ctx, loanId))
      return loanId
    },
    loan: async (id) => (await as(officer, (ctx) => loanById(ctx, id)))!,
    pay(payerPhone, amount, reference) {
      const door = world.door(slug, { kind: 'provider', name: 'mpesa' })
      return receive(door, { provider: 'mpesa', reference, payerPhone, accountRef: null, amount, valueDay: door.today })
    },
    goTo(day) {
      const nine = new Date(`${day}T09:00:00Z`)
      // The clock runs on: where it is past nine already, moving it to now would move it back by a millisecond.
      if (nine > world.clock.now()) world.clock.moveTo(nine)
    },
    expectAgreement: () => as(SYSTEM, agreement),
  }
}

const SYSTEM: Actor = { kind: 'system', name: 'test' }
/** Pays loans out and decides nothing else: who paid one out does not write it off alone. */
const CASHIER = 77_777
const PASSWORD = 'a good password'

const userOf = (id: number, roles: Role[], customerId: number | null = null) =>
  ({ kind: 'user', id, roles, sessionId: '', customerId }) as const

async function openBusiness(ctx: Ctx): Promise<{ officerId: number; productId: number }> {
  await openBooks(ctx)
  const email = `officer@${ctx.org.slug}.test`
  const officerId = await registerUser(ctx, { email, password: PASSWORD, roles: ['loan_officer'] })
  const product = await createProduct(ctx, { name: 'Starter', maxAmount: 10_000_000n, terms: TERMS })
  const lines = [debit(MOBILE_MONEY, FLOAT), credit(CAPITAL, FLOAT)]
  await postOne(ctx, { kind: 'capital', effectiveDay: ctx.today, reference: null, idemKey: 'capital', lines })
  return { officerId, productId: product.id }
}

async function newBorrower(
  as: Lender['as'],
  officer: Actor,
  { name, phone }: { name: string; phone: string },
): Promise<Person> {
  const user = { username: name, phone, password: PASSWORD, roles: ['customer'] } as const
  const userId = await as(SYSTEM, (ctx) => registerUser(ctx, user))
  const customerId = await as(officer, (ctx) => createCustomer(ctx, { fullName: name, phone, userId }))
  return { userId, customerId, phone, actor: userOf(userId, ['customer'], customerId) }
}

async function agreement(ctx: Ctx): Promise<void> {
  await booksAgree(ctx)
  const { rows } = await sql<Record<string, bigint>>`
    select (select coalesce(sum(amount), 0) from payments where org_id = ${ctx.org.id} and status in ('suspense', 'applied'))::bigint
             + ${standing(sql`t.amount`, sql`t.kind in ('repayment', 'recovery') and t.payment_id is null and t.account < 2000`)}
             - ${standing(sql`t.amount - t.fee`, sql`t.kind = 'disbursement'`)} - ${standing(sql`t.amount`, sql`t.kind = 'credit_refund'`)}
             + ${FLOAT} - ${total(MOBILE_MONEY)} - ${total(CASH)} - ${total(BANK)} as cash`.execute(ctx.tx)
  expect(rows[0]).toEqual({ cash: 0n })
}

/** The sum over the transactions of a kind that were not taken back. */
const standing = (amount: RawBuilder<unknown>, which: RawBuilder<unknown>) =>
  sql`(select coalesce(sum(${amount}), 0)::bigint from loan_transactions t where t.org_id = current_setting('mkopo.org')::integer and ${which}
        and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id))`
const total = (account: number) =>
  sql`(select coalesce(sum(debits - credits), 0)::bigint from ledger_balances where org_id = current_setting('mkopo.org')::integer and account = ${account})`
