/** Delinquency: how late a portfolio is, in buckets of days past due, and what is set aside for losses. */
import { divide } from '#domain/money.ts'

export interface Bucket {
  readonly name: string
  /** Days past due from which a loan is in it. */
  readonly fromDays: number
  /** Of the outstanding principal, in basis points, set aside for losses. */
  readonly provisionBp: number
}

/** Portfolio at risk by 1, 30, 60 and 90 days, as microfinance reports it. The first bucket is what is not late. */
export const PAR_BUCKETS: readonly Bucket[] = [
  { name: 'Current', fromDays: 0, provisionBp: 100 },
  { name: '1–30', fromDays: 1, provisionBp: 500 },
  { name: '31–60', fromDays: 31, provisionBp: 2_500 },
  { name: '61–90', fromDays: 61, provisionBp: 5_000 },
  { name: 'Over 90', fromDays: 91, provisionBp: 10_000 },
]

/** India's special mention accounts and non-performing assets (RBI, prudential framework of 7 June 2019). */
export const SMA_BUCKETS: readonly Bucket[] = [
  { name: 'Standard', fromDays: 0, provisionBp: 40 },
  { name: 'SMA-0', fromDays: 1, provisionBp: 40 },
  { name: 'SMA-1', fromDays: 31, provisionBp: 500 },
  { name: 'SMA-2', fromDays: 61, provisionBp: 1_000 },
  { name: 'NPA', fromDays: 91, provisionBp: 2_500 },
]

/** Which buckets an organisation uses: its own, or its country's custom. */
export function bucketsFor(country: string, own: readonly Bucket[] | undefined): readonly Bucket[] {
  if (own) return own
  return country === 'IN' ? SMA_BUCKETS : PAR_BUCKETS
}

/** The place of the bucket for so many days past due. */
export function bucketOf(buckets: readonly Bucket[], daysPastDue: number): number {
  return buckets.findLastIndex((bucket) => bucket.fromDays <= daysPastDue)
}

/** What is set aside on the outstanding principal (minor units), halves up. */
export const provisionOn = (principal: bigint, bucket: Bucket): bigint =>
  divide(principal * BigInt(bucket.provisionBp), 10_000n, 'HALF_UP')

/** The share of `part` in `whole` in basis points, halves up; 0 of nothing. */
export const shareBp = (part: bigint, whole: bigint): number =>
  whole === 0n ? 0 : Number(divide(part * 10_000n, whole, 'HALF_UP'))
