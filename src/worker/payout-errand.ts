/** The worker's part of payouts: hands orders over to M-Pesa, asks about those that were not heard of, takes results in. */
import type { Order } from '#domain/payouts/order.ts'
import { decimalsOf } from '#domain/money.ts'
import {
  type Handover,
  recordHandover,
  recordQuestion,
  takeToAsk,
  takeToSend,
  type PayoutRow,
} from '#modules/payouts/payouts.ts'
import { countOpenPayouts, payoutsAreDue } from '#modules/payouts/views.ts'
import { type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { deriveKey, keyedHash } from '#platform/security/crypto.ts'
import type { Errand } from '#platform/work/errands.ts'
import { type Daraja, openDaraja } from '#platform/providers/mpesa/mpesa.ts'
import { mpesaAccountOf } from '#platform/providers/mpesa/mpesa-account.ts'
import type { MpesaAccount } from '#platform/config.ts'

/** Waits where this process has no account to pay from for the organisation: then another one does it, or orders stay reserved. */
export const payoutErrand: Errand = {
  name: 'payouts',
  isWaiting: async (ctx) => mpesaAccountOf(ctx) !== undefined && (await payoutsAreDue(ctx)),
  countOpen: countOpenPayouts,
  run: runPayouts,
}

const AT_ONCE = 4

async function runPayouts(services: Services, of: { org: Organisation; stopping?(): boolean }): Promise<number> {
  const account = mpesaAccountOf({ services, org: of.org })
  if (!account) return 0
  const mpesa = { account, daraja: darajaOf(account) }
  const counts = await Promise.all(Array.from({ length: AT_ONCE }, () => runSome(services, of, mpesa)))
  return counts.reduce((sum, count) => sum + count, 0)
}

interface Mpesa {
  readonly account: MpesaAccount
  readonly daraja: Daraja
}

async function runSome(
  services: Services,
  of: { org: Organisation; stopping?(): boolean },
  mpesa: Mpesa,
): Promise<number> {
  for (let done = 0; ; done++) {
    if (of.stopping?.()) return done
    if (!(await sendNext(services, of.org, mpesa)) && !(await askNext(services, of.org, mpesa))) return done
  }
}

const opened = new WeakMap<MpesaAccount, Daraja>()

/** One for each account, so that its token serves all orders. */
function darajaOf(account: MpesaAccount): Daraja {
  const daraja = opened.get(account) ?? openDaraja(account)
  opened.set(account, daraja)
  return daraja
}

/** Between taking an order and noting what came of it nothing is held: a worker killed there leaves an order that may have arrived. */
async function sendNext(services: Services, org: Organisation, { account, daraja }: Mpesa): Promise<boolean> {
  const door = () => systemDoor(services, org, 'payouts')
  const order = await transact(door(), takeToSend)
  if (!order) return false
  const handover = await handOver(services, { org, account, order, daraja })
  if (handover.outcome !== 'accepted') services.log.warn({ payout: order.id, ...handover }, 'payout was not accepted')
  await transact(door(), (ctx) => recordHandover(ctx, order.id, handover))
  return true
}

/** No order is sent with another amount than it has: of cents, which M-Pesa does not pay out, it is refused here. */
async function handOver(
  services: Services,
  { org, account, order, daraja }: Mpesa & { org: Organisation; order: PayoutRow },
): Promise<Handover> {
  const shillings = shillingsOf(order)
  if (shillings === null) return { outcome: 'refused', reason: 'M-Pesa pays out whole shillings only.' }
  return daraja.payOut({
    originatorId: order.originatorId,
    phone: order.phone!,
    shillings,
    remarks: `${org.name} ${order.purpose} ${order.id}`.slice(0, 100),
    ...callbacks(services, { org, account, order, of: 'payout' }),
  })
}

async function askNext(services: Services, org: Organisation, { account, daraja }: Mpesa): Promise<boolean> {
  const door = () => systemDoor(services, org, 'payouts')
  const order = await transact(door(), takeToAsk)
  if (!order) return false
  const { originatorId } = order
  const asked = await daraja.ask({ originatorId, ...callbacks(services, { org, account, order, of: 'status' }) })
  services.log.info({ payout: order.id, outcome: asked.outcome }, 'M-Pesa was asked about a payout')
  await transact(door(), (ctx) => recordQuestion(ctx, order.id))
  return true
}

/** Null where the amount has cents. */
function shillingsOf({ amount, currency }: Pick<Order & PayoutRow, 'amount' | 'currency'>): string | null {
  const unit = 10n ** BigInt(decimalsOf(currency))
  return amount % unit === 0n ? String(amount / unit) : null
}

interface Calling {
  readonly org: Organisation
  readonly account: MpesaAccount
  readonly order: PayoutRow
  readonly of: 'payout' | 'status'
}

/** Where the result of this order, or the answer to this question about it, is to be sent: nobody but the provider knows the key. */
function callbacks(
  services: Services,
  { org, account, order, of }: Calling,
): { resultUrl: string; timeoutUrl: string } {
  const { originatorId, questions } = order
  const key =
    of === 'payout'
      ? callbackKey(services, org.slug, originatorId)
      : questionKey(services, org.slug, { originatorId, nr: questions })
  const base = `${account.callbackUrl}/callbacks/${org.slug}/payouts/${originatorId}/${key}`
  return of === 'payout'
    ? { resultUrl: `${base}/result`, timeoutUrl: `${base}/timeout` }
    : { resultUrl: `${base}/status`, timeoutUrl: `${base}/status-timeout` }
}

/** The part of a callback's address that cannot be guessed. */
export const callbackKey = ({ config }: Services, slug: string, originatorId: string): string =>
  keyedHash(deriveKey(config.secret, 'payout callbacks'), `${slug} ${originatorId}`).toString('hex').slice(0, 32)

interface Question {
  readonly originatorId: string
  readonly nr: number
}

/** The same for the answer to one question: it is of use once, so that who reads it in a log afterwards has nothing. */
export const questionKey = ({ config }: Services, slug: string, { originatorId, nr }: Question): string => {
  const key = keyedHash(deriveKey(config.secret, 'payout questions'), `${slug} ${originatorId} ${nr}`)
  return `${nr}-${key.toString('hex').slice(0, 32)}`
}
