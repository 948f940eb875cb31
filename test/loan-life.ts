/**
 * Random lives of loans, step by step, on the real modules and a real database: paid, bounced, back-dated, written off,
 * recovered, refunded, agreed anew, and each of it taken back in any order. After every step the loan owes what the books
 * owe and no money was refused; at the end everything is undone, in reverse, and nothing is left.
 */
import fc from 'fast-check'
import { sql } from 'kysely'
import { expect } from 'vitest'
import { addDays, type Day } from '#domain/day.ts'
import { outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { Refusal } from '#domain/refusal.ts'
import { type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { isPlain } from '#modules/loan-records/loan-records.ts'
import { type Course, courseOfLoan } from '#modules/loan-corrections/history.ts'
import { readHistory, type Standing } from '#modules/loan-records/history-store.ts'
import { reviewed, reviewedWhole } from '#modules/loan-corrections/late-fee-review.ts'
import { type Agreement, restructure, undoRestructure } from '#modules/loan-agreements/loan-agreements.ts'
import { ageOverdueLoans, closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { charge, chargeOff, waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { payOff, payOffQuote, refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { undoDisbursement } from '#modules/loans/loans.ts'
import { lockLoan } from '#modules/loan-records/store.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import { receive, takeBack } from '#modules/payments/payments.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { subLedgersAgree } from '#test/books.ts'
import { judgedOneByOne } from '#test/late-fees.ts'
import type { Lender, Person } from '#test/lending.ts'
import { anyTerms } from '#test/product-terms.ts'
import type { World } from '#test/world.ts'

const HORIZONTAL = ['pastDue', 'due', 'inAdvance'].flatMap((due) =>
  ['penalty', 'fee', 'interest', 'principal'].map((component) => `${due}.${component}`),
)
const ranked = (inAdvanceTo: 'next' | 'last' | 'spread') =>
  ({ order: 'ranked', rules: { default: { ranks: HORIZONTAL, inAdvanceTo } } }) as const

/** Terms of any loan; a half of them go through their history with every payment. */
export const lifeTerms: fc.Arbitrary<GivenTerms> = fc
  .record({
    given: anyTerms,
    recalculation: fc.constantFrom(null, null, { rest: 'daily' as const }, { rest: 'perInstalment' as const }),
    allocation: fc.constantFrom(null, null, ranked('next'), ranked('last'), ranked('spread')),
    lateFee: fc.constantFrom(
      null,
      { basis: 'flat' as const, amount: '2500', graceDays: 3, mostOfLoan: '6000' },
      { basis: 'overdue' as const, percent: '5', graceDays: 1 },
    ),
  })
  .map(({ given, recalculation, allocation, lateFee }) => ({
    ...given,
    ...(recalculation && given.interestMethod === 'declining' && { recalculation }),
    ...(allocation && { allocation }),
    ...(lateFee && { lateFee }),
  }))

const cents = (most: bigint) => fc.bigInt({ min: 1n, max: most })
const daysBefore = fc.constantFrom(0, 0, 0, 5, 40)
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })

export const lifeStep = fc.oneof(
  weighted(5, fc.record({ do: fc.constant('pay' as const), amount: cents(500_000n), daysBefore })),
  weighted(3, fc.record({ do: fc.constant('receive' as const), amount: cents(700_000n), daysBefore })),
  weighted(3, fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 40 }) })),
  weighted(4, fc.record({ do: fc.constant('reverse' as const), which: fc.nat(9) })),
  weighted(2, fc.record({ do: fc.constant('bounce' as const), which: fc.nat(3) })),
  weighted(1, fc.record({ do: fc.constant('charge' as const), amount: cents(20_000n) })),
  weighted(
    1,
    fc.record({
      do: fc.constant('waive' as const),
      component: fc.constantFrom('interest' as const, 'principal' as const, 'penalty' as const, 'fee' as const),
      amount: cents(20_000n),
    }),
  ),
  weighted(
    1,
    fc.record({
      do: fc.constant('restructure' as const),
      agreement: fc.constantFrom<(today: Day) => Agreement>(
        () => ({ kind: 'reschedule', instalments: 5 }),
        () => ({ kind: 'reschedule', instalments: 4, ratePercent: '20' }),
        (today) => ({ kind: 're_age', instalments: 3, firstDueDay: addDays(today, 10) }),
        () => ({ kind: 're_amortise' }),
      ),
    }),
  ),
  weighted(
    4,
    fc.record({
      do: fc.constantFrom(
        ...([
          'undoRestructure',
          'payOff',
          'chargeOff',
          'writeOff',
          'writeOff',
          'undoLoss',
          'undoLoss',
          'refund',
        ] as const),
      ),
    }),
  ),
)
export type LifeStep = typeof lifeStep extends fc.Arbitrary<infer S> ? S : never

export interface Life {
  readonly loanId: number
  readonly person: Person
  readonly plain: boolean
  /** Payments that waited in suspense, since nothing was owed. */
  readonly suspended: number[]
}

