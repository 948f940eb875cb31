/** Fees and penalties as a product fixes them. Amounts are minor units as text, percentages exact decimals as text. */
import { z } from 'zod'
import { parseRate } from '#domain/rate.ts'

/** A percentage as an exact decimal text, "12.5": never a float, never negative. */
export const rateText = z
  .string()
  .trim()
  .refine((text) => !text.startsWith('-') && parseRate(text) !== null, {
    error: 'Give a percentage from 0 to 9999 with at most eight decimals.',
  })

/** An amount in minor units as text: "150000" is 1,500.00 of a currency with two decimals. */
export const amountText = z.string().regex(/^\d{1,15}$/, 'Give an amount from zero on.')

const size = {
  /** Of a flat one. */
  amount: amountText.optional(),
  /** Of a percentage. */
  percent: rateText.optional(),
  /** At least and at most what a percentage comes to. */
  least: amountText.optional(),
  most: amountText.optional(),
}

const isSized = ({ basis, amount, percent }: { basis: string; amount?: string; percent?: string }): boolean =>
  basis === 'flat' ? amount !== undefined : percent !== undefined

const SIZE = 'Give an amount for a flat one, else a percentage.'

/**
 * Taken out of what is paid out (`disbursement`), owed with every instalment (`instalment`), or owed so many days after the
 * disbursement (`afterDays`). A percentage is of principal, interest, both, or of what is disbursed.
 */
export const chargeSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    time: z.enum(['disbursement', 'instalment', 'afterDays']),
    days: z.int().min(0).max(36_525).optional(),
    basis: z.enum(['flat', 'principal', 'interest', 'principalAndInterest', 'disbursed']).default('flat'),
    penalty: z.boolean().default(false),
    ...size,
  })
  .refine((charge) => isSized(charge as Parameters<typeof isSized>[0]), { error: SIZE, path: ['amount'] })
  .refine(({ time, days }) => time !== 'afterDays' || days !== undefined, {
    error: 'Give the days after the disbursement.',
    path: ['days'],
  })

/**
 * Charged once for each instalment that is still unpaid when its days of grace have passed: an amount, or a percentage of
 * everything, or of the principal, that is overdue of it. `mostOfLoan` caps all late fees of a loan together.
 */
export const lateFeeSchema = z
  .strictObject({
    basis: z.enum(['flat', 'overdue', 'overduePrincipal']).default('flat'),
    graceDays: z.int().min(0).max(366).default(0),
    ...size,
    mostOfLoan: amountText.optional(),
  })
  .refine((fee) => isSized(fee as Parameters<typeof isSized>[0]), { error: SIZE, path: ['amount'] })
