/** What office operations ask for again and again: ids, days, reasons, pages, amounts as decimal strings. */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import { MAX_MINOR, decimalsOf, parseMinor } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { idEitherWay, idOrNone, idText, pageLimit } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'

/** The name of a resource in a path. */
export const pathId = idText
export const byId = z.object({ id: pathId })

/** The id of something in a body. */
export const id = idEitherWay

export const reason = z
  .string()
  .trim()
  .min(1, 'Say why.')
  .max(500)
  .regex(/^\P{Cc}*$/u, 'Remove the control characters.')
export const reasonBody = z.object({ reason })

/** A business day; `YYYY-MM-DD`. */
export const daySchema = z
  .string()
  .transform((text, ctx): Day => {
    const day = parseDay(text)
    if (day) return day
    ctx.addIssue({ code: 'custom', message: 'Give a day as YYYY-MM-DD.' })
    return z.NEVER
  })
  .meta({ format: 'date' })

/** An amount in the currency of the organisation, "1500.00". How many decimals it may have is known with the currency. */
export const amount = z
  .string('Give an amount as a decimal string, "1500.00".')
  .max(24)
  .meta({ pattern: String.raw`^\d{1,16}(\.\d+)?$`, example: '1500.00' })

/** An account in which staff hold money: 1000 cash, 1010 mobile money, 1020 bank. */
export const moneyAccount = z.literal([1000, 1010, 1020], 'Give 1000 (cash), 1010 (mobile money) or 1020 (bank).')

export const page = {
  limit: pageLimit(200, 50),
  after: idOrNone.default(0),
}

/** Minor units of an amount that was sent. Refuses invalid_input for what is no amount of the currency, or negative. */
export function minorOf(ctx: Pick<Ctx, 'org'>, text: string, field = 'amount'): bigint {
  const minor = parseMinor(text, decimalsOf(ctx.org.currency))
  if (minor === null || minor < 0n || minor > MAX_MINOR) {
    const decimals = decimalsOf(ctx.org.currency)
    refuse('invalid_input', { fields: { [field]: `Give an amount with at most ${decimals} decimals, "1500.00".` } })
  }
  return minor
}

/** The same for a field that may be left out. */
export const minorOrNone = (ctx: Pick<Ctx, 'org'>, text: string | undefined, field = 'amount'): bigint | undefined =>
  text === undefined ? undefined : minorOf(ctx, text, field)

/** The cursor of the page after this one; null on the last. */
export const nextOf = (rows: readonly { readonly id: number }[], limit: number): number | null =>
  rows.length === limit ? rows.at(-1)!.id : null
