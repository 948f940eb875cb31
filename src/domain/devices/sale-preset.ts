/** What phones are sold on: a price, a part of it paid down, equal instalments, and rules by the customer's age. */
import { addDays, addMonths, type Day, dayOfMonthOf, monthOf, yearOf } from '#domain/day.ts'
import { type Disclosure, disclose } from '#domain/devices/disclosure.ts'
import { divide, type Rounding } from '#domain/money.ts'

/** Ages from and to, both included. */
interface AgeBand {
  readonly from: number
  readonly to: number
  readonly downPercents: readonly number[]
  /** The most that may be financed, minor units; null: no limit. */
  readonly mostFinanced: bigint | null
}

export interface SalePreset {
  readonly name: string
  /** Interest of one instalment period in tenths of a percent, by part paid down and number of instalments. */
  readonly rates: Readonly<Record<number, Readonly<Record<number, bigint>>>>
  /** As the contract prints it, where that is not the rate of a period. */
  readonly rateShown: string | null
  readonly rhythm: { readonly frequency: 'months' | 'days'; readonly every: number }
  /** The first instalment falls due so many periods after the sale. */
  readonly firstPeriod: 0 | 1
  /** Instalments are whole multiples of this, rounded so. */
  readonly multiple: bigint
  readonly rounding: Rounding
  readonly ages: readonly AgeBand[]
}

const ANY_AGE: AgeBand = { from: 18, to: 120, downPercents: [20], mostFinanced: null }

export const SALE_PRESETS: readonly SalePreset[] = [
  {
    name: 'movi-doc',
    rates: { 20: { 12: 15n } },
    rateShown: '18.0',
    rhythm: { frequency: 'months', every: 1 },
    firstPeriod: 0,
    multiple: 1n,
    rounding: 'HALF_UP',
    ages: [ANY_AGE],
  },
  {
    name: 'movi-quincenal',
    rates: {
      30: { 6: 140n, 8: 135n, 12: 125n },
      40: { 6: 130n, 8: 125n, 12: 115n },
      50: { 6: 120n, 8: 115n, 12: 105n },
    },
    rateShown: null,
    rhythm: { frequency: 'days', every: 15 },
    firstPeriod: 1,
    multiple: 100n,
    rounding: 'CEILING',
    ages: [
      { from: 21, to: 49, downPercents: [30, 40, 50], mostFinanced: 350_000n },
      { from: 50, to: 60, downPercents: [40, 50], mostFinanced: 300_000n },
    ],
  },
]

/** Whole years of life on a day, by month and day of birth. */
export function ageOn(born: Day, day: Day): number {
  const had = monthOf(day) * 100 + dayOfMonthOf(day) >= monthOf(born) * 100 + dayOfMonthOf(born)
  return yearOf(day) - yearOf(born) - (had ? 0 : 1)
}

export interface SaleAsked {
  /** Minor units. */
  readonly price: bigint
  readonly downPercent: number
  readonly instalments: number
  readonly born: Day
  readonly startDay: Day
}

export interface SaleQuote {
  readonly downPayment: bigint
  readonly financed: bigint
  readonly instalment: bigint
  readonly total: bigint
  /** The percentage that the contract prints. */
  readonly rateShown: string
  readonly dueDays: readonly Day[]
  /** What the credit really costs, the rounding of the instalments included. */
  readonly disclosure: Disclosure
}

export type SaleFault = 'price' | 'age' | 'down_payment_percent' | 'instalments' | 'most_financed'

const MOST_PRICE = 100_000_000n

/** The quote, or what stands against it. Prices go up to 1,000,000.00. */
export function quoteSale(preset: SalePreset, asked: SaleAsked): SaleQuote | SaleFault {
  const { price, downPercent, instalments, born, startDay } = asked
  if (price <= 0n || price > MOST_PRICE) return 'price'
  const age = ageOn(born, startDay)
  const band = preset.ages.find(({ from, to }) => age >= from && age <= to)
  if (!band) return 'age'
  if (!band.downPercents.includes(downPercent)) return 'down_payment_percent'
  const rate = preset.rates[downPercent]?.[instalments]
  if (rate === undefined) return 'instalments'
  const downPayment = divide(price * BigInt(downPercent), 100n, 'HALF_UP')
  const financed = price - downPayment
  if (band.mostFinanced !== null && financed > band.mostFinanced) return 'most_financed'
  const instalment = instalmentOf(preset, { financed, rate, instalments })
  const amounts = Array.from({ length: instalments }, () => instalment)
  const periods = { firstPeriod: preset.firstPeriod, periodsAYear: periodsAYear(preset.rhythm) }
  return {
    ...{ downPayment, financed, instalment, total: instalment * BigInt(instalments) },
    rateShown: preset.rateShown ?? `${rate / 10n}.${rate % 10n}`,
    dueDays: Array.from({ length: instalments }, (_, n) => dueDay(preset, startDay, n + preset.firstPeriod)),
    disclosure: disclose({ lent: financed, amounts, ...periods }),
  }
}

/** How many periods a year has, as a fraction: twelve months, or 365 days by the days of a period. */
const periodsAYear = ({ frequency, every }: SalePreset['rhythm']): readonly [bigint, bigint] => [
  frequency === 'months' ? 12n : 365n,
  BigInt(every),
]

/** The annuity F·r·(1+r)^n / ((1+r)^n − 1), exact until it is rounded to the multiple. */
function instalmentOf(
  { multiple, rounding }: SalePreset,
  { financed, rate, instalments }: { financed: bigint; rate: bigint; instalments: number },
): bigint {
  const n = BigInt(instalments)
  const grown = (1000n + rate) ** n
  const above = financed * rate * grown
  const below = 1000n * (grown - 1000n ** n)
  if (multiple === 1n) return divide(above, below, rounding)
  return divide(above, below * multiple, rounding) * multiple
}

const dueDay = ({ rhythm }: SalePreset, startDay: Day, period: number): Day =>
  rhythm.frequency === 'months' ? addMonths(startDay, rhythm.every * period) : addDays(startDay, rhythm.every * period)
