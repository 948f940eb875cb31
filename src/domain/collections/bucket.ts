/** How late a loan is, in the steps that collection work is handed out by. */

/**
 * `sma_0` to `npa` as the Reserve Bank of India calls them. It counts the due day itself, so with days past due counted from
 * the day after, the steps are 1, 30, 60 and 90: what fell due on 31 March is sma_1 on 30 April, sma_2 on 30 May, npa on 29 June.
 */
export const BUCKETS = ['current', 'sma_0', 'sma_1', 'sma_2', 'npa'] as const
export type Bucket = (typeof BUCKETS)[number]

const FROM_DAYS: Readonly<Record<Bucket, number>> = { current: 0, sma_0: 1, sma_1: 30, sma_2: 60, npa: 90 }

/** The bucket of so many days past due. */
export function bucketOf(daysPastDue: number): Bucket {
  return BUCKETS.findLast((bucket) => daysPastDue >= FROM_DAYS[bucket]) ?? 'current'
}

/** From so many days past due to so many; the last bucket has no end. */
export function daysOf(bucket: Bucket): { readonly from: number; readonly to: number | null } {
  const next = BUCKETS[BUCKETS.indexOf(bucket) + 1]
  return { from: FROM_DAYS[bucket], to: next ? FROM_DAYS[next] - 1 : null }
}
