/**
 * A payment order to a provider who answers in their own time. reserved → sent → confirmed | returned | unknown.
 *
 * Money goes out on the provider's word, however it comes. It goes back on an answer to a question of ours alone: anybody
 * who learned the address of a result could post that a payment failed. An order stays unknown until such an answer.
 * What the provider says otherwise after an order was settled is asked about as well, and told to a person. Sending again
 * is safe, since the order keeps its name with the provider.
 */

export type PayoutStatus = 'reserved' | 'sent' | 'confirmed' | 'returned' | 'unknown'
export type PayoutChannel = 'mpesa' | 'counter'

/** What came of handing an order over. */
export type Handover =
  | { readonly outcome: 'accepted'; readonly conversationId: string }
  /** The provider has an order of this name: an earlier try had arrived. */
  | { readonly outcome: 'known_already' }
  /** Surely not taken, and will not be: the order itself is wrong. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Surely not taken, for now: out of reach, too busy, or our credentials are not accepted. */
  | { readonly outcome: 'not_reached'; readonly reason: string }
  /** Perhaps taken: the answer was lost, or says nothing. */
  | { readonly outcome: 'unheard'; readonly reason: string }

interface Paid {
  readonly verdict: 'paid'
  readonly receipt: string
  /** Minor units; null where it is not said. */
  readonly amount: bigint | null
}
interface Reasoned<Word extends string> {
  readonly verdict: Word
  readonly reason: string
}

/** What is said to come from the provider unasked: the result of an order. */
export type Verdict = Paid | Reasoned<'failed'> | Reasoned<'unclear'>

/** What the provider answers to a question: not_found where they know no such order, pending while they work on it. */
export type ProviderAnswer = Paid | Reasoned<'failed' | 'not_found' | 'pending' | 'unclear'>
export type AnswerWord = ProviderAnswer['verdict']

export interface Order {
  readonly channel: PayoutChannel
  readonly status: PayoutStatus
  /** Minor units. */
  readonly amount: bigint
  readonly receipt: string | null
  /** Why it stands where it stands, as it was said last. */
  readonly reason: string | null
  /** Tries to hand it over so far. */
  readonly attempts: number
  /** Since when a try is in hand; of a worker that died, for ever. */
  readonly sendingSince: Date | null
  /** An earlier try may have arrived. */
  readonly inDoubt: boolean
  /** Questions asked about it so far; the latest one that was answered, when, and how. */
  readonly questions: number
  readonly answered: number
  readonly answeredAt: Date | null
  readonly answer: AnswerWord | null
  /** When it is to be sent, or asked about, again; null: never. */
  readonly nextTry: Date | null
  readonly contradicted: boolean
  /** What the customer owes since it was paid although it had gone back. Minor units. */
  readonly debt: bigint
}

/**
 * What happens to an order's money: `out` for good, `back` to where it came from, `back_after_all` when it had been noted as
 * paid, `owed` by the customer who was paid although it had gone back.
 */
type Settlement = 'out' | 'back' | 'back_after_all' | 'owed'

