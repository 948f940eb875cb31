/**
 * The number of a contract as buyers type it: one letter, two digits, a day and six digits, `S01-2026-01-01-000001`. The mask
 * of the MoviCuotas application holds nothing else, neither `MC-2026-0001` nor branches of other names.
 */
import { type Day, parseDay } from '#domain/day.ts'

/**
 * How a branch's contracts begin: its number where it can be typed, else a letter and two digits of it (`001` → `S01`,
 * `CENTRO` → `C00`). Branches may share it: contracts are counted by it, so that no number is given twice.
 */
export function typedBranch(branchNumber: string): string {
  const letter = /[A-Z]/.exec(branchNumber)?.[0] ?? 'S'
  const digits = branchNumber.replace(/\D/g, '').slice(-2)
  return `${letter}${digits.padStart(2, '0')}`
}

/** The number of the n-th contract of a branch's day. */
export const branchCode = (branchNumber: string, day: Day, n: number): string =>
  `${typedBranch(branchNumber)}-${day}-${String(n).padStart(6, '0')}`

export interface Numbered {
  /** `MC-2026-0001`. */
  readonly contractNumber: string
  readonly branchNumber: string
  /** As printed; on older contracts with the branch as it is called. */
  readonly branchContractCode: string
}

/** What of a branch's code comes after the branch: day and count. */
const dayAndCount = (code: string): string => /\d{4}-\d{2}-\d{2}-\d+$/.exec(code)?.[0] ?? code

/** The number that a buyer can type. */
export const typedNumber = ({ branchNumber, branchContractCode }: Numbered): string =>
  `${typedBranch(branchNumber)}-${dayAndCount(branchContractCode)}`

/** A contract's number in every spelling that is understood. */
export const spellingsOf = (sale: Numbered): readonly string[] => [
  ...[sale.contractNumber, sale.branchContractCode, typedNumber(sale)],
  `${sale.branchNumber}-${dayAndCount(sale.branchContractCode)}`,
]

const LOANS_A_LETTER = 1_000_000

export interface Begun {
  readonly disbursedOn: Day | null
  readonly approvedAt: Date | null
  readonly appliedAt: Date
}

/** The day that a loan's contract is dated from. */
export const startOf = ({ disbursedOn, approvedAt, appliedAt }: Begun): Day =>
  disbursedOn ?? parseDay((approvedAt ?? appliedAt).toISOString().slice(0, 10))!

/** The number that a buyer can type for a loan that pays for no sale; up to a hundred million loans. */
export function typedNumberOfLoan(loan: Begun & { readonly id: number }): string {
  const { id } = loan
  const count = String(id % LOANS_A_LETTER).padStart(6, '0')
  return `L${String((id - (id % LOANS_A_LETTER)) / LOANS_A_LETTER).padStart(2, '0')}-${startOf(loan)}-${count}`
}
