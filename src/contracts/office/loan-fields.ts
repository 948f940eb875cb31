/** The fields that loan terms are made of in JSON: decimals, counts and days, and what is wrong with those that are none. */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import { formatMinor, MAX_MINOR } from '#domain/money.ts'
import { parseRate, type Rate } from '#domain/rate.ts'

export const UNKNOWN_TERM = 'This term is not known here.'

/** The message for a wrong value; a missing one keeps the usual message. */
export const unlessMissing = (message: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? undefined : message),
})

/** A decimal as text, or as a JSON number. How many decimals an amount may have is known only with the whole. */
export const decimalText = z.union(
  [z.string().max(200), z.number().transform(String)],
  unlessMissing('Give a decimal as text, "1250.00".'),
)

/** A whole number between two others. */
export const countFrom = (least: number, most: number, message: string) =>
  z.int(unlessMissing(message)).min(least, unlessMissing(message)).max(most, unlessMissing(message))

export const dayField = z
  .string(unlessMissing('Give a day as YYYY-MM-DD.'))
  .max(200)
  .transform((value, ctx): Day => {
    const day = parseDay(value)
    if (day === null) ctx.addIssue({ code: 'custom', message: 'Give a day as YYYY-MM-DD.' })
    return day ?? z.NEVER
  })

export const rateField = decimalText.transform((value, ctx): Rate => {
  const rate = rateIn(value)
  if (typeof rate !== 'string') return rate
  ctx.addIssue({ code: 'custom', message: rate })
  return z.NEVER
})

/** Digits before the point, and behind it without the zeros at the end. */
function digitsOf(text: string): { readonly whole: string; readonly fraction: string } | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text.trim())
  return match && { whole: match[1]!, fraction: (match[2] ?? '').replace(/0+$/, '') }
}

const isNegative = (text: string): boolean => /^-\d/.test(text.trim())

/** The percentage, or what is wrong with the text. */
export function rateIn(text: string): Rate | string {
  if (isNegative(text)) return 'Give a percentage of zero or more.'
  const digits = digitsOf(text)
  if (!digits) return 'Give a percentage as a decimal, "9.4822".'
  if (digits.fraction.length > 8) return 'Give a percentage with at most eight decimals.'
  return parseRate(text) ?? 'Give a percentage of at most 9999.'
}

/** The amount in minor units, or what is wrong with the text. */
export function amountIn(text: string, decimals: number): bigint | string {
  if (isNegative(text)) return 'Give an amount of zero or more.'
  const digits = digitsOf(text)
  if (!digits) return 'Give an amount as a decimal, "1250.00".'
  const { whole, fraction } = digits
  if (fraction.length > decimals) {
    return decimals === 0 ? 'Give an amount without decimals.' : `Give an amount with at most ${decimals} decimals.`
  }
  const minor = BigInt(whole + fraction.padEnd(decimals, '0'))
  return minor > MAX_MINOR ? `Give an amount of at most ${formatMinor(MAX_MINOR, decimals)}.` : minor
}
