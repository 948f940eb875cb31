/** Close of business while staff decide on the same loans. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chargeOff, waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

const reason = 'Flood'

interface Signal {
  readonly given: Promise<void>
  give(): void
}

function signal(): Signal {
  let give = (): void => undefined
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

test.each([
  ['2026-02-16', 'written off', (ctx: Ctx, loanId: number) => writeOff(ctx, loanId, reason)],
  ['2026-04-16', 'charged off', (ctx: Ctx, loanId: number) => chargeOff(ctx, loanId, reason)],
  [
    '2026-06-16',
    'relieved of its interest',
    (ctx: Ctx, loanId: number) => waive(ctx, { loanId, component: 'interest', amount: 120_000n, reason }),
  ],
] as const)('%s: the interest of a loan that is just being %s is not earned beside it', async (day, _, decide) => {
  const [one, other] = [await lender.borrower(`amina ${day}`), await lender.borrower(`wanjiru ${day}`)]
  const loanId = await lender.lend(one, 1_200_000n)
  await lender.lend(other, 1_200_000n)
  lender.goTo(day)
  const [decided, committing] = [signal(), signal()]
  const deciding = transact(lender.door(lender.officer), async (ctx) => {
    await decide(ctx, loanId)
    decided.give()
    await committing.given
  })
  await decided.given
  const closing = closeLoans(lender.door())
  await new Promise((resolve) => setTimeout(resolve, 200))
  committing.give()
  await deciding
  expect(await closing).toMatchObject({ loansEarned: expect.any(Number) })
  await lender.expectAgreement()
})
