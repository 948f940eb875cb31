/**
 * Reconciliation of the sub-ledgers with the general ledger: whether loans, savings, suspense … owe what the books owe, and
 * who differs by how much. It corrects nothing.
 */
import type { Day } from '#domain/day.ts'
import { STANDARD_CHART } from '#domain/ledger/chart.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import { LOAN_SUB_LEDGERS } from '#modules/reconciliation/loan-views.ts'
import { MONEY_SUB_LEDGERS } from '#modules/reconciliation/money-views.ts'
import { SAVINGS_SUB_LEDGERS } from '#modules/reconciliation/savings-views.ts'
import {
  type Compared,
  comparePortions,
  type Difference,
  highestOwners,
  type Portion,
  type SubLedger,
} from '#modules/reconciliation/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export interface Finding extends Difference {
  /** The sub-ledger: `loans`, `savings` … */
  readonly of: string
  /** Whom it is about: `loan:12`, `payment:7`; of figures of the whole organisation, `organisation:1`. */
  readonly subject: string
  /** In words, with both amounts. */
  readonly text: string
}

export interface Reconciliation {
  readonly ok: boolean
  /** How many differences there are in all. */
  readonly count: number
  /** Differences by sub-ledger, those without any included. */
  readonly differences: Readonly<Record<string, number>>
  /** What differs, sub-ledger by sub-ledger: the first hundred of each. */
  readonly findings: readonly Finding[]
}

const SUB_LEDGERS = [...LOAN_SUB_LEDGERS, ...MONEY_SUB_LEDGERS, ...SAVINGS_SUB_LEDGERS]
const NIGHTLY = SUB_LEDGERS.filter(({ onRequest }) => !onRequest)
/** The accounts that sub-ledgers explain; one with owners that is not among them is compared with nothing. */
export const RECONCILED_ACCOUNTS: readonly number[] = SUB_LEDGERS.flatMap(({ equals }) =>
  'accounts' in equals ? equals.accounts : [],
)

const FINDINGS_AT_MOST = 100
/** Owners compared in one statement, so that no transaction is long. */
const OWNERS_AT_ONCE = 20_000
const LAST_OWNER = 2_147_483_647

/** Compares every sub-ledger in the caller's transaction. Ask for a read-only one, so that all of it is of one moment. */
export async function reconcile(ctx: Ctx): Promise<Reconciliation> {
  const portions = await portionsOf(ctx, SUB_LEDGERS)
  return resultOf(ctx, await comparePortions(ctx, portions, FINDINGS_AT_MOST))
}

/**
 * Compares what does not grow with the years, as the close of business does every night: right while money comes in, and
 * each portion of owners in a transaction of its own, so that none is long.
 */
export async function reconcileInPortions(door: Door): Promise<Reconciliation> {
  const portions = await transact(door, (ctx) => portionsOf(ctx, NIGHTLY), true)
  const isSmall = portions.length === NIGHTLY.length
  const compared: Compared[] = []
  for (const together of isSmall ? [portions] : portions.map((portion) => [portion])) {
    compared.push(...(await transact(door, (ctx) => comparePortions(ctx, together, FINDINGS_AT_MOST), true)))
  }
  return resultOf(door, compared)
}

const TOLD_AT_MOST = 20

/**
 * The reconciliation at the close of a day. What differs is stated as a fact, of which those who run the organisation are
 * told, and logged; it stops nothing. Answers how many differences there are.
 */
export async function reconcileBooks(door: Door, day: Day): Promise<number> {
  const { ok, count, differences, findings } = await reconcileInPortions(door)
  if (ok) return 0
  const texts = findings.slice(0, TOLD_AT_MOST).map(({ text }) => text)
  door.services.log.error({ organisation: door.org.slug, day, count, findings: texts }, 'the books do not agree')
  const subLedgers = Object.fromEntries(Object.entries(differences).filter(([, found]) => found > 0))
  const reason = `${count === 1 ? 'one difference' : `${count} differences, the first`}: ${texts[0]}`
  const data = { day, differences: count, sub_ledgers: subLedgers, findings: texts, reason }
  await transact(door, async (ctx) => emit(ctx, 'books.disagreed', data))
  return count
}

async function portionsOf(ctx: Ctx, subLedgers: readonly SubLedger[]): Promise<Portion[]> {
  const highest = await highestOwners(ctx, subLedgers)
  return subLedgers.flatMap((subLedger, n) => {
    const portions: Portion[] = []
    for (let from = 0; from <= highest[n]!; from += OWNERS_AT_ONCE)
      portions.push({ subLedger, from, to: from + OWNERS_AT_ONCE - 1 })
    // The last portion has no end: what is added meanwhile belongs to it.
    return [...portions.slice(0, -1), { ...portions.at(-1)!, to: LAST_OWNER }]
  })
}

function resultOf(of: Pick<Ctx, 'org'>, compared: readonly Compared[]): Reconciliation {
  const differences: Record<string, number> = {}
  const findings = new Map<SubLedger, Finding[]>()
  let count = 0
  for (const { portion, count: found, first } of compared) {
    const { subLedger } = portion
    count += found
    differences[subLedger.name] = (differences[subLedger.name] ?? 0) + found
    const told = findings.get(subLedger) ?? []
    told.push(...first.slice(0, FINDINGS_AT_MOST - told.length).map((one) => findingOf(of, subLedger, one)))
    findings.set(subLedger, told)
  }
  return { ok: count === 0, count, differences, findings: [...findings.values()].flat() }
}

const WORDS = {
  loan: 'loan',
  customer: 'customer',
  payment: 'payment',
  savings: 'savings account',
  payout: 'payout',
} as const

function findingOf({ org }: Pick<Ctx, 'org'>, subLedger: SubLedger, difference: Difference): Finding {
  const { account, owner, kept, booked } = difference
  const { name, of, keptAs, equals } = subLedger
  const subject = of === 'organisation' ? `organisation:${org.id}` : `${of}:${owner}`
  const who = of === 'organisation' ? 'in all' : `${WORDS[of]} ${owner}`
  const amount = (minor: bigint): string => formatMinor(minor, decimalsOf(org.currency))
  const what = STANDARD_CHART.find(({ code }) => code === account)
  const bookedAs = 'as' in equals ? equals.as : `in the books (${account} ${what?.name})`
  return {
    ...difference,
    of: name,
    subject,
    text: `${who}: ${amount(kept)} ${keptAs}, ${amount(booked)} ${bookedAs}`,
  }
}
