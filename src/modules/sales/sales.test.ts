/** Sales under rules and in crowds: who is turned down and why, numbers without gaps, and what an early pay-off costs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, type Day, day, daysBetween } from '#domain/day.ts'
import { DOWN_PAYMENTS } from '#domain/ledger/chart.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { divide } from '#domain/money.ts'
import { claimIdNumber, createCustomer } from '#modules/customers/customers.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import { payOff, payOffQuote } from '#modules/loan-closing/loan-closing.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { loanById } from '#modules/loan-records/views.ts'
import {
  activateSale,
  assess,
  cancelSale,
  decideSale,
  type PresetSale,
  sellByPreset,
  signSale,
  takeDownPayment,
} from '#modules/sales/sales.ts'
import { listSales, saleOfLoan } from '#modules/sales/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let made = 0
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T15:00:00Z' })
  await world.demo()
})
afterAll(() => world?.close())

const door = (on?: Day): Door => {
  const now = world.door('movicuotas')
  return on === undefined ? now : { ...now, today: on, now: new Date(`${on}T18:00:00Z`) }
}
const inShop = <T>(work: (ctx: Ctx) => Promise<T>, on?: Day): Promise<T> => transact(door(on), work)

/** A customer born on a day, with an identity number unless told otherwise. */
const buyer = (dateOfBirth: string | null = '1990-05-15', identity = true): Promise<number> =>
  inShop(async (ctx) => {
    const nr = String(++made).padStart(7, '0')
    const profile = dateOfBirth === null ? {} : { dateOfBirth }
    const id = await createCustomer(ctx, { fullName: `Comprador ${nr}`, phone: `+5049${nr}`, profile })
    if (identity) await claimIdNumber(ctx, id, { kind: 'national', number: `080119${nr}` })
    return id
  })

const saleTo = (customerId: number, more: Partial<PresetSale> = {}): PresetSale => ({
  ...{ preset: 'movi-quincenal', price: 350_000n, downPercent: 30, instalments: 12, customerId },
  ...{ officerId: 3, branchNumber: 'S01', imei: String(860_000_000_000_000 + customerId), phoneModelId: 1 },
  ...more,
})

const agreed = async (customerId: number, more: Partial<PresetSale> = {}, on?: Day): Promise<number> =>
  inShop((ctx) => sellByPreset(ctx, saleTo(customerId, more)), on)

/** All steps on one day. */
async function handedOver(customerId: number, more: Partial<PresetSale> = {}, on?: Day): Promise<number> {
  const loanId = await agreed(customerId, more, on)
  await inShop(async (ctx) => {
    expect(await decideSale(ctx, loanId, {})).toEqual([])
    await signSale(ctx, loanId)
    await takeDownPayment(ctx, { loanId, method: 'cash' })
    await activateSale(ctx, loanId)
  }, on)
  return loanId
}

describe('a decision', () => {
  it('turns down a customer whose birthday has moved him into another band of ages since he applied', async () => {
    const customerId = await buyer('1976-02-16')
    const loanId = await agreed(customerId)
    // Fifty the next day: now two fifths must be paid down.
    expect(await inShop((ctx) => assess(ctx, loanId))).toEqual([])
    expect(await inShop((ctx) => decideSale(ctx, loanId, {}), day('2026-02-16'))).toEqual(['down_payment_not_offered'])
    const loan = await inShop((ctx) => loanById(ctx, loanId))
    expect(loan).toMatchObject({
      status: 'rejected',
      rejectedReason: 'A esta edad se requiere una prima mayor.',
    })
  })

  it('asks for the identity number, and for the documents that the organisation wants', async () => {
    const loanId = await agreed(await buyer('1990-05-15', false))
    expect(await inShop((ctx) => assess(ctx, loanId))).toEqual(['identity_missing'])
    const org = { ...door().org, policies: { sales: { documents: ['id_front'], incomeShare: 30 } } }
    const strict = { ...door(), org }
    expect(await transact(strict, (ctx) => assess(ctx, loanId))).toEqual(['identity_missing', 'documents_missing'])
  })

  it('remembers a loan that was written off', async () => {
    const customerId = await buyer()
    const first = await handedOver(customerId, {}, day('2025-12-01'))
    await inShop((ctx) => writeOff(ctx, first, 'gone'))
    const again = await agreed(customerId, { imei: '860999999999991' })
    expect(await inShop((ctx) => decideSale(ctx, again, {}))).toEqual(['previous_write_off'])
  })

  it('sells to nobody who still owes on another phone, late or not', async () => {
    const customerId = await buyer()
    await handedOver(customerId, {}, day('2026-01-01'))
    const second = inShop((ctx) => sellByPreset(ctx, saleTo(customerId, { imei: '860999999999983' })))
    expect(await refusalOf(second)).toBe('customer_has_loans')
  })

  it('needs a date of birth to begin with', async () => {
    const customerId = await buyer(null)
    expect(await refusalOf(agreed(customerId))).toBe('invalid_input')
  })
})