/** Where lives are lived: one lender of a world. */
export interface Lab {
  readonly world: World
  readonly lender: Lender
  readonly numbers: { people: number; codes: number }
}

export const openLab = (world: World, lender: Lender): Lab => ({ world, lender, numbers: { people: 0, codes: 0 } })

const as = <T>({ lender }: Lab, work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(lender.officer, work)

/** A new customer with a loan of these terms. */
export async function begin(lab: Lab, given: GivenTerms): Promise<Life> {
  const { lender, numbers } = lab
  const person = await lender.borrower(`person-${++numbers.people}`)
  const loanId = await lender.lend(person, 1_000_000n, given)
  return { loanId, person, plain: isPlain(productTermsSchema.parse(given)), suspended: [] }
}

/** One step; a refusal is an answer too. Whether it was done. */
export async function perform(lab: Lab, life: Life, step: LifeStep): Promise<boolean> {
  try {
    return (await act(lab, life, step)) !== false
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'insufficient_funds' && error.code !== 'entry_unbalanced')
      return false
    throw error
  }
}

async function act(lab: Lab, life: Life, step: LifeStep): Promise<unknown> {
  const { loanId } = life
  switch (step.do) {
    case 'wait':
      return wait(lab, step.days)
    case 'pay':
      return as(lab, (ctx) =>
        repay(ctx, { loanId, amount: step.amount, day: addDays(ctx.today, -step.daysBefore), account: 1000 }),
      )
    case 'receive':
      return receiveMoney(lab, life, step)
    case 'reverse': {
      const found = (await as(lab, (ctx) => transactionsOfLoan(ctx, loanId))).filter(
        (one) => !one.reversed && one.kind !== 'reversal',
      )
      const chosen = found[step.which % Math.max(1, found.length)]
      return chosen
        ? as(lab, (ctx) => reverseTransaction(ctx, { loanId, transactionId: chosen.id, reason: 'any' }))
        : false
    }
    case 'bounce':
      return bounce(lab, loanId, step.which)
    case 'charge':
      return as(lab, (ctx) => charge(ctx, { loanId, component: 'fee', amount: step.amount, reason: 'late fee' }))
    case 'waive':
      return as(lab, (ctx) => waive(ctx, { ...step, loanId, reason: 'pay-off' }))
    case 'restructure':
      return as(lab, (ctx) => restructure(ctx, { loanId, agreement: step.agreement(ctx.today), reason: 'any' }))
    default:
      return as(lab, (ctx) => ways[step.do](ctx, loanId))
  }
}

const ways: Record<
  'undoRestructure' | 'payOff' | 'chargeOff' | 'writeOff' | 'undoLoss' | 'refund',
  (ctx: Ctx, loanId: number) => Promise<unknown>
> = {
  undoRestructure: (ctx, loanId) => undoRestructure(ctx, loanId, 'any'),
  payOff: payOffAsQuoted,
  chargeOff: (ctx, loanId) => chargeOff(ctx, loanId, 'any'),
  writeOff: (ctx, loanId) => writeOff(ctx, loanId, 'any'),
  undoLoss: async (ctx, loanId) => {
    const loss = (await readHistory(ctx, [loanId])).findLast(
      ({ kind }) => kind === 'write_off' || kind === 'charge_off',
    )
    return loss ? reverseTransaction(ctx, { loanId, transactionId: loss.id, reason: 'any' }) : false
  },
  refund: (ctx, loanId) => refundCredit(ctx, { loanId, account: 1010, reason: 'any' }),
}

/** What was quoted closes the loan. */
async function payOffAsQuoted(ctx: Ctx, loanId: number): Promise<void> {
  const quote = totalOf(await payOffQuote(ctx, loanId, ctx.today))
  const id = await payOff(ctx, { loanId, account: 1020 })
  const paid = (await transactionsOfLoan(ctx, loanId)).find((one) => one.id === id)
  expect(paid?.amount ?? 0n).toBe(quote)
  expect((await lockLoan(ctx, loanId))!.status).toBe('completed')
}

async function wait({ world, lender }: Lab, days: number): Promise<void> {
  world.clock.moveTo(new Date(world.clock.now().getTime() + days * 86_400_000))
  await closeLoans(lender.door())
  await ageOverdueLoans(lender.door())
}

/** Money that has arrived is never refused, and never kept for another reason than that nothing is owed. */
async function receiveMoney(
  { world, lender, numbers }: Lab,
  { person, suspended }: Life,
  { amount, daysBefore: days }: { amount: bigint; daysBefore: number },
): Promise<void> {
  const door = world.door(lender.slug, { kind: 'provider', name: 'mpesa' })
  const [reference, valueDay] = [`LIFE${++numbers.codes}`, addDays(door.today, -days)]
  const incoming = {
    provider: 'mpesa',
    reference,
    payerPhone: person.phone,
    accountRef: null,
    amount,
    valueDay,
  } as const
  const receipt = await receive(door, incoming)
  expect([null, 'nothing_due']).toContain(receipt.reason)
  if (receipt.reason !== null) suspended.push(receipt.paymentId)
}

