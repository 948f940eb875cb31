import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createProduct,
  firstProductFor,
  getProduct,
  type GivenTerms,
  productForApplication,
  productTermsSchema,
  retireProduct,
  updateProduct,
} from '#modules/loan-products/loan-products.ts'
import { activeProducts, productById } from '#modules/loan-products/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

const TERMS: GivenTerms = { ratePercent: '12.5', months: 6 }

let world: World
const inside = <T>(work: (ctx: Ctx) => Promise<T>, slug = 'sokocredit'): Promise<T> => transact(world.door(slug), work)
const offer = (maxAmount: bigint, minAmount = 1n, slug = 'sokocredit') =>
  inside((ctx) => createProduct(ctx, { name: 'Starter', minAmount, maxAmount, terms: TERMS }), slug)

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('terms', () => {
  it('are flat, for the whole term, monthly, accrued, penalties first, unless told', () => {
    expect(productTermsSchema.parse(TERMS)).toEqual({
      interestMethod: 'flat',
      rateBasis: 'wholeTerm',
      ratePercent: '12.5',
      months: 6,
      frequency: 'monthly',
      amortization: 'equalInstalments',
      accounting: 'accrual',
      allocation: ['penalty', 'fee', 'interest', 'principal'],
    })
  })

  it.each<[string, object]>([
    ['a negative rate', { ratePercent: '-1' }],
    ['a rate that is a float', { ratePercent: 12.5 }],
    ['a rate with nine decimals', { ratePercent: '1.123456789' }],
    ['no months', { months: 0 }],
    ['half a month', { months: 1.5 }],
    ['a component twice', { allocation: ['penalty', 'fee', 'interest', 'interest'] }],
    ['a component left out', { allocation: ['interest', 'principal'] }],
    ['a rate for a week', { rateBasis: 'weekly' }],
    ['no length at all', { months: undefined }],
    ['a ranked order without a default', { allocation: { order: 'ranked', rules: {} } }],
    ['a term nobody knows', { colour: 'red' }],
  ])('refuse %s', async (_, wrong) => {
    const terms = { ...TERMS, ...wrong } as GivenTerms
    expect(await refusalOf(inside((ctx) => createProduct(ctx, { name: 'X', maxAmount: 1n, terms })))).toBe(
      'invalid_input',
    )
  })

  it('may be declining by the year', async () => {
    const terms: GivenTerms = { ...TERMS, interestMethod: 'declining', rateBasis: 'annual', accounting: 'cash' }
    const { id } = await inside((ctx) => createProduct(ctx, { name: 'Growth', maxAmount: 1n, terms }))
    expect((await inside((ctx) => getProduct(ctx, id))).terms).toMatchObject(terms)
    await inside((ctx) => retireProduct(ctx, id))
  })
})

describe('a product', () => {
  it.each([
    ['without a name', { name: '  ' }],
    ['that lends nothing', { maxAmount: 0n }],
    ['whose least is above its most', { minAmount: 11n, maxAmount: 10n }],
  ])('%s is refused', async (_, wrong) => {
    const given = { name: 'X', maxAmount: 10n, terms: TERMS, ...wrong }
    expect(await refusalOf(inside((ctx) => createProduct(ctx, given)))).toBe('invalid_input')
  })

  it('is changed in parts; what two change at once both stays', async () => {
    const { id } = await offer(1_000n)
    await Promise.all([
      inside((ctx) => updateProduct(ctx, id, { name: 'Growth' })),
      inside((ctx) => updateProduct(ctx, id, { terms: { months: 9 } })),
      inside((ctx) => updateProduct(ctx, id, { terms: { ratePercent: '3' } })),
    ])
    expect(await inside((ctx) => getProduct(ctx, id))).toMatchObject({
      name: 'Growth',
      maxAmount: 1_000n,
      terms: { months: 9, ratePercent: '3', frequency: 'monthly' },
    })
    const changed = (await eventsOf(world, 'sokocredit', 'loan_product.updated')).map((event) => event.data.changed)
    expect(changed.flat().toSorted()).toEqual(['name', 'terms.months', 'terms.ratePercent'])
    await inside((ctx) => retireProduct(ctx, id))
  })

  it('is retired once, and kept for the loans made of it', async () => {
    const { id } = await offer(1_000n)
    const outcomes = await Promise.all([1, 2, 3].map(() => refusalOf(inside((ctx) => retireProduct(ctx, id)))))
    expect(outcomes.toSorted()).toEqual(['loan_product_not_found', 'loan_product_not_found', null].toSorted())
    expect(await refusalOf(inside((ctx) => getProduct(ctx, id)))).toBe('loan_product_not_found')
    expect(await refusalOf(inside((ctx) => updateProduct(ctx, id, { name: 'Back' })))).toBe('loan_product_not_found')
    expect((await inside((ctx) => productById(ctx, id)))?.status).toBe('retired')
    expect(await inside((ctx) => activeProducts(ctx, { limit: 10 }))).toEqual([])
    expect(await inside((ctx) => productById(ctx, id), 'visionfund')).toBeNull()
  })
})

describe('the product for an amount', () => {
  it('is the first on offer that covers it', async () => {
    const slug = 'visionfund'
    const whichever = (amount: bigint) => inside((ctx) => firstProductFor(ctx, amount), slug)
    expect(await refusalOf(whichever(1n))).toBe('no_loan_product')
    const small = await offer(2_000n, 100n, slug)
    const large = await offer(5_000n, 100n, slug)
    expect([(await whichever(2_000n)).id, (await whichever(2_001n)).id]).toEqual([small.id, large.id])
    expect(await refusalOf(whichever(5_001n))).toBe('amount_above_maximum')
    expect(await refusalOf(whichever(99n))).toBe('amount_below_minimum')
    await inside((ctx) => retireProduct(ctx, small.id), slug)
    expect((await whichever(2_000n)).id).toBe(large.id)
  })

  it('is the one asked for, if it covers it', async () => {
    const { id } = await offer(2_000n, 100n)
    const wanted = (amount: bigint, productId: number | null = id) =>
      inside((ctx) => productForApplication(ctx, { productId, amount }))
    expect((await wanted(2_000n)).id).toBe(id)
    expect((await wanted(2_000n, null)).id).toBe(id)
    expect(await refusalOf(wanted(2_001n))).toBe('amount_above_maximum')
    expect(await refusalOf(wanted(99n))).toBe('amount_below_minimum')
    expect(await refusalOf(wanted(100n, 999_999))).toBe('loan_product_not_found')
  })
})
