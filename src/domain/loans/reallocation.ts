/** Payments that a replay has taken apart otherwise than before. */
import type { Applied, LoanState } from '#domain/loans/replay.ts'

/** A payment whose parts came out differently after something earlier was entered or taken back. */
export interface Reallocation {
  readonly id: number
  readonly was: Applied
  readonly is: Applied
}

/** Which payments the replay has allocated anew: the links between what was posted for them and what now has to be. */
export function reallocations(before: LoanState, after: LoanState): Reallocation[] {
  return [...after.applied.values()].flatMap((is) => {
    const was = before.applied.get(is.id)
    return was && !isSameApplied(was, is) ? [{ id: is.id, was, is }] : []
  })
}

/** Whether a payment was taken apart in the same way, to whatever instalments. */
export const isSameApplied = (a: Applied, b: Applied): boolean =>
  a.overpayment === b.overpayment &&
  a.parts.penalty === b.parts.penalty &&
  a.parts.fee === b.parts.fee &&
  a.parts.interest === b.parts.interest &&
  a.parts.principal === b.parts.principal
