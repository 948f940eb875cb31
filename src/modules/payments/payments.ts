/** Money in: taken once per provider reference, never refused, never lost. What cannot be applied waits in suspense for a person. */
import type { Day } from '#domain/day.ts'
import { MOBILE_MONEY, SUSPENSE } from '#domain/ledger/chart.ts'
import { credit, debit, type NewEntry } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { Refusal } from '#domain/refusal.ts'
import { entryIdOf, post } from '#modules/ledger/ledger.ts'
import {
  bookedOn,
  type OpenLoan,
  openLoansOf,
  postedOf,
  type Repayment,
  recordRepayments,
  repaymentEntries,
  settle,
} from '#modules/loan-repayments/loan-repayments.ts'
import { type Payers, payersOf } from '#modules/payments/payers.ts'
import * as store from '#modules/payments/store.ts'
import { emitSuspended } from '#modules/payments/suspended.ts'
import { type Batcher, createBatcher } from '#platform/work/batcher.ts'
import { actorLabel, type Ctx, type Door, type Services, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { sqlState, violatedKey } from '#platform/database/db.ts'
import { metricsOf } from '#platform/observability/metrics.ts'

/** A payment as a provider told us of it. */
export interface Incoming {
  readonly provider: 'mpesa'
  /** The provider's own number of it, unique for ever. */
  readonly reference: string
  /** E.164. */
  readonly payerPhone: string | null
  readonly accountRef: string | null
  /** Minor units of the organisation's currency, positive. */
  readonly amount: bigint
  readonly valueDay: Day
}

/** What became of it; a second delivery gets the first one's receipt. */
export interface Receipt {
  readonly paymentId: number
  readonly status: store.PaymentStatus
  /** Why it is in suspense. */
  readonly reason: string | null
  readonly amount: bigint
  readonly overpayment: bigint
  /** This reference had been received before: nothing was booked again. */
  readonly repeated: boolean
}

/**
 * Takes a payment in and answers when it is durable. Payments that arrive while a batch is being written form the next
 * batch, so a thousand at once cost little more than one; only what the same contract and actor bring shares one, since
 * books and events name them. Refuses unavailable when far too many wait.
 */
export function receive(door: Door, incoming: Incoming): Promise<Receipt> {
  return intakeOf(door).submit({ door, incoming })
}

interface Arrival {
  readonly door: Door
  readonly incoming: Incoming
}

const MAX_BATCH = 256
const MAX_WAITING = 5_000
const intakes = new WeakMap<Services, Map<number, Batcher<Arrival, Receipt>>>()

/** One intake per organisation and process. */
function intakeOf(door: Door): Batcher<Arrival, Receipt> {
  const byOrg = intakes.get(door.services) ?? new Map<number, Batcher<Arrival, Receipt>>()
  intakes.set(door.services, byOrg)
  let intake = byOrg.get(door.org.id)
  if (!intake) {
    intake = createBatcher<Arrival, Receipt>({
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      overloaded: () => new Refusal('unavailable', { retryAfterSeconds: 1 }),
      kindOf: ({ door: { actor, contract } }) => `${contract} ${actorLabel(actor)}`,
      onBatch: (size) => metricsOf(door.services)?.batch('payments', size),
      run: (arrivals) =>
        receiveTogether(
          arrivals[0]!.door,
          arrivals.map((arrival) => arrival.incoming),
        ),
    })
    byOrg.set(door.org.id, intake)
  }
  return intake
}

/**
 * Runs a batch in one transaction. A reference that another process took in at the same moment is read back as received;
 * a single payment that cannot be applied, whatever the cause, is put in suspense rather than sent back.
 */
async function receiveTogether(door: Door, incoming: readonly Incoming[]): Promise<Receipt[]> {
  let suspend: store.SuspenseReason | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(door, (ctx) => receiveBatch(ctx, incoming, suspend))
    } catch (error) {
      if (violatedKey(error) !== null && attempt < 5) continue
      if (incoming.length > 1 || suspend !== undefined || isOutage(error)) throw error
      door.services.log.error(
        { err: error, payment: incoming[0]!.reference },
        'payment could not be applied: kept in suspense',
      )
      suspend = 'not_applicable'
    }
  }
}

/**
 * The database was not there, or gave up waiting: nothing was booked and the provider will deliver again. A refusal, a fault
 * in the data and a bug are none: the money is kept.
 */
function isOutage(error: unknown): boolean {
  if (error instanceof Refusal) return error.code === 'unavailable'
  const state = sqlState(error)
  if (state !== undefined) return !/^(2[1-3]|42|P0)/.test(state)
  return isSystemError(error) || (error instanceof Error && /connection|connect$|terminated|Client/.test(error.message))
}

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string'

/** Takes a batch of payments in, in the caller's transaction; one receipt each, in order. */
export async function receiveBatch(
  ctx: Ctx,
  incoming: readonly Incoming[],
  suspend?: store.SuspenseReason,
): Promise<Receipt[]> {
  const [before, payers] = await Promise.all([
    store.findByReferences(ctx, incoming),
    payersOf(ctx, suspend ? [] : incoming),
  ])
  const known = new Map(before.map((row) => [keyOf(row), receiptOf(row, true)]))
  const fresh = firstOfEach(incoming.filter((item) => !known.has(keyOf(item))))
  const settled = await settleAll(ctx, { fresh, payers, suspend })
  for (const row of await takeIn(ctx, settled)) known.set(keyOf(row), receiptOf(row, false))
  const answered = new Set<string>()
  return incoming.map((item) => {
    const key = keyOf(item)
    const receipt = known.get(key)!
    const repeated = receipt.repeated || answered.has(key)
    answered.add(key)
    return { ...receipt, repeated }
  })
}

