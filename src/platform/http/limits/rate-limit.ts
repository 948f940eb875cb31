/**
 * How many requests one caller may make in a minute, over all processes together. Each counts for itself and tells the
 * database every second, so a request costs nothing more and the limit is kept within about a second's worth of requests.
 */
import { sql } from 'kysely'
import { refuse } from '#domain/refusal.ts'
import type { Database } from '#platform/database/db.ts'
import { firstOrganisation } from '#platform/organisations.ts'

export interface RateLimiter {
  /** Counts a request; null: of whoever belongs to no organisation. Refuses rate_limited with the seconds until the next minute. */
  count(orgId: number | null, caller: string): void
  /** Refuses as `count` does, and counts nothing. */
  check(orgId: number | null, caller: string): void
  /** Tells the database what was counted and learns what others have. */
  share(): Promise<void>
  close(): void
}

interface Tally {
  readonly orgId: number | null
  readonly caller: string
  /** By all processes, as last heard. */
  known: number
  /** Here, since then. */
  fresh: number
}

const MINUTE_MS = 60_000
const SHARE_EVERY_MS = 1_000

/** Callers of a minute that are told apart; those beyond are counted as one. */
const MOST_CALLERS = 50_000

/** Starts counting. */
export function limitRate(db: Database, perMinute: number): RateLimiter {
  let minute = thisMinute()
  let tallies = new Map<string, Tally>()
  const tallyOf = (orgId: number | null, caller: string): Tally => {
    if (thisMinute() !== minute) {
      minute = thisMinute()
      tallies = new Map()
    }
    const key = `${orgId} ${caller}`
    const found = tallies.get(key)
    if (found) return found
    if (tallies.size >= MOST_CALLERS && caller !== OTHERS) return tallyOf(null, OTHERS)
    const tally = { orgId, caller, known: 0, fresh: 0 }
    tallies.set(key, tally)
    return tally
  }
  const refuseBeyond = ({ known, fresh }: Tally): void => {
    if (known + fresh >= perMinute) refuse('rate_limited', { retryAfterSeconds: secondsLeft(minute) })
  }
  const share = async (): Promise<void> => {
    const fresh = [...tallies.values()].filter((tally) => tally.fresh > 0)
    const home = fresh.some(({ orgId }) => orgId === null) ? await firstOrganisation(db) : undefined
    for (const orgId of new Set(fresh.map((tally) => tally.orgId))) {
      const keptIn = orgId ?? home
      if (keptIn === undefined) continue
      await shareOf(db, { orgId: keptIn, minute, tallies: fresh.filter((tally) => tally.orgId === orgId) })
    }
  }
  // What could not be shared now is shared with the next second's.
  const timer = setInterval(() => void share().catch(() => undefined), SHARE_EVERY_MS)
  timer.unref()
  return {
    share,
    close: () => clearInterval(timer),
    check: (orgId, caller) => refuseBeyond(tallyOf(orgId, caller)),
    count(orgId, caller) {
      const tally = tallyOf(orgId, caller)
      refuseBeyond(tally)
      tally.fresh++
    },
  }
}

const OTHERS = 'others'

const thisMinute = (): number => Math.floor(Date.now() / MINUTE_MS)
const secondsLeft = (minute: number): number => Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - Date.now()) / 1_000))

interface Sharing {
  readonly orgId: number
  readonly minute: number
  readonly tallies: readonly Tally[]
}

async function shareOf(db: Database, { orgId, minute, tallies }: Sharing): Promise<void> {
  const counted = tallies.map((tally) => tally.fresh)
  const end = new Date((minute + 1) * MINUTE_MS)
  const { rows } = await db.transact(orgId, (tx) =>
    sql<{ key: string; failures: number }>`
      insert into throttles as t (org_id, key, failures, window_end)
      select ${orgId}, key, n, ${end}
        from unnest(${tallies.map(keyOf)}::text[], ${counted}::integer[]) as given (key, n) order by key
      on conflict (org_id, key) do update
         set failures = excluded.failures + case when t.window_end = excluded.window_end then t.failures else 0 end,
             window_end = excluded.window_end
      returning key, failures
    `.execute(tx),
  )
  const totals = new Map(rows.map((row) => [row.key, row.failures]))
  tallies.forEach((tally, i) => {
    tally.known = totals.get(keyOf(tally)) ?? tally.known
    tally.fresh -= counted[i]!
  })
}

const keyOf = ({ orgId, caller }: Tally): string => `requests ${orgId === null ? 'from' : 'of'} ${caller}`