async function bounce(lab: Lab, loanId: number, which: number): Promise<unknown> {
  const paid = (await as(lab, (ctx) => readHistory(ctx, [loanId]))).filter(({ paymentId }) => paymentId !== null)
  const chosen = paid[which % Math.max(1, paid.length)]
  return chosen ? as(lab, (ctx) => takeBack(ctx, chosen.paymentId!, 'bounced')) : false
}

/** What must hold whatever has happened. */
export async function expectSound({ lender }: Lab, life: Life): Promise<void> {
  const view = await lender.loan(life.loanId)
  const owed = view.instalments.map(outstandingOf)
  for (const parts of owed) expect(Object.values(parts).every((part) => part >= 0n)).toBe(true)
  if (view.status !== 'written_off') expect(view.status === 'completed').toBe(sum(owed.map(totalOf)) === 0n)
  for (const row of view.instalments) expect(row.completedOn !== null).toBe(totalOf(outstandingOf(row)) === 0n)
  await transact(lender.door(), async (ctx) => {
    await subLedgersAgree(ctx)
    expect(await onTheWrongSide(ctx)).toEqual([])
    const course = await courseOfLoan(ctx, (await lockLoan(ctx, life.loanId))!)
    if (life.plain) expectSettled(course)
    expectFeesJudged(course)
  })
}

/** Working a loan out anew from an unchanged history changes nothing: the quick way of a payment is the way of the replay. */
function expectSettled(course: Course): void {
  const { changes, lines } = reviewedWhole(course)
  expect({ changes, lines }).toEqual({ changes: [], lines: [] })
}

/** Whatever is taken back of a loan, each of its late fees is judged as if it were judged by itself. */
function expectFeesJudged(course: Course): void {
  if (!course.row.terms.lateFee) return
  for (const one of [course.items[0], course.items[course.items.length >> 1]]) {
    if (!one) continue
    const fees = reviewed(course, [one]).items.filter(({ origin }) => origin === 'late_fee')
    const told = fees.map((fee) => `${fee.rootId}: ${fee.amount} on ${fee.lines[0]!.nr}`)
    expect(told.sort()).toEqual(judgedOneByOne(course, one, [one]).sort())
  }
}

async function onTheWrongSide(ctx: Ctx): Promise<unknown[]> {
  const { rows } = await sql`
    select a.name, b.owner, b.debits - b.credits as balance from ledger_balances b
      join ledger_accounts a on a.org_id = b.org_id and a.code = b.account
     where b.org_id = ${ctx.org.id}
       and ((a.guard = 'never_credit' and b.debits < b.credits) or (a.guard = 'never_debit' and b.debits > b.credits))`.execute(
    ctx.tx,
  )
  return rows
}

/** Takes everything back, the last first, and the disbursement at the end. */
export async function undoAll(lab: Lab, life: Life): Promise<void> {
  for (const id of life.suspended) await as(lab, (ctx) => takeBack(ctx, id, 'undo'))
  for (;;) {
    const last = (await as(lab, (ctx) => readHistory(ctx, [life.loanId]))).at(-1)!
    const { plan } = (await as(lab, (ctx) => lockLoan(ctx, life.loanId)))!
    if (plan !== null && last.rootId < plan.firstTransaction)
      await as(lab, (ctx) => undoRestructure(ctx, life.loanId, 'undo'))
    else if (last.kind === 'disbursement') break
    else
      await as(lab, (ctx) => undoOne(ctx, last)).catch((error: unknown) => {
        throw new Error(`${last.kind} ${last.rootId} of ${last.valueDay} cannot be undone`, { cause: error })
      })
    await expectSound(lab, life)
  }
  await as(lab, (ctx) => undoDisbursement({ ...ctx, actor: { kind: 'system', name: 'undo' } }, life.loanId, 'undo'))
}

const undoOne = (ctx: Ctx, one: Standing): Promise<unknown> =>
  one.paymentId === null
    ? reverseTransaction(ctx, { loanId: one.loanId, transactionId: one.id, reason: 'undo' })
    : takeBack(ctx, one.paymentId, 'undo')

/** What is left in the books of one loan and its customer; nothing after everything was undone. */
export async function leftIn(lab: Lab, books: ReadonlyMap<number, bigint>): Promise<[number, bigint][]> {
  const now = await balances(lab)
  return [...now]
    .map(([account, amount]): [number, bigint] => [account, amount - (books.get(account) ?? 0n)])
    .filter(([, amount]) => amount !== 0n)
}

/** Debits less credits of every account. */
export async function balances(lab: Lab): Promise<Map<number, bigint>> {
  const { rows } = await as(lab, (ctx) =>
    sql<{ account: number; amount: bigint }>`
      select account, sum(debits - credits)::bigint as amount from ledger_balances where org_id = ${ctx.org.id} group by account`.execute(
      ctx.tx,
    ),
  )
  return new Map(rows.map((row) => [row.account, row.amount]))
}
