/**
 * Replay: the state of a loan from everything that happened to it. Happenings count by their own day, not by the day of
 * entry; those of one day in the order in which they were entered. So a payment that is entered late, or taken back,
 * lets all later ones be allocated anew, and nothing has to be undone step by step.
 */
import type { Day } from '#domain/day.ts'
import { min } from '#domain/money.ts'
import { type AllocationLine, allocate } from '#domain/loans/allocation.ts'
import type { AllocationRule } from '#domain/loans/allocation-rule.ts'
import {
  type Happening,
  inOrder,
  isDue,
  type LossHappening,
  type PlanHappening,
  type RefundHappening,
  type ReturnHappening,
  type WaiverHappening,
} from '#domain/loans/happening.ts'
import { type Parts, addParts, NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import {
  type Levy,
  type LoanRow,
  type PlannedRow,
  layOut,
  levied,
  losesMoney,
  payRow,
  unpayRow,
  waiveOnRow,
} from '#domain/loans/loan-rows.ts'
import type { AsOf } from '#domain/loans/recalculation.ts'
import type { Reckon } from '#domain/loans/reckoner.ts'
import type { PrincipalPaid } from '#domain/loans/running-interest.ts'

/** What became of one payment or refund: its parts and, of a payment, what is left over of it. */
export interface Applied {
  readonly id: number
  /** Which instalments it reached; one more than once where an overpayment was used later. */
  readonly lines: readonly AllocationLine[]
  readonly parts: Parts
  readonly overpayment: bigint
}

export interface LoanState {
  readonly rows: readonly LoanRow[]
  readonly applied: ReadonlyMap<number, Applied>
  /** Money received beyond everything owed, not refunded. */
  readonly overpaid: bigint
  /** The rows as each loss found them. */
  readonly losses: ReadonlyMap<number, readonly LoanRow[]>
  /** Payments and refunds that came after the first loss. */
  readonly afterLoss: ReadonlySet<number>
}

interface Held {
  readonly id: number
  readonly day: Day
  readonly rule: AllocationRule
  left: bigint
  /** What of the overpayment has been paid back: it stays a part of what the payment overpaid. */
  refunded: bigint
}

interface Working {
  plan: readonly PlannedRow[]
  reckon: Reckon | null
  readonly levies: Levy[]
  /** Principal lent again by refunds. */
  lentAgain: Levy[]
  rows: LoanRow[]
  /** Charges have come since the rows were laid out. */
  unlaid: boolean
  /** All happenings so far that are no dues, in order. */
  moved: Happening[]
  readonly applied: Map<number, Applied>
  /** Overpayments, oldest first: they pay what falls due later, and count by their own day. */
  held: Held[]
  /** Principal paid on instalments or given up, down payments left out: what interest is reckoned on. */
  principalPaid: PrincipalPaid[]
  readonly losses: Map<number, readonly LoanRow[]>
  readonly afterLoss: Set<number>
}

export interface Replaying {
  /** The day as of which interest is reckoned anew; null leaves it as the last payment found it. */
  readonly asOf: AsOf | null
  /**
   * All dues of today's schedule and charges stand before the first payment, so that early money reaches debts that were
   * entered later. Otherwise a payment finds only what had taken effect by its day.
   */
  readonly duesFirst: boolean
}

/** The state after all happenings, given in order of entry. */
export function replay(
  history: readonly Happening[],
  { asOf, duesFirst }: Replaying = { asOf: null, duesFirst: false },
): LoanState {
  const loan = newWorking()
  for (const happening of inOrder(history, duesFirst)) happen(loan, happening)
  return stateOf(loan, asOf)
}

/** The states of a history that grows, where what is the same as before is not done again. */
export interface Replayer {
  /**
   * The state after all happenings, given in order of entry. The same object stands for the same happening: what comes after
   * the first one that is new, gone or in another place is replayed.
   */
  state(history: readonly Happening[], asOf: AsOf | null): LoanState
  /** How many happenings of the history would have to be replayed. */
  newIn(history: readonly Happening[]): number
}

export function replayer(duesFirst: boolean): Replayer {
  let before: readonly Happening[] = []
  /** The loan after the first so many happenings. */
  const reached: Working[] = [newWorking()]
  const sameIn = (ordered: readonly Happening[]): number => {
    const changed = ordered.findIndex((happening, at) => happening !== before[at])
    return changed < 0 ? ordered.length : changed
  }
  return {
    state(history, asOf) {
      const ordered = inOrder(history, duesFirst)
      const same = sameIn(ordered)
      reached.length = same + 1
      for (const happening of ordered.slice(same)) {
        const loan = copyOf(reached.at(-1)!)
        happen(loan, happening)
        reached.push(loan)
      }
      before = ordered
      return stateOf(copyOf(reached.at(-1)!), asOf)
    },
    newIn: (history) => history.length - sameIn(inOrder(history, duesFirst)),
  }
}

/** The rows after histories of which each is mostly the last one with more at its end. */
export interface RowReplayer {
  /**
   * The rows after all happenings, given in order of entry. The same object stands for the same happening: only what comes
   * after the first one that is new, gone or in another place is replayed, and a few before it.
   */
  rows(history: readonly Happening[], asOf: AsOf): readonly LoanRow[]
}

/** So many happenings apart are the states from which a history that has changed is replayed. */
const KEPT_EVERY = 16

export function rowReplayer(duesFirst: boolean): RowReplayer {
  let done: readonly Happening[] = []
  let loan = newWorking()
  /** The loan after every KEPT_EVERY-th happening of those done. */
  const kept: Working[] = [newWorking()]
  return {
    rows(history, asOf) {
      const ordered = inOrder(history, duesFirst)
      const changed = done.findIndex((happening, at) => happening !== ordered[at])
      let at = done.length
      if (changed >= 0) {
        kept.length = 1 + (changed - (changed % KEPT_EVERY)) / KEPT_EVERY
        at = (kept.length - 1) * KEPT_EVERY
        loan = copyOf(kept.at(-1)!)
      }
      for (; at < ordered.length; at++) {
        happen(loan, ordered[at]!)
        if ((at + 1) % KEPT_EVERY === 0) kept.push(copyOf(loan))
      }
      done = ordered
      layOutLevies(loan)
      // As of a day the plan and the rows are replaced, nothing else: the loan itself goes on as it is.
      return stateOf({ ...loan }, asOf).rows
    },
  }
}

const newWorking = (): Working => ({
  plan: [],
  reckon: null,
  levies: [],
  lentAgain: [],
  rows: [],
  unlaid: false,
  moved: [],
  applied: new Map(),
  held: [],
  principalPaid: [],
  losses: new Map(),
  afterLoss: new Set(),
})

/** What `happen` changes in place is copied; plans and rows are replaced by it as a whole. */
const copyOf = (loan: Working): Working => ({
  ...loan,
  levies: [...loan.levies],
  lentAgain: [...loan.lentAgain],
  moved: [...loan.moved],
  applied: new Map(loan.applied),
  held: loan.held.map((money) => ({ ...money })),
  principalPaid: [...loan.principalPaid],
  losses: new Map(loan.losses),
  afterLoss: new Set(loan.afterLoss),
})

function stateOf(loan: Working, asOf: AsOf | null): LoanState {
  layOutLevies(loan)
  if (asOf) reckonAnew(loan, asOf)
  const overpaid = loan.held.reduce((total, held) => total + held.left, 0n)
  const { rows, applied, losses, afterLoss } = loan
  return { rows, applied, overpaid, losses, afterLoss }
}

function happen(loan: Working, event: Happening): void {
  if (event.kind !== 'levy') layOutLevies(loan)
  if (!isDue(event)) loan.moved.push(event)
  if (event.kind === 'plan') {
    take(loan, event)
  } else if (event.kind === 'levy') {
    levy(loan, event.levy)
  } else if (event.kind === 'payment') {
    if (loan.losses.size > 0) loan.afterLoss.add(event.id)
    receive(loan, { id: event.id, day: event.day, rule: event.rule, left: event.amount, refunded: 0n })
  } else if (event.kind === 'refund') refund(loan, event)
  else if (event.kind === 'loss') lose(loan, event)
  else if (event.kind === 'return') handBack(loan, event)
  else waive(loan, event)
}

/**
 * Charges that follow one another are laid out together, before anything asks for the rows: unless there are overpayments,
 * which pay each charge as it comes. One on a known row changes that row alone.
 */
function levy(loan: Working, one: Levy): void {
  loan.levies.push(one)
  const rows = loan.unlaid || loan.held.length > 0 ? null : levied(loan.plan, one, loan.rows)
  if (rows) loan.rows = rows
  else if (loan.held.length > 0) settleAnew(loan)
  else loan.unlaid = true
}

function layOutLevies(loan: Working): void {
  if (!loan.unlaid) return
  loan.rows = layOut(loan.plan, [...loan.levies, ...loan.lentAgain], loan.rows)
  loan.unlaid = false
}

function take(loan: Working, event: PlanHappening): void {
  const before = loan.rows
  loan.plan = event.rows
  loan.reckon = event.reckon ?? null
  loan.rows = layOut(loan.plan, [...loan.levies, ...loan.lentAgain], before)
  if (before.length > 0) reckonAnew(loan, { day: event.day, settling: null })
  if (losesMoney(before, loan.rows)) moveAnew(loan)
  else settleAnew(loan)
}

/** A plan that has no place for what was paid: all money is allocated anew on it, in its order. */
function moveAnew(loan: Working): void {
  const { moved } = loan
  loan.applied.clear()
  loan.lentAgain = []
  loan.moved = []
  loan.held = []
  loan.principalPaid = []
  loan.losses.clear()
  loan.afterLoss.clear()
  loan.rows = layOut(loan.plan, loan.levies, [])
  for (const event of moved) happen(loan, event)
}

/** The rows with what is new in them, and the overpayments allocated to it. */
function settleAnew(loan: Working): void {
  loan.unlaid = false
  loan.rows = layOut(loan.plan, [...loan.levies, ...loan.lentAgain], loan.rows)
  const held = loan.held
  loan.held = []
  for (const money of held) receive(loan, money)
}

/** The plan as payments have changed it by a day, and the rows laid out by it. */
function reckonAnew(loan: Working, asOf: AsOf): void {
  if (!loan.reckon || loan.rows.length === 0) return
  loan.plan = loan.reckon(loan.rows, loan.principalPaid, asOf)
  loan.rows = layOut(loan.plan, [...loan.levies, ...loan.lentAgain], loan.rows)
}

function receive(loan: Working, money: Held): void {
  reckonAnew(loan, { day: money.day, settling: endReached(money.rule) })
  const found = allocate(
    loan.rows.map((row) => row.instalment),
    { amount: money.left, day: money.day },
    money.rule,
  )
  payRows(loan, found.lines, money.day)
  const before = loan.applied.get(money.id)
  const parts = before ? addParts(before.parts, found.parts) : found.parts
  const lines = [...(before?.lines ?? []), ...found.lines]
  loan.applied.set(money.id, { id: money.id, lines, parts, overpayment: found.overpayment + money.refunded })
  if (found.overpayment > 0n) loan.held.push({ ...money, left: found.overpayment })
}

function payRows(loan: Working, lines: readonly AllocationLine[], day: Day): void {
  const received = new Map(lines.map((line) => [line.nr, line.parts]))
  let amount = 0n
  loan.rows = loan.rows.map((row) => {
    const parts = received.get(row.nr)
    if (parts && row.kind === 'instalment') amount += parts.principal
    return parts ? payRow(row, parts, day) : row
  })
  if (amount > 0n) loan.principalPaid.push({ day, amount })
}

/** From which end money in advance comes to the instalments. */
const endReached = (rule: AllocationRule): 'fromFirst' | 'fromLast' =>
  rule.order === 'ranked' && (rule.inAdvanceTo === 'last' || rule.inAdvanceTo === 'currentThenLast')
    ? 'fromLast'
    : 'fromFirst'

/** Its dues stay as they are on that day. Where nothing is owed, nothing is lost and the loan stays in the books. */
function lose(loan: Working, event: LossHappening): void {
  reckonAnew(loan, { day: event.day, settling: null })
  if (loan.rows.every(({ instalment }) => totalOf(outstandingOf(instalment)) === 0n)) return
  loan.reckon = null
  loan.losses.set(event.id, loan.rows)
}

function refund(loan: Working, event: RefundHappening): void {
  if (loan.losses.size > 0) loan.afterLoss.add(event.id)
  let left = event.amount
  for (const money of loan.held) {
    const portion = min(left, money.left)
    money.left -= portion
    money.refunded += portion
    left -= portion
  }
  loan.held = loan.held.filter((money) => money.left > 0n)
  const parts = { ...NOTHING, principal: left }
  loan.applied.set(event.id, { id: event.id, lines: [], parts, overpayment: event.amount - left })
  if (left === 0n) return
  const lent = left
  loan.lentAgain.push({ component: 'principal', dueDay: event.day, amountOn: () => lent })
  settleAnew(loan)
}

function handBack(loan: Working, event: ReturnHappening): void {
  let left = event.amount
  let returned = NOTHING
  loan.rows = loan.rows
    .toReversed()
    .map((row) => {
      const { row: after, parts } = unpayRow(row, left)
      left -= totalOf(parts)
      returned = addParts(returned, parts)
      return after
    })
    .toReversed()
  loan.principalPaid.push({ day: event.day, amount: -returned.principal })
  loan.applied.set(event.id, { id: event.id, lines: [], parts: returned, overpayment: left })
}

function waive(loan: Working, event: WaiverHappening): void {
  const { nr, dueDay } = event
  const isMeant = (row: LoanRow): boolean =>
    nr === undefined ? row.kind !== 'downPayment' && dueDay <= row.dueDay : row.nr === nr
  const at = loan.rows.findIndex(isMeant)
  const row = loan.rows[at]
  if (!row) return
  const { component, day } = event
  const amount = event.amount ?? outstandingOf(row.instalment)[component]
  if (component === 'principal') waivePrincipal(loan, { from: at, day, amount })
  else loan.rows = loan.rows.with(at, waiveOnRow(row, component, amount))
}

/**
 * Principal that is given up bears no interest from that day on, and stays given up: what its row has no room for (it was
 * paid by then) is spared on the rows behind it, then on those before it.
 */
function waivePrincipal(loan: Working, { from, day, amount }: { from: number; day: Day; amount: bigint }): void {
  const { rows } = loan
  let left = amount
  for (const [at, row] of [...rows.entries(), ...rows.entries()].slice(from, from + rows.length)) {
    const after = waiveOnRow(row, 'principal', left)
    const portion = after.instalment.waived.principal - row.instalment.waived.principal
    left -= portion
    loan.rows = loan.rows.with(at, after)
    if (portion > 0n && row.kind === 'instalment') loan.principalPaid.push({ day, amount: portion })
  }
}
