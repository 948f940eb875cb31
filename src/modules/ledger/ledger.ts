/** The one door of money: every cent that moves, moves by `post`. */
import { addDays, type Day } from '#domain/day.ts'
import { type Account, STANDARD_CHART } from '#domain/ledger/chart.ts'
import { isBalanced, type Line, mergeLines, type NewEntry, reversedLines } from '#domain/ledger/entry.ts'
import { MAX_MINOR } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { blockHash, genesisHash, requestHash } from '#modules/ledger/chain.ts'
import * as store from '#modules/ledger/store.ts'
import { chartOf, entryById } from '#modules/ledger/views.ts'

export { type Closing, closeBooks, reopenBooks } from '#modules/ledger/closing.ts'
export { type Verification, verify } from '#modules/ledger/verify.ts'

type RefusedCode =
  | 'entry_unbalanced'
  | 'account_unknown'
  | 'insufficient_funds'
  | 'entry_already_reversed'
  | 'period_closed'

export type Outcome =
  | { readonly status: 'posted'; readonly entryId: bigint }
  /** The same key with the same content was posted before: nothing is posted again. */
  | { readonly status: 'duplicate'; readonly entryId: bigint }
  /** The same key with other content. */
  | { readonly status: 'conflict'; readonly entryId: bigint }
  | {
      readonly status: 'refused'
      readonly code: RefusedCode
      readonly line?: Line
      /** The last closed day, where the entry's day is closed. */
      readonly closedUntil?: Day
    }

/** Opens an organisation's books: the standard chart of accounts and an empty chain. Safe to repeat. */
export async function openBooks(ctx: Ctx): Promise<void> {
  await store.openBooks(ctx, STANDARD_CHART, genesisHash(ctx.org.id))
}

/**
 * Posts a batch in the caller's transaction: one lock, one block, one outcome for each entry in order; a bad entry never
 * fails its neighbours, but for those posted together with it. What has arrived, and what the system's own jobs book, goes to
 * the first open day where its day is closed; anything else is refused with period_closed. Call it late: the head of the books
 * stays locked until the transaction ends.
 */
export async function post(ctx: Ctx, given: readonly NewEntry[]): Promise<Outcome[]> {
  const hashes = given.map(requestHash)
  const [locked, chart, before, reversed, balances] = await Promise.all([
    store.lockHead(ctx),
    chartOf(ctx),
    store.findPosted(
      ctx,
      given.map((entry) => entry.idemKey),
    ),
    reversedAmong(ctx, given),
    store.readBalances(ctx, keysOf(given)),
  ])
  const head = locked ?? refuse('organisation_not_found')
  const { closedUntil } = head
  const entries = closedUntil === null ? given : given.map((entry) => onOpenDay(ctx, entry, closedUntil))
  const posted = new Map(before.map((entry) => [entry.idemKey, entry]))
  const guarded = guardedBalances(chart, entries, balances)
  const block: store.NumberedEntry[] = []
  let refused: Refused | null = null
  const outcomes = entries.map((entry, n): Outcome => {
    const before = posted.get(entry.idemKey)
    if (before && !entry.together) refused = null
    if (before) return { status: before.requestHash.equals(hashes[n]!) ? 'duplicate' : 'conflict', entryId: before.id }
    if (!entry.together) refused = refusalOfGroup(groupAt(entries, n), { chart, reversed, guarded, closedUntil })
    if (refused) return refused
    const numbered = { ...entry, id: head.entryNo + BigInt(block.length + 1), requestHash: hashes[n]! }
    block.push(numbered)
    posted.set(entry.idemKey, numbered)
    if (entry.reversesId !== undefined) reversed.add(entry.reversesId)
    return { status: 'posted', entryId: numbered.id }
  })
  if (block.length > 0) await seal(ctx, head, block)
  return outcomes
}

/** The entry on the first open day, if its own is closed and it may be moved. */
function onOpenDay({ actor }: Ctx, entry: NewEntry, closedUntil: Day): NewEntry {
  const moves = entry.hasArrived || actor.kind === 'system'
  return moves && entry.effectiveDay <= closedUntil ? { ...entry, effectiveDay: addDays(closedUntil, 1) } : entry
}

