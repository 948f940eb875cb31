/** Where people have logged in from: remembered for ninety days after the last time. */
import { isKnownAddress, noteAddress } from '#modules/identity/login-address-store.ts'
import type { Ctx } from '#platform/context.ts'

/** `first`: the first that is known of this person; `new`: others were known before, this one was not. */
export type AddressIs = 'first' | 'new' | 'known'

/** Notes that a person has just logged in from the caller's address. */
export const noteLogin = async (ctx: Ctx, userId: number): Promise<AddressIs> =>
  ctx.address === '' ? 'known' : noteAddress(ctx, userId)

/** Whether the person has logged in from the caller's address before. */
export const hasLoggedInFromHere = async (ctx: Ctx, userId: number | undefined): Promise<boolean> =>
  isKnownAddress(ctx, userId ?? 0)
