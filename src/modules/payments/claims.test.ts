/** Payments that customers say they have made, verified: by which day they count, and what becomes of two at once. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { addDays, type Day, day } from '#domain/day.ts'
import { payOffQuote } from '#modules/loan-closing/loan-closing.ts'
import { submitClaim, verifyClaim } from '#modules/payments/payments.ts'
import { type PaymentView, paymentById, waitingClaims } from '#modules/payments/views.ts'
import type { Actor } from '#platform/context.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

const MANAGER: Actor = { kind: 'user', id: 99_999, roles: ['manager'], sessionId: '', customerId: null }
let people = 0
async function borrower(): Promise<{ person: Person; loanId: number }> {
  const person = await lender.borrower(`claimant-${++people}`)
  return { person, loanId: await lender.lend(person, 600_000n) }
}
async function claim({ person, loanId }: Awaited<ReturnType<typeof borrower>>, amount: bigint, paidOn: Day) {
  const { instalments } = await lender.loan(loanId)
  const open = instalments.find(({ completedOn }) => completedOn === null)!
  const asked = { loanId, instalmentId: open.id, amount, paidOn, method: 'transfer' } as const
  return lender.as(person.actor, (ctx) => submitClaim(ctx, asked))
}
const verify = (id: number, paidOn?: Day) => lender.as(MANAGER, (ctx) => verifyClaim(ctx, id, { paidOn }))
const payment = async (id: number): Promise<PaymentView> => (await lender.as(MANAGER, (ctx) => paymentById(ctx, id)))!

test('of two claims of the whole loan that are verified at once the second waits in suspense', async () => {
  const lent = await borrower()
  const { today } = lender.door()
  const quote = await lender.as(MANAGER, (ctx) => payOffQuote(ctx, lent.loanId, today))
  const whole = quote.penalty + quote.fee + quote.interest + quote.principal
  const claims = [await claim(lent, whole, today), await claim(lent, whole, today)]
  await Promise.all(claims.map((id) => verify(id)))
  const statuses = (await Promise.all(claims.map(payment))).map(({ status, reason }) => [status, reason])
  expect(statuses.sort()).toEqual([
    ['applied', null],
    ['suspense', 'nothing_due'],
  ])
  expect(await eventsOf(world, lender.slug, 'payment.suspended')).toMatchObject([{ data: { reason: 'nothing_due' } }])
  expect((await lender.loan(lent.loanId)).status).toBe('completed')
  await lender.expectAgreement()
})

const CASES = [
  ['paid on the 18th, as the customer says', '2026-02-18', undefined, '2026-02-18'],
  ['said to be paid on the 23rd: at the latest on the day of the claim', '2026-02-23', undefined, '2026-02-20'],
  ['said to be paid before the loan: on its first day', '2025-12-01', undefined, '2026-01-15'],
  ['on the day that the verifier reads on the receipt', '2026-02-18', '2026-02-16', '2026-02-16'],
  ['also where that is later than the claim', '2026-02-18', '2026-02-24', '2026-02-24'],
] as const

describe('a claim of 20 February for a loan of 15 January, verified on the 25th', () => {
  const claimed = new Map<string, { readonly loanId: number; readonly id: number }>()
  beforeAll(async () => {
    const lent = new Map<string, Awaited<ReturnType<typeof borrower>>>()
    for (const [name] of CASES) lent.set(name, await borrower())
    lender.goTo('2026-02-20')
    for (const [name, said] of CASES) {
      const one = lent.get(name)!
      const { due } = (await lender.loan(one.loanId)).instalments[0]!
      const id = await claim(one, due.principal + due.interest + due.fee, day(said))
      claimed.set(name, { loanId: one.loanId, id })
    }
    lender.goTo('2026-02-25')
  })

  it.each(CASES)('counts %s', async (name, _, corrected, counted) => {
    const { loanId, id } = claimed.get(name)!
    expect(await refusalOf(verify(id, day('2026-02-26')))).toBe('invalid_input')
    expect(await refusalOf(verify(id, day('2026-01-14')))).toBe('value_day_too_early')
    await verify(id, corrected && day(corrected))
    expect(await payment(id)).toMatchObject({ status: 'applied', valueDay: counted })
    // What MoviCuotas shows as paid_date.
    expect((await lender.loan(loanId)).instalments[0]).toMatchObject({ completedOn: counted })
    await lender.expectAgreement()
  })
})

test('a claim from before the arrears does not use up the days of one that would cure them', async () => {
  const lent = await borrower()
  const { today } = lender.door()
  await claim(lent, 1_000n, today)
  const since = addDays(today, 5)
  const sentOn = addDays(today, 30)
  lender.goTo(sentOn)
  await claim(lent, 2_000n, sentOn)
  const waiting = await lender.as(MANAGER, (ctx) => waitingClaims(ctx, [{ loanId: lent.loanId, since }]))
  expect(waiting).toMatchObject([{ loanId: lent.loanId, amount: 2_000n }])
  expect(waiting[0]!.since.toISOString().slice(0, 10)).toBe(sentOn)
})
