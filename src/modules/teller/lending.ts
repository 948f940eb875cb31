/** Loans at the counter: lent to a client in one go, repaid from his account or by M-Pesa. */
import { IN_PASSAGE, MOBILE_MONEY, PAYOUTS_IN_TRANSIT, SAVINGS } from '#domain/ledger/chart.ts'
import { credit, debit, mergeLines } from '#domain/ledger/entry.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { firstOfficer } from '#modules/identity/views.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { firstProductFor } from '#modules/loan-products/loan-products.ts'
import type { AgreedTerms } from '#modules/loan-records/loan-records.ts'
import { apply, approve, disburse } from '#modules/loans/loans.ts'
import {
  lockWithToppedUp,
  openLoansOf,
  owedBy,
  recordRepayments,
  type Repayment,
  repaymentEntryLines,
  settle,
} from '#modules/loan-repayments/loan-repayments.ts'
import { allLoansOf } from '#modules/loan-records/views.ts'
import { payoutPlace, recipientOf, reservePayout } from '#modules/payouts/payouts.ts'
import { deposit, type LockedAccount, nextKey, recordMovements } from '#modules/savings/savings.ts'
import { accountOf, clientHimself, knownClient } from '#modules/teller/clients.ts'
import { collectFromPhone } from '#modules/teller/collections.ts'
import { handOut } from '#modules/teller/receipts.ts'
import type { Client, Receipt } from '#modules/teller/views.ts'
import { actingAs, type Ctx } from '#platform/context.ts'

export const REPAYMENT_SCHEDULES = ['weekly', 'monthly', 'yearly'] as const
type RepaymentSchedule = (typeof REPAYMENT_SCHEDULES)[number]

export interface Lending {
  readonly clientId: number
  /** Minor units. */
  readonly amount: bigint
  readonly destination: 'account' | 'mpesa'
  /** The product's own where left out. */
  readonly schedule?: RepaymentSchedule | undefined
}

/**
 * Lends to a client what he asks for at the counter: a loan of this amount that is approved already, or a new one of the
 * first product that covers it. Refuses customer_not_found, no_loan_product, amount_above_maximum, amount_below_minimum,
 * own_request to staff who lend to themselves, phone_missing, payout_not_payable, mobile_money_off.
 */
export async function lend(ctx: Ctx, lending: Lending): Promise<Receipt> {
  const client = await knownClient(ctx, lending.clientId)
  const { amount, destination } = lending
  const agreed = await approvedLoan(ctx, client, amount)
  const account = await accountOf(ctx, client)
  const payout = destination === 'mpesa' ? await payoutPlace(ctx) : null
  const loanId = agreed ?? (await grant(ctx, client, lending))
  const { amount: lent } = await disburse(ctx, loanId, IN_PASSAGE)
  const { customerId } = client
  if (payout) {
    const recipient = recipientOf(ctx, client.phone, { amount: lent, channel: 'mpesa' })
    const entryId = await passOn(ctx, { payoutId: payout.id, loanId, amount: lent })
    await reservePayout(ctx, {
      ...recipient,
      id: payout.id,
      purpose: 'disbursement',
      customerId,
      amount: lent,
      entryId,
      loanId,
    })
    return handOut(ctx, {
      ...{ kind: 'disbursement', channel: 'mpesa', customerId, amount, fee: amount - lent, loanId, entryId },
      ...{ savingsAccountId: null, payoutId: payout.id, providerReference: null },
      ...{ accountBalance: account.balance, loanBalance: await balanceOf(ctx, customerId) },
    })
  }
  const from = { account: IN_PASSAGE, owner: 0 }
  const reference = `loan ${loanId}`
  const { entryId, balance } = await deposit(ctx, {
    accountId: account.id,
    amount: lent,
    from,
    reference,
    kind: 'disbursement',
  })
  return handOut(ctx, {
    ...{ kind: 'disbursement', channel: 'account', customerId, amount, fee: amount - lent, loanId, entryId },
    ...{ savingsAccountId: account.id, payoutId: null, providerReference: null },
    ...{ accountBalance: balance, loanBalance: await balanceOf(ctx, customerId) },
  })
}

const passOn = (
  ctx: Ctx,
  { payoutId, loanId, amount }: { payoutId: number; loanId: number; amount: bigint },
): Promise<bigint> =>
  postOne(ctx, {
    kind: 'disbursement',
    effectiveDay: ctx.today,
    reference: `loan ${loanId}`,
    idemKey: `payout reserved:${payoutId}`,
    lines: [debit(IN_PASSAGE, amount), credit(PAYOUTS_IN_TRANSIT, amount, payoutId)],
  })

/**
 * A loan agreed on and not paid out yet, of just this amount, locked with what it tops up: of two who are lent to at once
 * each gets their own. A loan that pays for something sold is paid out at the sale.
 */
async function approvedLoan(ctx: Ctx, { customerId }: Client, amount: bigint): Promise<number | null> {
  const approved = await allLoansOf(ctx, customerId, 'approved')
  const ids = approved.filter((loan) => loan.principal === amount).map(({ id }) => id)
  if (ids.length === 0) return null
  const locked = await lockWithToppedUp(ctx, ids)
  const free = locked.filter(({ status, againstSale }) => status === 'approved' && !againstSale)
  return free.find(({ id }) => ids.includes(id))?.id ?? null
}

