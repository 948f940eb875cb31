/** Whatever happens to a loan, the lines of its statement add up to what is owed, less what is the customer's credit. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statementJson } from '#contracts/office/present-loans.ts'
import { loanById, transactionsOfLoan } from '#modules/loan-records/views.ts'
import { openLender } from '#test/lending.ts'
import { begin, type Lab, lifeStep, lifeTerms, openLab, perform } from '#test/loan-life.ts'
import { openWorld, type World } from '#test/world.ts'

/** The same lives every time, others in a soak. */
const isSoak = process.env['MKOPO_SOAK_STEPS'] !== undefined

let world: World
let lab: Lab
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lab = openLab(world, await openLender(world))
})
afterAll(() => world.close())

interface Shown {
  readonly lines: readonly { readonly debit: string; readonly credit: string; readonly balance: string }[]
  readonly totals: { readonly balance: string; readonly credit: string }
}
const minor = (text: string): bigint => BigInt(text.replace('.', ''))

/** Overpayments that stand less what of them was paid back: a loan that runs again has credit as well. */
async function statement(loanId: number): Promise<{ lines: bigint; owed: bigint }> {
  const { lender } = lab
  return lender.as({ kind: 'system', name: 'test' }, async (ctx) => {
    const [loan, transactions] = [(await loanById(ctx, loanId))!, await transactionsOfLoan(ctx, loanId)]
    const { lines, totals } = statementJson(loan, transactions, ctx.today) as unknown as Shown
    const sum = lines.reduce((total, { debit, credit }) => total + minor(debit) - minor(credit), 0n)
    expect(minor(lines.at(-1)!.balance)).toBe(sum)
    const credit = transactions
      .filter(({ reversed, kind }) => !reversed && kind !== 'reversal')
      .reduce(
        (total, one) => total + (one.kind === 'credit_refund' ? one.parts.principal - one.amount : one.overpayment),
        0n,
      )
    if (loan.status !== 'active') expect(minor(totals.credit)).toBe(credit)
    return { lines: sum, owed: minor(totals.balance) - credit }
  })
}

test('the lines of a statement add up after every step of any life', async () => {
  await fc.assert(
    fc.asyncProperty(lifeTerms, fc.array(lifeStep, { minLength: 8, maxLength: 16 }), async (given, steps) => {
      const life = await begin(lab, given)
      for (const step of steps) {
        await perform(lab, life, step)
        const { lines, owed } = await statement(life.loanId)
        expect(lines).toBe(owed)
      }
    }),
    isSoak ? { numRuns: 400 } : { numRuns: 25, seed: 20_261_121 },
  )
}, 1_200_000)