/** How an order stands after what happened, and what is to be done with its money now. */
export interface Step {
  readonly status: PayoutStatus
  readonly inDoubt: boolean
  readonly nextTry: Date | null
  readonly reason: string | null
  readonly receipt: string | null
  readonly answered: number
  readonly answeredAt: Date | null
  readonly answer: AnswerWord | null
  readonly settle: Settlement | null
  /** Of `owed`: what was paid. Minor units. */
  readonly owed: bigint
  /** The provider said otherwise before, or names another amount: a person must look. */
  readonly contradicted: boolean
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
export const TRIES_AT_MOST = 12
export const QUESTIONS_AT_MOST = 60
/** So often a result is asked about at once; then by the usual pauses, so that nobody makes us ask without end. */
const AT_ONCE_AT_MOST = 10
/** A result usually comes within seconds; before this nobody is asked. */
const ANSWER_USUALLY_WITHIN = 2 * MINUTE
/** After this a try in hand has arrived or never will. */
const TRY_TAKES_AT_MOST = 10 * MINUTE

/** Pauses that double, up to half an hour. */
const after = (now: Date, first: number, times: number): Date =>
  new Date(now.getTime() + Math.min(first * 2 ** Math.min(times, 20), 30 * MINUTE))

const earlier = (a: Date | null, b: Date | null): Date | null => (a === null ? b : b === null || a < b ? a : b)

const step = (order: Order, change: Partial<Step>): Step => ({
  status: order.status,
  inDoubt: order.inDoubt,
  nextTry: null,
  reason: null,
  receipt: order.receipt,
  answered: order.answered,
  answeredAt: order.answeredAt,
  answer: order.answer,
  settle: null,
  owed: 0n,
  contradicted: false,
  ...change,
})

const isSettled = ({ status }: Order): boolean => status === 'confirmed' || status === 'returned'

/**
 * After a try to hand an order over; one that was settled meanwhile stays settled. An answer from before the try ended says
 * nothing of it.
 */
export function afterHandover(order: Order, handover: Handover, now: Date): Step {
  if (isSettled(order)) return step(order, { nextTry: order.nextTry })
  const unanswered = { answer: null }
  if (handover.outcome === 'accepted' || handover.outcome === 'known_already') {
    const soon = new Date(now.getTime() + ANSWER_USUALLY_WITHIN)
    if (order.status === 'unknown') return step(order, { ...unanswered, nextTry: earlier(order.nextTry, soon) })
    return step(order, { ...unanswered, status: 'sent', nextTry: soon })
  }
  const { outcome, reason } = handover
  const inDoubt = order.inDoubt || outcome === 'unheard'
  if (order.status === 'unknown') return step(order, { ...unanswered, inDoubt, reason, nextTry: order.nextTry ?? now })
  const isLast = outcome === 'refused' || order.attempts >= TRIES_AT_MOST
  if (!isLast) return step(order, { inDoubt, reason, nextTry: after(now, 10 * SECOND, order.attempts - 1) })
  if (!inDoubt) return step(order, { status: 'returned', reason, settle: 'back' })
  return step(order, { ...unanswered, status: 'unknown', inDoubt, reason, nextTry: after(now, 30 * SECOND, 0) })
}

/** After a result came unasked, however late and often: paid is believed, all else is asked about. */
export function afterVerdict(order: Order, verdict: Verdict, now: Date): Step {
  if (isSettled(order)) {
    if (!contradicts(order, verdict)) return step(order, { nextTry: order.nextTry })
    return step(order, { contradicted: true, nextTry: askSoon(order, now) })
  }
  if (verdict.verdict === 'paid') return paid(order, verdict, askSoon(order, now))
  const { reason } = verdict
  if (verdict.verdict === 'failed') return step(order, { status: 'unknown', reason, nextTry: askSoon(order, now) })
  return step(order, { status: 'unknown', reason, nextTry: earlier(order.nextTry, askLater(order, now)) })
}

/**
 * After the provider answered a question. Each question counts once and in order; an answer to an earlier one is no more
 * than a result that came unasked.
 */
export function afterAnswer(order: Order, { nr, said }: { nr: number; said: ProviderAnswer }, now: Date): Step {
  if (nr <= order.answered || nr > order.questions) {
    const isVerdict = said.verdict === 'paid' || said.verdict === 'failed'
    return isVerdict ? afterVerdict(order, said as Verdict, now) : step(order, { nextTry: order.nextTry })
  }
  const noted = { answered: nr, answeredAt: now, answer: said.verdict }
  if (isSettled(order)) return { ...answeredWhenSettled(order, said, now), ...noted }
  if (said.verdict === 'paid') return { ...paid(order, said, null), ...noted }
  const { verdict } = said
  const reason = order.reason === null ? said.reason : `${said.reason} (before: ${order.reason})`.slice(0, 300)
  if (verdict === 'failed') return step(order, { ...noted, status: 'returned', reason, settle: 'back' })
  return step(order, { ...noted, status: 'unknown', reason: said.reason, nextTry: askLater(order, now) })
}

/** After a question was put: without an answer the order is unknown, and it is put again later. */
export function afterQuestion(order: Order, now: Date): Step {
  if (order.answered >= order.questions) return step(order, { nextTry: order.nextTry })
  const nextTry = askLater(order, now)
  if (isSettled(order)) return step(order, { nextTry })
  return step(order, { status: 'unknown', reason: order.reason ?? 'no result yet', nextTry })
}

/** Pays out what is not settled yet; another amount than was ordered is for a person. */
function paid(order: Order, { receipt, amount }: Paid, nextTry: Date | null): Step {
  if (amount === null || amount === order.amount) return step(order, { status: 'confirmed', receipt, settle: 'out' })
  return step(order, {
    ...{ status: 'unknown', receipt, reason: `another amount: ${amount}`, contradicted: true, nextTry },
  })
}

/** The order was settled, and then questioned: the answer says whether its money must still be found. */
function answeredWhenSettled(order: Order, said: ProviderAnswer, now: Date): Step {
  const isOpen = said.verdict === 'pending' || said.verdict === 'unclear'
  if (isOpen) return step(order, { nextTry: askLater(order, now) })
  const contradicted = contradicts(order, said)
  if (said.verdict !== 'paid' || order.status !== 'returned' || order.debt > 0n) return step(order, { contradicted })
  const { receipt, amount } = said
  return step(order, {
    contradicted,
    receipt,
    settle: 'owed',
    owed: amount !== null && amount > 0n ? amount : order.amount,
  })
}

function contradicts(order: Order, said: ProviderAnswer): boolean {
  if (said.verdict === 'paid') {
    const isOwed = order.status === 'returned' && order.debt === 0n
    return isOwed || (order.receipt !== null && order.receipt !== said.receipt)
  }
  return said.verdict === 'failed' && order.status === 'confirmed'
}

const askSoon = (order: Order, now: Date): Date | null => {
  if (order.questions < AT_ONCE_AT_MOST) return now
  return order.nextTry ?? askLater(order, now)
}

const askLater = ({ questions }: Order, now: Date): Date | null =>
  questions >= QUESTIONS_AT_MOST ? null : after(now, ANSWER_USUALLY_WITHIN, questions)

/** Whether no try of it can have reached the provider, and none is in hand. */
const isSurelyNotThere = ({ status, inDoubt, sendingSince }: Order): boolean =>
  status === 'reserved' && !inDoubt && sendingSince === null

/**
 * Whether a person may give an order's money back: what was never handed over; what the provider, when asked, does not
 * know; what was noted as paid and the provider says is not. At the counter, what was not fetched.
 */
export function mayBeReturned(order: Order): boolean {
  if (order.channel === 'counter') return !isSettled(order)
  if (order.status === 'reserved') return isSurelyNotThere(order)
  const { status, answer, sendingSince, answeredAt } = order
  if (answeredAt === null || order.answered < order.questions) return false
  if (sendingSince !== null && answeredAt.getTime() < sendingSince.getTime() + TRY_TAKES_AT_MOST) return false
  return status === 'confirmed' ? answer === 'failed' : status === 'unknown' && answer === 'not_found'
}

/** Whether a person may note an order as paid, by a receipt: not while it is being handed over. */
export const mayBeConfirmed = (order: Order): boolean =>
  !isSettled(order) && (order.channel === 'counter' || order.status !== 'reserved' || isSurelyNotThere(order))

/** After a person gave the money back, where they may. What the provider did not know is asked about once more later. */
export function afterReturn(order: Order, reason: string, now: Date): Step {
  if (order.status === 'confirmed') return step(order, { status: 'returned', reason, settle: 'back_after_all' })
  const nextTry = mayBeAsked(order) ? new Date(now.getTime() + 30 * MINUTE) : null
  return step(order, { status: 'returned', reason, settle: 'back', nextTry })
}

/** After a person noted that it was paid, where they may. */
export const afterConfirmation = (order: Order, receipt: string): Step =>
  step(order, { status: 'confirmed', receipt, settle: 'out' })

/** Whether there is anything to ask the provider: an order that was handed over, or may have been. */
export const mayBeAsked = ({ channel, status }: Order): boolean => channel === 'mpesa' && status !== 'reserved'
