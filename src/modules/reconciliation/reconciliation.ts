/**
 * Reconciliation of the sub-ledgers with the general ledger: whether loans, savings, suspense … owe what the books owe, and
 * who differs by how much. It only reads and corrects nothing.
 */
import { STANDARD_CHART } from '#domain/ledger/chart.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import { SUB_LEDGERS } from '#modules/reconciliation/subledger-views.ts'
import { type Difference, differences, highestOwner, type SubLedger } from '#modules/reconciliation/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'

export interface Finding extends Difference {
  /** The sub-ledger: `loans`, `savings` … */
  readonly of: string
  /** Whom it is about: `loan:12`, `payment:7`. */
  readonly subject: string
  /** In words, with both amounts. */
  readonly text: string
}

export interface Reconciliation {
  readonly ok: boolean
  /** Differences by sub-ledger, those without any included. */
  readonly differences: Readonly<Record<string, number>>
  /** What differs, sub-ledger by sub-ledger: the first hundred of each. */
  readonly findings: readonly Finding[]
}

const FINDINGS_AT_MOST = 100
/** Owners compared in one statement, so that no transaction is long. */
const OWNERS_AT_ONCE = 20_000
const LAST_OWNER = 2_147_483_647

/** Compares every sub-ledger in the caller's transaction. Ask for a read-only one, so that all of it is of one moment. */
export const reconcile = (ctx: Ctx): Promise<Reconciliation> => reconcileBy((work) => work(ctx), ctx.org.currency)

/**
 * Compares every sub-ledger, each portion of owners in a transaction of its own: right while money comes in, and short.
 */
export const reconcileInPortions = (door: Door): Promise<Reconciliation> =>
  reconcileBy((work) => transact(door, work, true), door.org.currency)

type Reading = <T>(work: (ctx: Ctx) => Promise<T>) => Promise<T>

async function reconcileBy(read: Reading, currency: string): Promise<Reconciliation> {
  const counts: Record<string, number> = {}
  const findings: Finding[] = []
  for (const subLedger of SUB_LEDGERS) {
    const { count, first } = await compare(read, subLedger)
    counts[subLedger.name] = count
    findings.push(...first.map((difference) => findingOf(subLedger, difference, currency)))
  }
  return { ok: findings.length === 0, differences: counts, findings }
}

async function compare(read: Reading, subLedger: SubLedger): Promise<{ count: number; first: Difference[] }> {
  const highest = await read((ctx) => highestOwner(ctx, subLedger))
  const first: Difference[] = []
  let count = 0
  for (let from = 0; from <= highest; from += OWNERS_AT_ONCE) {
    // The last portion has no end: what is added meanwhile belongs to it.
    const to = from + OWNERS_AT_ONCE > highest ? LAST_OWNER : from + OWNERS_AT_ONCE - 1
    const found = await read((ctx) => differences(ctx, subLedger, { from, to, limit: FINDINGS_AT_MOST }))
    count += found.count
    first.push(...found.first.slice(0, FINDINGS_AT_MOST - first.length))
  }
  return { count, first }
}

function findingOf(subLedger: SubLedger, difference: Difference, currency: string): Finding {
  const { account, owner, kept, booked } = difference
  const subject = `${subLedger.of}:${owner}`
  const amount = (minor: bigint): string => formatMinor(minor, decimalsOf(currency))
  const where = 'in' in subLedger.equals ? subLedger.equals.in : `the books (${account})`
  const what = STANDARD_CHART.find(({ code }) => code === account)?.name ?? subLedger.name
  const text = `${subject}, ${what}: ${amount(kept)} in ${subLedger.keptIn}, ${amount(booked)} in ${where}`
  return { ...difference, of: subLedger.name, subject, text }
}
