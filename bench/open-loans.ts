/** A lender with many open loans of traders who have a login each. The modules lend to the first; the others' loans are copies of hers. */
import { sql } from 'kysely'
import { CAPITAL, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { disbursementLines } from '#domain/loans/entries.ts'
import { entryIdOf, openBooks, post, postOne } from '#modules/ledger/ledger.ts'
import { createProduct, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { apply, approve, disburse } from '#modules/loans/loans.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { hashPassword } from '#platform/security/crypto.ts'
import { phoneOf } from './traders.ts'

/** 12,000.00 at 10 % flat over half a year, in weekly instalments. */
const PRINCIPAL = 1_200_000n
const TERMS = productTermsSchema.parse({ ratePercent: '10', months: 6, frequency: 'weekly' })
const FLOAT = 100_000_000_000n
const AT_ONCE = 1_000

/** Opens so many loans, disbursed today, in an organisation that has none of these traders yet. */
export async function openLoans(services: Services, org: Organisation, count: number): Promise<void> {
  const door = systemDoor(services, org, 'bench')
  const first = await transact(door, lendToFirst)
  for (let n = 1; n < count; n += AT_ONCE) {
    await transact(door, (ctx) => lendAlike(ctx, first, { from: n, to: Math.min(n + AT_ONCE, count) }))
  }
}

async function lendToFirst(ctx: Ctx): Promise<number> {
  await openBooks(ctx)
  await postOne(ctx, {
    kind: 'capital',
    effectiveDay: ctx.today,
    reference: null,
    idemKey: 'bench:capital',
    lines: [debit(MOBILE_MONEY, FLOAT), credit(CAPITAL, FLOAT)],
  })
  const product = await createProduct(ctx, { name: 'Half a year, weekly', maxAmount: PRINCIPAL, terms: TERMS })
  const officerId = await insertLogins(ctx, [{ username: 'bench-officer', phone: null, role: 'loan_officer' }])
  const customerId = await takeOn(ctx, [0])
  const loanId = await apply(ctx, { customerId, productId: product.id, officerId, amount: PRINCIPAL, terms: TERMS })
  await approve(ctx, loanId)
  await disburse(ctx, loanId)
  return loanId
}

/** Copies of a loan for further traders: loan, schedule and history, each with a disbursement of its own in the books. */
async function lendAlike(ctx: Ctx, loanId: number, traders: { from: number; to: number }): Promise<void> {
  const size = traders.to - traders.from
  const customer = await takeOn(
    ctx,
    Array.from({ length: size }, (_, n) => traders.from + n),
  )
  const loan = await takeNumbers(ctx, 'loan', size)
  const { rows } = await sql<{ interest: bigint; instalments: bigint }>`
    select total_interest as interest, (select count(*) from instalments where org_id = ${ctx.org.id} and loan_id = ${loanId}) as instalments
      from loans where org_id = ${ctx.org.id} and id = ${loanId}`.execute(ctx.tx)
  const { interest, instalments } = rows[0]!
  const firstInstalment = await takeNumbers(ctx, 'instalment', size * Number(instalments))
  const entryIds = await postDisbursements(ctx, { loan, customer, size, interest })
  const transaction = await takeNumbers(ctx, 'loan_transaction', size)
  await sql`
    insert into loans (org_id, id, customer_id, product_id, officer_id, principal, currency, terms, status, applied_at, approved_at, disbursed_at, disbursed_on, total_interest)
    select org_id, ${loan}::integer + n, ${customer}::integer + n, product_id, officer_id, principal, currency, terms, status, applied_at, approved_at, disbursed_at, disbursed_on, total_interest
      from loans, generate_series(0, ${size - 1}::integer) n where org_id = ${ctx.org.id} and id = ${loanId}`.execute(
    ctx.tx,
  )
  await sql`
    insert into instalments (org_id, id, loan_id, nr, due_day, principal_due, interest_due)
    select org_id, ${firstInstalment}::integer + n * ${Number(instalments)}::integer + nr - 1, ${loan}::integer + n, nr, due_day, principal_due, interest_due
      from instalments, generate_series(0, ${size - 1}::integer) n where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(
    ctx.tx,
  )
  await sql`
    insert into loan_transactions (org_id, id, loan_id, kind, value_day, amount, principal, entry_id, actor, created_at)
    select org_id, ${transaction}::integer + n.nr::integer - 1, ${loan}::integer + n.nr::integer - 1, kind, value_day, amount, principal, n.entry_id, actor, created_at
      from loan_transactions, unnest(${entryIds}::bigint[]) with ordinality n (entry_id, nr)
     where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(ctx.tx)
}

interface Disbursed {
  readonly loan: number
  readonly customer: number
  readonly size: number
  readonly interest: bigint
}

async function postDisbursements(ctx: Ctx, { loan, customer, size, interest }: Disbursed): Promise<bigint[]> {
  const amounts = { principal: PRINCIPAL, interest, fee: 0n, feeAtSource: 0n }
  const outcomes = await post(
    ctx,
    Array.from({ length: size }, (_, n) => ({
      kind: 'disbursement',
      effectiveDay: ctx.today,
      reference: `loan ${loan + n}`,
      idemKey: `disbursement:${loan + n}`,
      lines: disbursementLines(
        { loanId: loan + n, customerId: customer + n, accounting: TERMS.accounting },
        amounts,
        MOBILE_MONEY,
      ),
    })),
  )
  return outcomes.map(entryIdOf)
}

/** Logins and customer records of traders; returns the first customer's id. */
async function takeOn(ctx: Ctx, traders: readonly number[]): Promise<number> {
  const firstLogin = await insertLogins(
    ctx,
    traders.map((n) => ({ username: `trader-${n}`, phone: phoneOf(n), role: 'customer' })),
  )
  const first = await takeNumbers(ctx, 'customer', traders.length)
  await sql`
    insert into customers (org_id, id, full_name, phone, user_id, created_at, updated_at)
    select ${ctx.org.id}, ${first}::integer + t.nr::integer - 1, 'Trader ' || t.n, t.phone, ${firstLogin}::integer + t.nr::integer - 1, ${ctx.now}, ${ctx.now}
      from unnest(${traders}::integer[], ${traders.map(phoneOf)}::text[]) with ordinality as t (n, phone, nr)`.execute(
    ctx.tx,
  )
  return first
}

interface NewLogin {
  readonly username: string
  readonly phone: string | null
  readonly role: string
}

/** One password for all: hashing ten thousand would take longer than everything else. */
let passwordHash: Promise<string> | undefined

async function insertLogins(ctx: Ctx, logins: readonly NewLogin[]): Promise<number> {
  passwordHash ??= hashPassword('a password of the bench')
  const first = await takeNumbers(ctx, 'user', logins.length)
  await sql`
    insert into users (org_id, id, username, phone, password_hash, roles, phone_verified_at, created_at)
    select ${ctx.org.id}, ${first}::integer + l.nr::integer - 1, l.username, l.phone, ${await passwordHash}, array[l.role], ${ctx.now}, ${ctx.now}
      from unnest(${logins.map((l) => l.username)}::text[], ${logins.map((l) => l.phone)}::text[], ${logins.map((l) => l.role)}::text[])
           with ordinality as l (username, phone, role, nr)`.execute(ctx.tx)
  return first
}