describe('the numbers of contracts', () => {
  it('are unique and without gaps when fifty are agreed on at once, some of them refused', async () => {
    const buyers = await Promise.all(Array.from({ length: 50 }, () => buyer()))
    const before = await inShop((ctx) => listSales(ctx, { limit: 200 }))
    const inYear = before.filter(({ contractNumber }) => contractNumber.startsWith('MC-2026-')).length
    const outcomes = await Promise.all(
      buyers.flatMap((customerId, n) => {
        const branchNumber = n % 2 === 0 ? 'S07' : 'S08'
        const ask = (more: Partial<PresetSale>) => refusalOf(agreed(customerId, { branchNumber, ...more }))
        // Every fifth is asked for twice, every tenth with a model that is not there: those take no number.
        return [
          ask({}),
          ...(n % 5 === 0 ? [ask({ imei: String(870_000_000_000_000 + n) })] : []),
          ...(n % 10 === 0 ? [ask({ phoneModelId: 99 })] : []),
        ]
      }),
    )
    expect(outcomes.filter((code) => code === null)).toHaveLength(50)
    const sold = (await inShop((ctx) => listSales(ctx, { limit: 200 }))).slice(0, 50)
    const numbers = sold.map(({ contractNumber }) => contractNumber).sort()
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => `MC-2026-${String(inYear + n + 1).padStart(4, '0')}`))
    for (const branch of ['S07', 'S08']) {
      const codes = sold.filter(({ branchNumber }) => branchNumber === branch).map((sale) => sale.branchContractCode)
      expect(codes.sort()).toEqual(
        Array.from({ length: 25 }, (_, n) => `${branch}-2026-02-15-${String(n + 1).padStart(6, '0')}`),
      )
    }
  })

  it('begin anew with the year, and with the day of a branch', async () => {
    const numbersOn = async (on: string) => {
      const sale = await inShop(async (ctx) => saleOfLoan(ctx, await agreed(await buyer(), {}, day(on))))
      return [sale!.contractNumber, sale!.branchContractCode]
    }
    expect(await numbersOn('2027-12-31')).toEqual(['MC-2027-0001', 'S01-2027-12-31-000001'])
    expect(await numbersOn('2027-12-31')).toEqual(['MC-2027-0002', 'S01-2027-12-31-000002'])
    expect(await numbersOn('2028-01-01')).toEqual(['MC-2028-0001', 'S01-2028-01-01-000001'])
  })
})

describe('of two at once', () => {
  it('one takes the down payment, one hands over, one cancels', async () => {
    const loanId = await agreed(await buyer())
    await inShop(async (ctx) => {
      await decideSale(ctx, loanId, {})
      await signSale(ctx, loanId)
    })
    const twice = async (work: (ctx: Ctx) => Promise<unknown>) =>
      (await Promise.all([inShop(work), inShop(work)].map(refusalOf))).sort()
    expect(await twice((ctx) => takeDownPayment(ctx, { loanId, method: 'cash' }))).toEqual([null, 'sale_step_not_open'])
    expect(await inShop((ctx) => balanceOf(ctx, DOWN_PAYMENTS, loanId))).toBe(-105_000n)
    const ends = [
      inShop((ctx) => activateSale(ctx, loanId)),
      inShop((ctx) => cancelSale(ctx, loanId, 'changed his mind')),
    ]
    expect((await Promise.all(ends.map(refusalOf))).sort()).toEqual([null, 'sale_step_not_open'])
    expect(await inShop((ctx) => balanceOf(ctx, DOWN_PAYMENTS, loanId))).toBe(0n)
  })
})

describe('an early pay-off', () => {
  const START = day('2025-12-01')

  it('costs the principal and the interest until the day, not what was agreed on for the time to come', async () => {
    const loanId = await handedOver(await buyer(), {}, START)
    const quote = (on: Day) => inShop((ctx) => payOffQuote(ctx, loanId, on))
    expect(await quote(START)).toEqual({ principal: 245_000n, interest: 0n, fee: 0n, penalty: 0n })
    const { instalments } = (await inShop((ctx) => loanById(ctx, loanId)))!
    const first = instalments[0]!.due.interest
    expect(first).toBe(30_625n)
    // Ten of the first fifteen days: two thirds of its interest.
    expect(await quote(addDays(START, 10))).toMatchObject({ principal: 245_000n, interest: divide(first * 10n, 15n) })
    for (const one of instalments.slice(0, 3)) {
      await inShop((ctx) => repay(ctx, { loanId, amount: 40_500n, day: one.dueDay, account: 1000 }), one.dueDay)
    }
    const on = addDays(instalments[2]!.dueDay, 6)
    const owed = await quote(on)
    const left = instalments.slice(3).reduce((total, { due }) => total + due.principal, 0n)
    const days = BigInt(daysBetween(instalments[2]!.dueDay, on))
    expect(owed).toEqual({
      ...{ principal: left, interest: divide(instalments[3]!.due.interest * days, 15n), fee: 0n, penalty: 0n },
    })
    const agreedOn = instalments.slice(3).reduce((total, { due }) => total + totalOf(due), 0n)
    expect(agreedOn).toBe(9n * 40_500n)
    expect(totalOf(owed)).toBeLessThan(agreedOn - 100_000n)
    await inShop((ctx) => payOff(ctx, { loanId, account: 1000 }), on)
    expect(await inShop((ctx) => loanById(ctx, loanId))).toMatchObject({ status: 'completed', balance: 0n })
  })

  it('gives unearned interest back on the document’s flat loan too', async () => {
    const sale = await inShop((ctx) => saleOfLoan(ctx, 1))
    const loan = (await inShop((ctx) => loanById(ctx, sale!.loanId)))!
    const owed = await inShop((ctx) => payOffQuote(ctx, loan.id, day('2026-02-15')))
    const open = loan.instalments.filter(({ completedOn }) => completedOn === null)
    const left = open.reduce((total, { due }) => total + due.principal, 0n)
    const next = open[0]!
    // Fourteen of the twenty-eight days of February since the last due day.
    expect(next.dueDay).toBe('2026-03-01')
    expect(owed).toMatchObject({ principal: left, interest: divide(next.due.interest * 14n, 28n) })
    expect(totalOf(owed)).toBeLessThan(open.reduce((total, { due }) => total + totalOf(due), 0n))
  })
})
