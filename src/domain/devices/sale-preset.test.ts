import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { ageOn, quoteSale, SALE_PRESETS } from '#domain/devices/sale-preset.ts'

const [DOC, QUINCENAL] = SALE_PRESETS as [(typeof SALE_PRESETS)[number], (typeof SALE_PRESETS)[number]]
const asked = ([price, downPercent, instalments]: readonly [number, number, number], born = '1990-05-15') => ({
  ...{ price: BigInt(price) * 100n, downPercent, instalments },
  ...{ born: day(born), startDay: day('2026-01-11') },
})

describe('movi-quincenal', () => {
  it.each([
    [3500, 30, 12, 405n],
    [3000, 30, 6, 541n],
  ])('%d with %d %% down over %d: instalments of %d', (price, down, n, instalment) => {
    const quote = quoteSale(QUINCENAL, asked([price, down, n]))
    expect(quote).toMatchObject({ instalment: instalment * 100n, total: instalment * 100n * BigInt(n) })
  })

  it('falls due every fifteen days, first after fifteen, and prints the rate of a period', () => {
    expect(quoteSale(QUINCENAL, asked([3500, 30, 12]))).toMatchObject({
      ...{ downPayment: 105_000n, financed: 245_000n, rateShown: '12.5' },
      dueDays: expect.arrayContaining(['2026-01-26', '2026-02-10', '2026-07-10']),
    })
  })

  it.each([
    [asked([3000, 30, 6], '2005-01-12'), 'age'],
    [asked([3000, 30, 6], '2005-01-11'), null],
    [asked([3000, 30, 6], '1976-01-11'), 'down_payment_percent'],
    [asked([3000, 30, 6], '1976-01-12'), null],
    [asked([3000, 40, 6], '1976-01-11'), null],
    [asked([3000, 40, 6], '1965-01-12'), null],
    [asked([3000, 40, 6], '1965-01-11'), 'age'],
    [asked([5000, 30, 6]), null],
    [asked([5001, 30, 6]), 'most_financed'],
    [asked([5001, 40, 6], '1970-05-15'), 'most_financed'],
    [asked([3000, 20, 6]), 'down_payment_percent'],
    [asked([3000, 30, 10]), 'instalments'],
    [asked([0, 30, 6]), 'price'],
    [asked([1_000_001, 30, 6]), 'price'],
  ])('%o: %s', (sale, fault) => {
    const quote = quoteSale(QUINCENAL, sale)
    expect(typeof quote === 'string' ? quote : null).toBe(fault)
  })
})

describe('movi-doc', () => {
  it('reckons by the month, to the cent, from the day of the sale', () => {
    const quote = quoteSale(DOC, { ...asked([15_000, 20, 12]), startDay: day('2026-01-01') })
    expect(quote).toMatchObject({
      financed: 1_200_000n,
      downPayment: 300_000n,
      instalment: 110_016n,
      rateShown: '18.0',
    })
    expect(typeof quote === 'string' ? [] : quote.dueDays.filter((_, n) => n % 11 === 0)).toEqual([
      '2026-01-01',
      '2026-12-01',
    ])
  })
})

it('counts birthdays by month and day, in leap years too', () => {
  expect(ageOn(day('2004-02-29'), day('2025-02-28'))).toBe(20)
  expect(ageOn(day('2004-02-29'), day('2025-03-01'))).toBe(21)
  expect(ageOn(day('2004-12-31'), day('2024-12-31'))).toBe(20)
})
