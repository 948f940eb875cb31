/** Whatever the product and whatever happens to a loan, in whatever order: everything written agrees to the cent. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { scheduleFor } from '#modules/loan-records/loan-records.ts'
import { type Lender, openLender } from '#test/lending.ts'
import {
  balances,
  begin,
  expectSound,
  leftIn,
  lifeStep,
  lifeTerms,
  openLab,
  perform,
  undoAll,
} from '#test/loan-life.ts'
import { openWorld, type World } from '#test/world.ts'

/** Steps of all lives together; `npm run soak` asks for many more. */
const STEPS = Number(process.env['MKOPO_SOAK_STEPS'] ?? 2_000)
const LONGEST = 24

const isSoak = process.env['MKOPO_SOAK_STEPS'] !== undefined

/** The same lives every time, others in a soak. A failure names its seed and path; MKOPO_SOAK_SEED=<seed>,<path> plays it again. */
const [seed, path] = (process.env['MKOPO_SOAK_SEED'] ?? '').split(',')
const again = seed && path ? { seed: Number(seed), path } : isSoak ? {} : { seed: 20_261_121 }

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
})
afterAll(() => world.close())

test(
  'after each step of any life a loan owes what the books owe, and undoing all of it leaves nothing',
  async () => {
    const lab = openLab(world, lender)
    let steps = 0
    await fc.assert(
      fc.asyncProperty(
        lifeTerms,
        fc.array(lifeStep, { minLength: LONGEST / 2, maxLength: LONGEST }),
        async (given, todo) => {
          if (steps >= STEPS) return
          const before = await balances(lab)
          const life = await begin(lab, given)
          await expectQuoted(life.loanId, given)
          for (const step of todo) {
            if (await perform(lab, life, step)) await expectSound(lab, life)
            steps++
          }
          await lender.expectAgreement()
          await undoAll(lab, life)
          expect(await leftIn(lab, before)).toEqual([])
        },
      ),
      {
        numRuns: Math.ceil(STEPS / (LONGEST / 2)),
        endOnFailure: process.env['MKOPO_SOAK_STEPS'] !== undefined,
        ...again,
      },
    )
    expect(steps).toBeGreaterThanOrEqual(STEPS)
  },
  STEPS * 1_500,
)

/** What was quoted is what the disbursement created. */
async function expectQuoted(loanId: number, given: GivenTerms): Promise<void> {
  const { disbursedOn: startDay, instalments } = await lender.loan(loanId)
  const quote = scheduleFor(productTermsSchema.parse(given), {
    principal: 1_000_000n,
    currency: 'KES',
    startDay: startDay!,
  })
  expect(instalments.map(({ nr, dueDay, due }) => ({ nr, dueDay, due }))).toEqual(
    quote.map(({ nr, dueDay, due }) => ({ nr, dueDay, due })),
  )
}