/** The client asks, staff agree. */
async function grant(ctx: Ctx, { userId, customerId }: Client, { amount, schedule }: Lending): Promise<number> {
  const product = await firstProductFor(ctx, amount)
  const officerId = (ctx.actor.kind === 'user' ? ctx.actor.id : await firstOfficer(ctx)) ?? refuse('no_officer')
  const client = { kind: 'user', id: userId, roles: ['customer'], sessionId: '', customerId } as const
  const terms = inRhythm(product.terms, schedule)
  const { branch } = ctx.scope
  const asked = { customerId, productId: product.id, officerId, amount, terms, branch }
  const loanId = await apply(actingAs(ctx, client), asked)
  await approve(ctx, loanId)
  return loanId
}

const MONTHS_A_YEAR = 12

/** The product's terms paid every week, month or year instead of by the product's rhythm. */
function inRhythm(terms: AgreedTerms, schedule: RepaymentSchedule | undefined): AgreedTerms {
  if (schedule === undefined || schedule === rhythmOf(terms)) return terms
  const { instalments: _, every: __, ...rest } = terms
  if (schedule !== 'yearly') return { ...rest, frequency: schedule }
  return { ...rest, frequency: 'monthly', every: MONTHS_A_YEAR, months: Math.max(terms.months, MONTHS_A_YEAR) }
}

/** How often a loan is paid, in everyday words. */
export function rhythmOf({ frequency, every = 1 }: AgreedTerms): string {
  return frequency === 'monthly' && every === MONTHS_A_YEAR ? 'yearly' : frequency
}

export interface Repaying {
  readonly clientId: number
  readonly source: 'account' | 'mpesa'
  readonly amount: bigint
}

/**
 * A client repays, the oldest loan first. Refuses not_yours, customer_not_found, no_open_loan, amount_above_outstanding,
 * insufficient_funds from the account, mobile_money_off.
 */
export async function repayFor(ctx: Ctx, { clientId, source, amount }: Repaying): Promise<Receipt> {
  const client = await clientHimself(ctx, clientId)
  const { customerId } = client
  const repayments = await settleOldestFirst(ctx, customerId, amount)
  const account = await accountOf(ctx, client)
  const from = source === 'account' ? fromAccount(account, amount) : await fromPhone(ctx, client)
  const { reference } = from
  const entryId = await postOne(ctx, {
    kind: 'repayment',
    effectiveDay: ctx.today,
    reference,
    idemKey: from.idemKey,
    lines: mergeLines([debit(from.account, amount, from.owner), ...repaymentEntryLines(repayments)]),
  })
  const drawnFrom = source === 'account' ? { savingsAccountId: account.id } : {}
  await recordRepayments(
    ctx,
    repayments.map((one) => ({ ...one, paymentId: null, entryId, reference, account: from.account, ...drawnFrom })),
  )
  const drawn = source === 'account' ? [{ kind: 'repayment', amount: -amount } as const] : []
  const after = await recordMovements(ctx, account, { movements: drawn, entryId, reference })
  return handOut(ctx, {
    ...{ kind: 'repayment', channel: source, customerId, amount, fee: 0n, entryId, payoutId: null },
    ...{ savingsAccountId: source === 'account' ? account.id : null, loanId: repayments.at(-1)!.loan.row.id },
    ...{ providerReference: source === 'mpesa' ? reference : null },
    ...{ accountBalance: after.balance, loanBalance: await balanceOf(ctx, customerId) },
  })
}

interface Source {
  readonly account: number
  readonly owner: number
  readonly reference: string
  readonly idemKey: string
}

/** His own money for his own debt: no fee, no limit, no minimum balance; only what is held stays. */
function fromAccount(account: LockedAccount, amount: bigint): Source {
  if (account.status !== 'open') refuse('savings_account_not_open')
  if (account.balance - account.held < amount) refuse('insufficient_funds')
  return { account: SAVINGS, owner: account.id, reference: account.accountNo, idemKey: nextKey(account) }
}

async function fromPhone(ctx: Ctx, client: Client): Promise<Source> {
  const reference = await collectFromPhone(ctx, client)
  return { account: MOBILE_MONEY, owner: 0, reference, idemKey: `mpesa:${reference}` }
}

async function settleOldestFirst(ctx: Ctx, customerId: number, amount: bigint): Promise<Repayment[]> {
  const loans = (await openLoansOf(ctx, new Map([[customerId, amount]]))).get(customerId) ?? []
  const running = loans.filter(({ row }) => row.status === 'active')
  if (running.length === 0) refuse('no_open_loan')
  if (amount > sum(running.map(owedBy))) refuse('amount_above_outstanding')
  return settle(running, { amount, day: ctx.today }, 'oldestLoan')
}

/** What a customer still owes on all their running loans that the actor sees. */
async function balanceOf(ctx: Ctx, customerId: number): Promise<bigint> {
  const loans = await allLoansOf(ctx, customerId, 'active')
  return sum(loans.map(({ balance }) => balance))
}