/** An entry with those that belong to it. */
function groupAt(entries: readonly NewEntry[], first: number): readonly NewEntry[] {
  const next = entries.findIndex((entry, n) => n > first && !entry.together)
  return entries.slice(first, next < 0 ? entries.length : next)
}

/** Posts entries that belong together and returns their numbers in order. Refuses all of them where one is refused. */
export async function postTogether(ctx: Ctx, entries: readonly NewEntry[]): Promise<bigint[]> {
  if (entries.length === 0) return []
  const outcomes = await post(
    ctx,
    entries.map((entry, n) => (n === 0 ? entry : { ...entry, together: true })),
  )
  return outcomes.map(entryIdOf)
}

/** Posts one entry and returns its number. Refuses what `post` refuses; a repeated key gives the first entry's number. */
export async function postOne(ctx: Ctx, entry: NewEntry): Promise<bigint> {
  const [outcome] = await post(ctx, [entry])
  return entryIdOf(outcome!)
}

/**
 * Locks the head of the books without posting, until the transaction ends: for a transaction that books nothing but may be
 * followed by one that does. Their numbers come after the head in the lock order.
 */
export async function lockBooks(ctx: Ctx): Promise<void> {
  await store.lockHead(ctx)
}

/** The entry's number, or the refusal the outcome stands for. */
export function entryIdOf(outcome: Outcome): bigint {
  if (outcome.status === 'refused') {
    const { code, line, closedUntil } = outcome
    refuse(code, { ...(line && lineData(line)), ...(closedUntil && { closedUntil }) })
  }
  if (outcome.status === 'conflict') refuse('idempotency_key_reused')
  return outcome.entryId
}

/** Takes an entry back, at most once, by a new linked entry with the sides exchanged. Refuses entry_not_found, entry_already_reversed. */
export async function reverse(
  ctx: Ctx,
  entryId: bigint,
  as: Pick<NewEntry, 'effectiveDay' | 'reference' | 'idemKey'>,
): Promise<bigint> {
  const entry = (await entryById(ctx, entryId)) ?? refuse('entry_not_found')
  return postOne(ctx, { ...as, kind: 'reversal', lines: reversedLines(entry.lines), reversesId: entryId })
}

const lineData = (line: Line): Record<string, unknown> => ({ account: line.account, owner: line.owner })

async function seal(ctx: Ctx, head: store.Head, entries: readonly store.NumberedEntry[]): Promise<void> {
  const actor = actorLabel(ctx.actor)
  const no = head.blockNo + 1n
  const sealed = entries.map((entry) => ({
    ...entry,
    recordedAt: ctx.now,
    actor,
    reversesId: entry.reversesId ?? null,
  }))
  const hash = blockHash(head.hash, no, sealed)
  await store.writeBlock(ctx, { no, prevHash: head.hash, hash, entries, ...countersOf(entries) }, actor)
}

function countersOf(entries: readonly store.NumberedEntry[]): Pick<store.Block, 'balances' | 'days'> {
  const balances = new Map<string, { account: number; owner: number; debits: bigint; credits: bigint }>()
  const days = new Map<string, { account: number; day: string; debits: bigint; credits: bigint }>()
  for (const { lines, effectiveDay: day } of entries) {
    for (const { account, owner, amount } of lines) {
      const ownerKey = `${account}/${owner}`
      const dayKey = `${account}/${day}`
      const balance = balances.get(ownerKey) ?? { account, owner, debits: 0n, credits: 0n }
      const turnover = days.get(dayKey) ?? { account, day, debits: 0n, credits: 0n }
      for (const counter of [balance, turnover]) {
        if (amount > 0n) counter.debits += amount
        else counter.credits -= amount
      }
      balances.set(ownerKey, balance)
      days.set(dayKey, turnover)
    }
  }
  return { balances: [...balances.values()], days: [...days.values()] }
}

