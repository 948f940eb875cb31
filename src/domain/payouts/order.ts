/**
 * A payment order to a provider who answers in his own time. reserved → sent → confirmed | returned | unknown. Nothing is
 * guessed: an order is paid when the provider says so, comes back when he says that it failed or surely never took it, and
 * is unknown until he says either. Sending again is safe, since the order keeps its name with the provider.
 */

export type PayoutStatus = 'reserved' | 'sent' | 'confirmed' | 'returned' | 'unknown'

/** What came of handing an order over. */
export type Handover =
  | { readonly outcome: 'accepted'; readonly conversationId: string }
  /** He has an order of this name: an earlier try had arrived. */
  | { readonly outcome: 'known_already' }
  /** Surely not taken, and will not be: the order itself is wrong. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Surely not taken, for now: out of reach, too busy, or our credentials are not accepted. */
  | { readonly outcome: 'not_reached'; readonly reason: string }
  /** Perhaps taken: the answer was lost, or says nothing. */
  | { readonly outcome: 'unheard'; readonly reason: string }

/** What the provider says became of an order. */
export type Verdict =
  | { readonly verdict: 'paid'; readonly receipt: string; readonly amount: bigint | null }
  | { readonly verdict: 'failed'; readonly reason: string }
  /** Not decided, not found, or in words that do not say whether money moved. */
  | { readonly verdict: 'unclear'; readonly reason: string }

export interface Order {
  readonly status: PayoutStatus
  readonly amount: bigint
  readonly receipt: string | null
  /** Tries to hand it over so far. */
  readonly attempts: number
  /** Questions asked about it so far. */
  readonly questions: number
  /** An earlier try may have arrived. */
  readonly inDoubt: boolean
}

/** What is to be done with an order now. `settle`: its money goes out for good, or back to where it came from. */
export interface Step {
  readonly status: PayoutStatus
  readonly inDoubt: boolean
  /** When it is to be sent, or asked about, again; null: never. */
  readonly nextTry: Date | null
  readonly reason: string | null
  readonly receipt: string | null
  readonly settle: 'out' | 'back' | null
  /** The provider said otherwise before, or names another amount: a person must look. */
  readonly contradicted: boolean
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
export const TRIES_AT_MOST = 12
const QUESTIONS_AT_MOST = 60
/** A result usually comes within seconds; before this nobody is asked. */
const ANSWER_USUALLY_WITHIN = 2 * MINUTE

/** Pauses that double, up to half an hour. */
const after = (now: Date, first: number, times: number): Date =>
  new Date(now.getTime() + Math.min(first * 2 ** Math.min(times, 20), 30 * MINUTE))

const step = (order: Order, change: Partial<Step>): Step => ({
  status: order.status,
  inDoubt: order.inDoubt,
  nextTry: null,
  reason: null,
  receipt: order.receipt,
  settle: null,
  contradicted: false,
  ...change,
})

/** After a try to hand an order over; one that the provider has settled meanwhile stays settled. */
export function afterHandover(order: Order, handover: Handover, now: Date): Step {
  if (isSettled(order)) return step(order, {})
  if (handover.outcome === 'accepted' || handover.outcome === 'known_already') {
    if (order.status === 'unknown') return step(order, { nextTry: after(now, ANSWER_USUALLY_WITHIN, order.questions) })
    return step(order, { status: 'sent', nextTry: new Date(now.getTime() + ANSWER_USUALLY_WITHIN) })
  }
  const { outcome, reason } = handover
  const inDoubt = order.inDoubt || outcome === 'unheard'
  const isLast = outcome === 'refused' || order.attempts >= TRIES_AT_MOST
  if (!isLast) return step(order, { inDoubt, reason, nextTry: after(now, 10 * SECOND, order.attempts - 1) })
  if (!inDoubt) return step(order, { status: 'returned', reason, settle: 'back' })
  return step(order, { status: 'unknown', inDoubt, reason, nextTry: after(now, 30 * SECOND, 0) })
}

/** After the provider said what became of it, by whatever way he said it, however late and however often. */
export function afterVerdict(order: Order, verdict: Verdict, now: Date): Step {
  if (isSettled(order)) return step(order, { contradicted: contradicts(order, verdict) })
  if (verdict.verdict === 'failed') return step(order, { status: 'returned', reason: verdict.reason, settle: 'back' })
  if (verdict.verdict === 'unclear') return unclear(order, verdict.reason, now)
  const { receipt, amount } = verdict
  if (amount !== null && amount !== order.amount) {
    return step(order, { status: 'unknown', receipt, reason: `another amount: ${amount}`, contradicted: true })
  }
  return step(order, { status: 'confirmed', receipt, settle: 'out' })
}

/** A question could not be put, or was taken: the answer comes by itself, or the question is put again. */
export function afterQuestion(order: Order, now: Date): Step {
  return isSettled(order) ? step(order, {}) : unclear(order, 'no result yet', now)
}

function unclear(order: Order, reason: string, now: Date): Step {
  const nextTry = order.questions >= QUESTIONS_AT_MOST ? null : after(now, ANSWER_USUALLY_WITHIN, order.questions)
  return step(order, { status: 'unknown', reason, nextTry })
}

const isSettled = ({ status }: Order): boolean => status === 'confirmed' || status === 'returned'

function contradicts(order: Order, verdict: Verdict): boolean {
  if (verdict.verdict === 'paid') {
    return order.status === 'returned' || (order.receipt !== null && order.receipt !== verdict.receipt)
  }
  return verdict.verdict === 'failed' && order.status === 'confirmed'
}
