/** What a savings product allows, as it is given and stored. */
import { z } from 'zod'
import { parseRate, percent } from '#domain/rate.ts'
import { DAY_COUNTS, PAID } from '#domain/savings/interest.ts'
import type { SavingsTerms } from '#domain/savings/terms.ts'

/** Minor units as text: JSON numbers are floats. */
const minor = z.string().regex(/^\d{1,16}$/, 'Give minor units as digits.')
const limit = minor.nullable().default(null)
const rate = z.string().refine((text) => (parseRate(text) ?? -1n) >= 0n, 'Give a percentage from 0 to 9999.')
const ROUNDINGS = ['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'] as const

export const savingsTermsSchema = z.strictObject({
  minimumBalance: minor.default('0'),
  withdrawal: z
    .strictObject({
      least: minor.default('1'),
      most: limit,
      mostADay: limit,
      timesADay: z.int().min(1).max(1_000).nullable().default(null),
      fee: z.strictObject({ flat: minor.default('0'), ratePercent: rate.default('0'), most: limit }).prefault({}),
    })
    .prefault({}),
  interest: z
    .strictObject({
      ratePercent: rate.default('0'),
      dayCount: z.enum(DAY_COUNTS).default('actual/365'),
      rounding: z.enum(ROUNDINGS).default('HALF_EVEN'),
      paid: z.enum(PAID).default('monthly'),
      from: minor.default('0'),
    })
    .prefault({}),
})

export type StoredSavingsTerms = Readonly<z.output<typeof savingsTermsSchema>>
export type GivenSavingsTerms = Readonly<z.input<typeof savingsTermsSchema>>

const limitOf = (text: string | null): bigint | null => (text === null ? null : BigInt(text))

/** The stored terms as the rules want them. */
export function savingsTermsOf({ minimumBalance, withdrawal, interest }: StoredSavingsTerms): SavingsTerms {
  const { least, most, mostADay, timesADay, fee } = withdrawal
  const { ratePercent, from, ...counting } = interest
  return {
    minimumBalance: BigInt(minimumBalance),
    withdrawal: {
      least: BigInt(least),
      most: limitOf(most),
      mostADay: limitOf(mostADay),
      timesADay,
      fee: { flat: BigInt(fee.flat), rate: percent(fee.ratePercent), most: limitOf(fee.most) },
    },
    interest: { ...counting, rate: percent(ratePercent), from: BigInt(from) },
  }
}
