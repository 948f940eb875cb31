/** Promises to pay: made, and decided by what was paid when their day has gone. */
import { judgePromise, type PromiseStatus } from '#domain/collections/promise.ts'
import { addDays, type Day } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/collections/interaction-store.ts'
import { loanReached } from '#modules/collections/loan-views.ts'
import { promiseById, type PromiseView } from '#modules/collections/promise-views.ts'
import { actorLabel, type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export type NewPromise = Omit<store.NewPromise, 'customerId'>

/**
 * Notes what a customer promised to pay on a loan until a day; an open promise of the same loan is replaced by it. Refuses
 * loan_not_found, not_yours, invalid_input (a day that has gone).
 */
export async function makePromise(ctx: Ctx, promise: NewPromise): Promise<number> {
  const loan = (await loanReached(ctx, promise.loanId)) ?? refuse('loan_not_found')
  if (!loan.mayRead) refuse('not_yours', { loanId: promise.loanId })
  if (promise.dueOn < ctx.today) refuse('invalid_input', { fields: { due_on: 'Give today or a later day.' } })
  if (promise.amount <= 0n) refuse('invalid_input', { fields: { amount: 'Give a positive amount.' } })
  const id = await store.insertPromise(ctx, { ...promise, customerId: loan.customerId })
  emit(ctx, 'promise.made', promiseFacts((await promiseById(ctx, id))!))
  return id
}

/**
 * Withdraws a promise that was noted by mistake: by whoever noted it, or works on its customer. Refuses promise_not_found,
 * not_yours, promise_not_open.
 */
export async function withdrawPromise(ctx: Ctx, id: number): Promise<void> {
  const promise = (await promiseById(ctx, id)) ?? refuse('promise_not_found')
  const loan = await loanReached(ctx, promise.loanId)
  if (!loan?.mayWrite && promise.madeBy !== actorLabel(ctx.actor)) refuse('not_yours')
  if (!(await store.withdrawPromise(ctx, id))) refuse('promise_not_open')
  emit(ctx, 'promise.withdrawn', promiseFacts(promise))
}

const PROMISES_AT_ONCE = 500
/** So long after its day a promise is looked at again, for money that was taken back or matched late. */
const DAYS_REVIEWED = 90

export interface JudgedPromises {
  readonly kept: number
  readonly partKept: number
  readonly broken: number
}

/** The promises' part of the close of business, over the day before today. Safe to run again, and after a kill. */
export async function judgePromises(door: Door): Promise<JudgedPromises> {
  const closed = addDays(door.today, -1)
  const decided: Decided[] = []
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const portion: Portion = await transact(door, (ctx) => judgePortion(ctx, { after: from, closed }))
    decided.push(...portion.decided)
    after = portion.last
  }
  const count = (status: Decided): number => decided.filter((other) => other === status).length
  return { kept: count('kept'), partKept: count('part_kept'), broken: count('broken') }
}

type Decided = Extract<PromiseStatus, 'kept' | 'part_kept' | 'broken'>

interface Portion {
  readonly decided: readonly Decided[]
  /** The last promise seen; null where there are no more. */
  readonly last: number | null
}

async function judgePortion(ctx: Ctx, from: { after: number; closed: Day }): Promise<Portion> {
  const since = addDays(from.closed, -DAYS_REVIEWED)
  const promises = await store.lockPromises(ctx, { after: from.after, limit: PROMISES_AT_ONCE, since })
  const judged = promises.flatMap((promise) => {
    const status = judgePromise(promise, promise.paid, from.closed)
    // One that was kept before its day and is not any more waits for its day: another may be open meanwhile.
    if (status === 'open' && promise.status !== 'open') return []
    return status === promise.status && promise.paid === promise.paidBefore
      ? []
      : [{ ...promise, was: promise.status, status }]
  })
  await store.writeJudged(ctx, judged)
  const decided = judged.flatMap((promise) => (promise.was === promise.status ? [] : announce(ctx, promise)))
  return { decided, last: promises.length < PROMISES_AT_ONCE ? null : promises.at(-1)!.id }
}

function announce(ctx: Ctx, promise: store.PaidPromise & { readonly status: PromiseStatus }): Decided[] {
  const { status } = promise
  if (status !== 'kept' && status !== 'part_kept' && status !== 'broken') return []
  emit(ctx, `promise.${status}`, promiseFacts(promise))
  return [status]
}

type Told = Pick<PromiseView, 'id' | 'loanId' | 'customerId' | 'amount' | 'currency' | 'dueOn' | 'paid'>

const promiseFacts = ({ id, loanId, customerId, amount, paid, currency, dueOn }: Told) => ({
  promise_id: id,
  loan_id: loanId,
  customer_id: customerId,
  amount: String(amount),
  paid: String(paid),
  currency,
  due_on: dueOn,
})
