/** Whatever terms somebody thinks of: refused by name at product and application alike, or lent to the cent. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sum } from '#domain/money.ts'
import { Refusal } from '#domain/refusal.ts'
import { createProduct, type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { oddTerms } from '#test/product-terms.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let person: Person
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
  person = await lender.borrower('Wanjiru')
})
afterAll(() => world.close())

const AMOUNT = 500_000n

/** The fields that stand in the way; none where it works. Anything but a refusal by field is thrown. */
async function faults(work: () => Promise<unknown>): Promise<Record<string, string>> {
  try {
    await work()
    return {}
  } catch (error) {
    if (error instanceof Refusal && error.code === 'invalid_input') return error.data.fields as Record<string, string>
    throw error
  }
}

const offer = (terms: GivenTerms, minAmount: bigint, maxAmount = AMOUNT) =>
  lender.as(lender.officer, (ctx) => createProduct(ctx, { name: 'Odd', minAmount, maxAmount, terms }))

describe('terms of any kind', () => {
  it('are refused by the same name as a product and as an application, or lent in rows that repay the principal', async () => {
    let lent = 0
    await fc.assert(
      fc.asyncProperty(oddTerms, async (terms) => {
        const atProduct = await faults(() => offer(terms, AMOUNT))
        const parsed = productTermsSchema.safeParse(terms)
        if (!parsed.success) {
          expect(Object.keys(atProduct)).not.toEqual([])
          return
        }
        let loanId = 0
        const atLoan = await faults(async () => {
          loanId = await lender.lend(person, AMOUNT, terms)
        })
        expect(Object.keys(atLoan)).toEqual(Object.keys(atProduct))
        for (const [field, advice] of Object.entries(atLoan)) {
          expect(atProduct[field]).toBe(`For a loan of 5000.00: ${advice}`)
          expect(field).toMatch(/^terms\.\w+$/)
        }
        if (loanId === 0) return
        lent += 1
        const { instalments } = await lender.loan(loanId)
        expect(sum(instalments.map(({ due }) => due.principal))).toBe(AMOUNT)
        expect(instalments.every(({ due }) => Object.values(due).every((part) => part >= 0n))).toBe(true)
      }),
      { numRuns: 120 },
    )
    expect(lent).toBeGreaterThan(20)
    await lender.expectAgreement()
  })
})

describe('a product whose terms suit only some of its amounts', () => {
  const balloon = { ratePercent: '10', months: 6, interestMethod: 'declining', balloon: '90000' } as const
  const named = (amount: string, advice: string) => ({ 'terms.balloon': `For a loan of ${amount}: ${advice}` })
  const most = (amount: string) =>
    `Give a balloon of at most ${amount}: what is lent before the first instalment, less its down payment.`

  it.each<[string, GivenTerms, [bigint, bigint], Record<string, string>]>([
    ['the smallest loan is below the balloon', balloon, [50_000n, AMOUNT], named('500.00', most('500.00'))],
    [
      'a down payment leaves less than the balloon',
      { ...balloon, downPaymentPercent: '85' },
      [AMOUNT, AMOUNT],
      named('5000.00', most('750.00')),
    ],
    ['no smallest loan was set', balloon, [1n, AMOUNT], {}],
    ['the smallest loan bears it', balloon, [90_000n, AMOUNT], {}],
    ['even the largest loan is below the balloon', balloon, [1n, 80_000n], named('800.00', most('800.00'))],
  ])('%s', async (_, terms, [least, greatest], expected) => {
    expect(await faults(() => offer(terms, least, greatest))).toEqual(expected)
  })
})