const keyOf = (item: { provider: string; reference: string }): string => `${item.provider}:${item.reference}`

const receiptOf = (row: Omit<store.NewPayment, 'entryId'>, repeated: boolean): Receipt => ({
  paymentId: row.id,
  status: row.status,
  reason: row.reason,
  amount: row.amount,
  overpayment: row.overpayment,
  repeated,
})

const firstOfEach = (incoming: readonly Incoming[]): Incoming[] =>
  [...new Map([...incoming].reverse().map((item) => [keyOf(item), item])).values()].reverse()

interface Settled {
  readonly incoming: Incoming
  readonly id: number
  readonly customerId: number | null
  readonly repayments: readonly Repayment[]
  readonly reason: store.SuspenseReason | null
}

/** Posts and records settled payments. */
async function takeIn(ctx: Ctx, settled: readonly Settled[]): Promise<store.NewPayment[]> {
  if (settled.length === 0) return []
  const entries = settled.map((one) => entriesOf(ctx, one))
  const ids = (await post(ctx, entries.flat())).map(entryIdOf)
  const posted = settled.map(({ repayments }, n) => postedOf(repayments, ids.splice(0, entries[n]!.length)))
  const rows = settled.map((s, n) => paymentOf(s, posted[n]!.entryId))
  const repayments = settled.flatMap((s, n) =>
    s.repayments.map((r) => ({ ...r, ...posted[n]!, paymentId: s.id, reference: s.incoming.reference })),
  )
  await Promise.all([store.insertPayments(ctx, rows), recordRepayments(ctx, repayments)])
  for (const row of rows) if (row.status === 'suspense') emitSuspended(ctx, row)
  return rows
}

interface Fresh {
  readonly fresh: readonly Incoming[]
  readonly payers: Payers
  /** Applies none of them: all wait in suspense, for this reason. */
  readonly suspend: store.SuspenseReason | undefined
}

/** What payments that are new do to the payers' loans, which are locked; nothing is written yet. */
async function settleAll(ctx: Ctx, { fresh, payers, suspend }: Fresh): Promise<Settled[]> {
  if (fresh.length === 0) return []
  const [loans, first] = await Promise.all([
    openLoansOf(ctx, amountsByCustomer(fresh, payers), earliestOf(fresh)),
    takeNumbers(ctx, 'payment', fresh.length),
  ])
  // By value day: a payment that takes its place before another is settled before it.
  const inOrder = [...fresh].sort((a, b) => (a.valueDay < b.valueDay ? -1 : a.valueDay > b.valueDay ? 1 : 0))
  return inOrder.map((incoming, n) => {
    const customerId = payers.customerOf(incoming)
    const meant = payers.loanOf(incoming)
    const running: readonly OpenLoan[] = loans.get(customerId ?? 0) ?? []
    const owing = meant === null ? running : running.filter((loan) => loan.row.id === meant)
    const repayments = settle(owing, { amount: incoming.amount, day: incoming.valueDay })
    const reason = customerId === null ? 'payer_unknown' : repayments.length === 0 ? 'nothing_due' : null
    return { incoming, id: first + n, customerId, repayments, reason: suspend ?? reason }
  })
}

const earliestOf = (fresh: readonly Incoming[]): Day =>
  fresh.map((one) => one.valueDay).reduce((a, b) => (a < b ? a : b))

function amountsByCustomer(fresh: readonly Incoming[], payers: Payers): Map<number, bigint> {
  const amounts = new Map<number, bigint>()
  for (const payment of fresh) {
    const customerId = payers.customerOf(payment)
    if (customerId !== null) amounts.set(customerId, (amounts.get(customerId) ?? 0n) + payment.amount)
  }
  return amounts
}

/** One balanced entry a payment: the settlement account takes it, debts and credit (or suspense) give it. */
function entriesOf(ctx: Ctx, { incoming, id, repayments, reason }: Settled): NewEntry[] {
  const money = debit(MOBILE_MONEY, incoming.amount)
  const entry = {
    kind: reason ? ('receipt_in_suspense' as const) : ('repayment' as const),
    effectiveDay: bookedOn(incoming.valueDay, reason ? [] : repayments),
    hasArrived: true,
    reference: incoming.reference,
    idemKey: keyOf(incoming),
    money: reason ? [money, credit(SUSPENSE, incoming.amount, id)] : [money],
  }
  return repaymentEntries(ctx, entry, reason ? [] : repayments)
}

const paymentOf = (s: Settled, entryId: bigint): store.NewPayment => ({
  id: s.id,
  provider: s.incoming.provider,
  reference: s.incoming.reference,
  payerPhone: s.incoming.payerPhone,
  accountRef: s.incoming.accountRef,
  amount: s.incoming.amount,
  valueDay: s.incoming.valueDay,
  status: s.reason ? 'suspense' : 'applied',
  reason: s.reason,
  customerId: s.customerId,
  overpayment: sum(s.repayments.map((one) => one.overpayment)),
  entryId,
})

export { match, reject, takeBack } from '#modules/payments/decisions.ts'
export {
  BACKDATE_VERIFICATION,
  type BackdatedVerification,
  rejectClaim,
  submitClaim,
  verificationNeedsSecondPerson,
  verifyClaim,
} from '#modules/payments/claims.ts'
export { CLAIM_METHODS, type ClaimMethod } from '#domain/ledger/money-accounts.ts'
export { BACKDATE_SUSPENSE, keepInSuspense, type Unapplied } from '#modules/payments/unapplied.ts'
