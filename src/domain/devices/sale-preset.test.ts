/** The presets by which phones are sold, with the figures of the notes. */
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

  // Of 3,000.00: down, number, rate of fifteen days; what is financed; the annuity rounded up to a whole lempira.
  it.each([
    [30, 6, '14.0', 2100, 541],
    [30, 8, '13.5', 2100, 446],
    [30, 12, '12.5', 2100, 347],
    [40, 6, '13.0', 1800, 451],
    [40, 8, '12.5', 1800, 369],
    [40, 12, '11.5', 1800, 284],
    [50, 6, '12.0', 1500, 365],
    [50, 8, '11.5', 1500, 297],
    [50, 12, '10.5', 1500, 226],
  ])('%d %% down, %d instalments: %s %% a fortnight', (down, n, rateShown, financed, instalment) => {
    expect(quoteSale(QUINCENAL, asked([3000, down, n]))).toMatchObject({
      ...{ rateShown, financed: BigInt(financed) * 100n, instalment: BigInt(instalment) * 100n },
      downPayment: 300_000n - BigInt(financed) * 100n,
    })
  })

  it('falls due every fifteen days, first after fifteen, and prints the rate of a period', () => {
    const quote = quoteSale(QUINCENAL, asked([3500, 30, 12]))
    expect(quote).toMatchObject({ downPayment: 105_000n, financed: 245_000n, rateShown: '12.5' })
    expect(typeof quote === 'string' ? [] : quote.dueDays).toEqual(
      ['01-26', '02-10', '02-25', '03-12', '03-27', '04-11', '04-26', '05-11', '05-26', '06-10', '06-25', '07-10'].map(
        (monthDay) => `2026-${monthDay}`,
      ),
    )
  })

  it('discloses what the rounded instalments really cost a year', () => {
    expect(quoteSale(QUINCENAL, asked([3500, 30, 12]))).toMatchObject({
      disclosure: {
        ...{ totalToPay: 486_000n, totalInterest: 241_000n },
        ...{ nominalAnnualRate: '304.53', effectiveAnnualRate: '1662.39' },
      },
    })
  })

  it.each([
    [asked([3000, 30, 6], '2005-01-12'), 'age'],
    [asked([3000, 30, 6], '2005-01-11'), null],
    [asked([3000, 30, 6], '1976-01-11'), 'down_payment_percent'],
    [asked([3000, 30, 6], '1976-01-12'), null],
    [asked([3000, 40, 6], '1976-01-11'), null],
    [asked([3000, 50, 6], '1976-01-11'), null],
    [asked([3000, 40, 6], '1965-01-12'), null],
    [asked([3000, 40, 6], '1965-01-11'), 'age'],
    [asked([5000, 30, 6]), null],
    [asked([5001, 30, 6]), 'most_financed'],
    [asked([5000, 40, 6], '1970-05-15'), null],
    [asked([5001, 40, 6], '1970-05-15'), 'most_financed'],
    [asked([3000, 20, 6]), 'down_payment_percent'],
    [asked([3000, 60, 6]), 'down_payment_percent'],
    [asked([3000, 30, 10]), 'instalments'],
    [asked([0, 30, 6]), 'price'],
    [asked([-1, 30, 6]), 'price'],
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

  it('keeps to the last day of shorter months', () => {
    const quote = quoteSale(DOC, { ...asked([15_000, 20, 12]), startDay: day('2026-01-31') })
    expect(typeof quote === 'string' ? [] : quote.dueDays.slice(0, 4)).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
    ])
  })
})

it.each([
  ['2004-02-29', '2025-02-28', 20],
  ['2004-02-29', '2025-03-01', 21],
  ['2004-02-29', '2024-02-28', 19],
  ['2004-02-29', '2024-02-29', 20],
  ['2004-12-31', '2024-12-30', 19],
  ['2004-12-31', '2024-12-31', 20],
  // By the day of the year, 1 March of a leap year is 29 February of a common one: a day early.
  ['2003-03-01', '2024-02-29', 20],
  ['2003-03-01', '2024-03-01', 21],
  ['2004-03-01', '2025-02-28', 20],
  ['2004-03-01', '2025-03-01', 21],
])('born %s he is on %s %d years old', (born, on, years) => {
  expect(ageOn(day(born), day(on))).toBe(years)
})