type Chart = ReadonlyMap<number, Account>
type Refused = Extract<Outcome, { status: 'refused' }>

interface Judging {
  readonly chart: Chart
  readonly reversed: ReadonlySet<bigint>
  readonly guarded: ReadonlyMap<string, GuardedBalance>
  readonly closedUntil: Day | null
}

/** Why entries that belong together cannot be posted; null where they can, and then the running balances have moved by all of them. */
function refusalOfGroup(
  group: readonly NewEntry[],
  { chart, reversed, guarded, closedUntil }: Judging,
): Refused | null {
  for (const entry of group) {
    if (closedUntil !== null && entry.effectiveDay <= closedUntil)
      return { status: 'refused', code: 'period_closed', closedUntil }
    const refused = refusalOf(entry, chart, reversed)
    if (refused) return refused
  }
  const lines = group.length === 1 ? group[0]!.lines : mergeLines(group.flatMap((entry) => entry.lines))
  return move(guarded, lines)
}

function refusalOf(entry: NewEntry, chart: Chart, reversed: ReadonlySet<bigint>): Refused | null {
  if (!isBalanced(entry.lines)) return { status: 'refused', code: 'entry_unbalanced' }
  for (const line of entry.lines) {
    const account = chart.get(line.account)
    if (!account || (line.owner !== 0) !== (account.ownedBy !== undefined)) {
      return { status: 'refused', code: 'account_unknown', line }
    }
    if (line.amount > MAX_MINOR || line.amount < -MAX_MINOR)
      return { status: 'refused', code: 'entry_unbalanced', line }
  }
  if (entry.reversesId !== undefined && reversed.has(entry.reversesId)) {
    return { status: 'refused', code: 'entry_already_reversed' }
  }
  return null
}

interface GuardedBalance {
  readonly guard: Account['guard']
  balance: bigint
}

const keyOf = (line: Pick<Line, 'account' | 'owner'>): string => `${line.account}/${line.owner}`

/** Every sub-account that the entries touch, once. */
function keysOf(entries: readonly NewEntry[]): Line[] {
  const keys = new Map<string, Line>()
  for (const { lines } of entries) for (const line of lines) keys.set(keyOf(line), line)
  return [...keys.values()]
}

/** Today's balances of every guarded sub-account the batch touches; one that has not moved yet is at zero. */
function guardedBalances(
  chart: Chart,
  entries: readonly NewEntry[],
  balances: readonly store.OwnerBalance[],
): Map<string, GuardedBalance> {
  const kept = new Map(balances.map((row) => [keyOf(row), row.balance]))
  const guarded = new Map<string, GuardedBalance>()
  for (const line of entries.flatMap((entry) => entry.lines)) {
    const key = keyOf(line)
    const guard = chart.get(line.account)?.guard ?? 'none'
    if (guard !== 'none' && !guarded.has(key)) guarded.set(key, { guard, balance: kept.get(key) ?? 0n })
  }
  return guarded
}

/** Moves the running balances by the lines, or refuses and leaves them as they were. */
function move(balances: ReadonlyMap<string, GuardedBalance>, lines: readonly Line[]): Refused | null {
  for (const line of lines) {
    const kept = balances.get(keyOf(line))
    if (!kept) continue
    const after = kept.balance + line.amount
    // Only a movement towards the forbidden side is refused: one that heals is always let through.
    const breaks = kept.guard === 'never_credit' ? after < 0n && line.amount < 0n : after > 0n && line.amount > 0n
    if (breaks) return { status: 'refused', code: 'insufficient_funds', line }
  }
  for (const line of lines) {
    const kept = balances.get(keyOf(line))
    if (kept) kept.balance += line.amount
  }
  return null
}

async function reversedAmong(ctx: Ctx, entries: readonly NewEntry[]): Promise<Set<bigint>> {
  const ids = entries.flatMap((entry) => (entry.reversesId === undefined ? [] : [entry.reversesId]))
  return new Set(ids.length > 0 ? await store.findReversals(ctx, ids) : [])
}
