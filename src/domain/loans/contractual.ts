/** Instalments whose amounts the contract prints: the amounts are the truth, and interest is what they exceed the principal by. */
import { BEGINNING, type Book, interestOn, type Line } from '#domain/loans/amortise.ts'
import { divide, max, min, sum } from '#domain/money.ts'

/**
 * Rows for the printed amounts. All interest together is their sum less the principal. Flat: in proportion to the
 * amounts. Declining: each period's interest at the agreed rate, as far as that total and the amounts allow; the last
 * takes the rest.
 */
export function contractualLines(book: Book, amounts: readonly bigint[]): Line[] {
  const total = sum(amounts)
  const lent = book.tranches.reduce((s, t) => s + t.amount - t.downPayment, 0n)
  const shares = book.terms.interestMethod === 'flat' ? proportional(total - lent, amounts) : null
  const lines: Line[] = []
  let { balance } = BEGINNING
  let interestLeft = total - lent
  let amountsLeft = total
  amounts.forEach((amount, k) => {
    amountsLeft -= amount
    const atRate = shares ? shares[k]! : interestOn(book, k, { balance, overdue: 0n, rule: null })
    balance += book.lending[k]!.amount
    const interest = within(atRate, {
      least: max(interestLeft - amountsLeft, amount - balance),
      most: min(interestLeft, amount),
    })
    interestLeft -= interest
    balance -= amount - interest
    lines.push({ interest, principal: amount - interest, balanceAfter: balance, waiting: 0n })
  })
  return lines
}

const within = (value: bigint, bounds: { least: bigint; most: bigint }): bigint =>
  max(bounds.least, min(value, bounds.most))

/** Parts of a whole in proportion to weights; what is allotted so far is always the rounded share of the weights so far. */
function proportional(whole: bigint, weights: readonly bigint[]): bigint[] {
  const total = sum(weights)
  let weighed = 0n
  let allotted = 0n
  return weights.map((weight) => {
    weighed += weight
    const upToHere = total === 0n ? 0n : divide(whole * weighed, total)
    const part = upToHere - allotted
    allotted = upToHere
    return part
  })
}
