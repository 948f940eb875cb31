/** Many active loans at once, set-based: six monthly instalments, disbursed over a month, a tenth of them overdue. */
import { sql } from 'kysely'
import { CAPITAL, INTEREST_RECEIVABLE, LOAN_PRINCIPAL, MOBILE_MONEY, UNEARNED_INTEREST } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { post, postOne } from '#modules/ledger/ledger.ts'
import { productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'

const AT_ONCE = 50_000
const CUSTOMERS = 200
const INTEREST = 2_000n

/** Loans 1 to n of the organisation, with what they owe in the books; their unearned interest in one entry. */
export async function seedLoans(door: Door, n: number): Promise<void> {
  await transact(door, async (ctx) => {
    for (let c = 1; c <= CUSTOMERS; c++)
      await createCustomer(ctx, { fullName: `Customer ${c}`, phone: `07${10_000_000 + c}` })
    const unearned = BigInt(n) * 6n * INTEREST
    await postOne(ctx, {
      kind: 'capital',
      effectiveDay: ctx.today,
      reference: null,
      idemKey: 'bench',
      lines: [debit(MOBILE_MONEY, unearned + 1n), credit(UNEARNED_INTEREST, unearned), credit(CAPITAL, 1n)],
    })
  })
  for (let from = 1; from <= n; from += AT_ONCE) {
    const to = Math.min(from + AT_ONCE - 1, n)
    await transact(door, async (ctx) => {
      await insertPortion(ctx, from, to)
      await enterInBooks(ctx, from, to)
    })
  }
}

async function insertPortion(ctx: Ctx, from: number, to: number): Promise<void> {
  const terms = JSON.stringify(productTermsSchema.parse({ ratePercent: '10', months: 6, frequency: 'monthly' }))
  const org = ctx.org.id
  await sql`
    insert into loans (org_id, id, customer_id, principal, currency, terms, status, applied_at, approved_at, disbursed_at, disbursed_on, total_interest)
    select ${org}, g, 1 + g % ${CUSTOMERS}, 120000, ${ctx.org.currency}, ${terms}::jsonb, 'active', ${ctx.now}, ${ctx.now}, ${ctx.now},
           ${ctx.today}::date - 62 - g % 28, 12000
      from generate_series(${from}::integer, ${to}::integer) g`.execute(ctx.tx)
  await sql`
    insert into instalments (org_id, id, loan_id, nr, due_day, principal_due, interest_due, principal_paid, interest_paid, completed_on, interest_earned)
    select ${org}, (l.id - 1) * 6 + k, l.id, k, d.due, 20000, ${INTEREST}::bigint,
           case when d.paid then 20000 else 0 end, case when d.paid then ${INTEREST}::bigint else 0 end, case when d.paid then d.due end,
           0
      from loans l cross join generate_series(1, 6) k
      cross join lateral (select (l.disbursed_on + k * 30) as due, l.disbursed_on + k * 30 < ${ctx.today} and (k = 1 or l.id % 10 <> 0) as paid) d
     where l.org_id = ${org} and l.id between ${from} and ${to}`.execute(ctx.tx)
}

const LOANS_AN_ENTRY = 1_000

interface Owing {
  readonly id: number
  readonly principal: bigint
  readonly interest: bigint
}

async function enterInBooks(ctx: Ctx, from: number, to: number): Promise<void> {
  const { rows } = await sql<Owing>`
    select loan_id as id, sum(principal_due - principal_paid)::bigint as principal, sum(interest_due - interest_paid)::bigint as interest
      from instalments where org_id = ${ctx.org.id} and loan_id between ${from} and ${to} group by loan_id order by loan_id
  `.execute(ctx.tx)
  const entries = Array.from({ length: Math.ceil(rows.length / LOANS_AN_ENTRY) }, (_, n) => {
    const loans = rows.slice(n * LOANS_AN_ENTRY, (n + 1) * LOANS_AN_ENTRY)
    const owed = loans.flatMap(({ id, principal, interest }) => [
      debit(LOAN_PRINCIPAL, principal, id),
      debit(INTEREST_RECEIVABLE, interest, id),
    ])
    const lines = [...owed, credit(CAPITAL, sum(owed.map(({ amount }) => amount)))]
    const idemKey = `bench:${loans[0]!.id}`
    return { kind: 'loan_taken_over' as const, effectiveDay: ctx.today, reference: null, idemKey, lines }
  })
  await post(ctx, entries)
}
