/** The counter: what a client may do with his money, each time with a receipt. Composed of accounts, loans and payouts. */
import { MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { payoutPlace, type PayoutChannel, recipientOf, reservePayout } from '#modules/payouts/payouts.ts'
import { deposit, withdraw } from '#modules/savings/savings.ts'
import { accountOf, clientHimself } from '#modules/teller/clients.ts'
import { collectFromPhone } from '#modules/teller/collections.ts'
import { handOut } from '#modules/teller/receipts.ts'
import type { Receipt } from '#modules/teller/views.ts'
import type { Ctx } from '#platform/context.ts'

export { clientHimself, knownClient, type NewPerson, takeOnClient, takeOnColleague } from '#modules/teller/clients.ts'
export { takeBack, undoLending } from '#modules/teller/undoing.ts'
export { lend, REPAYMENT_SCHEDULES, repayFor, rhythmOf } from '#modules/teller/lending.ts'

/** A client pays in by M-Pesa. Refuses not_yours, customer_not_found, mobile_money_off, amount_invalid. */
export async function depositFor(
  ctx: Ctx,
  { clientId, amount }: { clientId: number; amount: bigint },
): Promise<Receipt> {
  const client = await clientHimself(ctx, clientId)
  const { customerId } = client
  const reference = await collectFromPhone(ctx, client)
  const account = await accountOf(ctx, client)
  const from = { account: MOBILE_MONEY, owner: 0 }
  const { entryId, balance } = await deposit(ctx, { accountId: account.id, amount, from, reference })
  return handOut(ctx, {
    ...{ kind: 'deposit', channel: 'mpesa', customerId, amount, fee: 0n, entryId, accountBalance: balance },
    ...{ savingsAccountId: account.id, loanId: null, payoutId: null, providerReference: reference, loanBalance: null },
  })
}

export interface WithdrawalWish {
  readonly clientId: number
  readonly amount: bigint
  /** Left out: to M-Pesa where he has a phone and M-Pesa pays such an amount, else at the counter. */
  readonly channel?: PayoutChannel | undefined
}

/** A client draws money: it leaves his account now and is paid out by the worker, or fetched at the counter. Refuses not_yours, customer_not_found, and what `withdraw` and `recipientOf` refuse. */
export async function withdrawFor(ctx: Ctx, { clientId, amount, channel }: WithdrawalWish): Promise<Receipt> {
  const client = await clientHimself(ctx, clientId)
  const { customerId } = client
  const recipient = recipientOf(ctx, client.phone, { amount, ...(channel && { channel }) })
  const account = await accountOf(ctx, client)
  const payout = await payoutPlace(ctx)
  const reference = `payout ${payout.id}`
  const { entryId, fee, balance } = await withdraw(ctx, { accountId: account.id, amount, to: payout.place, reference })
  const money = { customerId, amount, entryId, savingsAccountId: account.id }
  await reservePayout(ctx, { ...recipient, ...money, id: payout.id, purpose: 'withdrawal' })
  return handOut(ctx, {
    ...{ ...money, kind: 'withdrawal', channel: recipient.channel, fee, accountBalance: balance },
    ...{ payoutId: payout.id, loanId: null, providerReference: null, loanBalance: null },
  })
}
