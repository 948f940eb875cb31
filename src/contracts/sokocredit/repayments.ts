/** 💰 Repayment Routes: history, and the M-Pesa webhook. */
import { z } from 'zod'
import { formatMinor, decimalsOf, MAX_MINOR } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { parseDecimal } from '#contracts/sokocredit/amounts.ts'
import { numberOf, repaymentJson } from '#contracts/sokocredit/present-loans.ts'
import { listRepayments } from '#modules/loan-records/views.ts'
import { type Receipt, receive } from '#modules/payments/payments.ts'
import { idText } from '#platform/http/asked-numbers.ts'
import type { Ctx, Door } from '#platform/context.ts'
import { sameBytes, sha256 } from '#platform/security/crypto.ts'
import { normalisePhone } from '#platform/phone.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = '📄 Repayments (/repayments)'
const MOST_REPAYMENTS = 500

export const viewRepayments: Operation = {
  section,
  summary: 'Get all repayments (based on role)',
  description: `Admins and lenders see all, whoever sells for one branch those of its loans, a mama_mboga her own; the newest ${MOST_REPAYMENTS}, latest first. Older ones by ?before=<id>.`,
  query: z.object({ before: idText.optional() }),
  answers: {
    200: {
      description: 'Repayments, latest first',
      example: [
        {
          id: 1,
          loan_id: 1,
          schedule_id: 1,
          user_id: 3,
          mpesa_code: 'MPESA123ABC',
          amount_paid: 2000,
          paid_at: '2026-02-15T09:00:00.000Z',
        },
      ],
    },
  },
  async handle(ctx: Ctx, { query }: { query: { before?: number } }): Promise<Answer> {
    const repayments = await listRepayments(ctx, {
      limit: MOST_REPAYMENTS,
      ...(query.before === undefined ? {} : { before: query.before }),
    })
    return { status: 200, body: repayments.map((repayment) => repaymentJson(repayment, ctx.org.currency)) }
  },
}

const webhookSchema = z.object({
  phone_number: z.unknown().optional().meta({ type: 'string', description: 'In any spelling: 07…, 01…, 254…, +254…' }),
  amount_paid: z.unknown().optional().meta({ type: 'number', description: 'More than 0, at most two decimals' }),
  mpesa_code: z.unknown().optional().meta({ type: 'string', description: 'At most 64 characters, unique for ever' }),
})
type WebhookBody = z.infer<typeof webhookSchema>

/** Takes a payment in. Answers only when it is durable; the same code again gets the first answer. */
export const mpesaWebhook: Operation = {
  section,
  summary: 'Simulate M-Pesa payment',
  description:
    'Money that arrives is never refused: an unknown phone or nothing due is answered 404 as documented, and the payment waits in suspense for a person. Money that cannot be applied for another reason waits there too and is answered as recorded. The same mpesa_code delivered again answers the first result with 200.',
  transaction: 'own',
  fromProvider: true,
  body: webhookSchema,
  exampleBody: { phone_number: '0712345678', amount_paid: 2000, mpesa_code: 'MPESA123ABC' },
  answers: {
    200: { description: 'Received before: the first result' },
    201: { description: 'Recorded', example: { message: 'Payment recorded successfully' } },
  },
  refusals: { invalid_input: [400, explain], amount_invalid: [400, 'amount_paid must be a positive number.'] },
  async handle(door: Door, { body, headers }: Request<unknown, unknown, WebhookBody>): Promise<Answer> {
    requireSecret(door, headers['x-webhook-secret'])
    const payment = readPayment(door, body)
    const receipt = await receive(door, { provider: 'mpesa', accountRef: null, valueDay: door.today, ...payment })
    const { reason } = receipt
    if (receipt.status === 'suspense' && (reason === 'nothing_due' || reason === 'payer_unknown')) refuse(reason)
    return { status: receipt.repeated ? 200 : 201, body: receiptJson(door, payment.reference, receipt) }
  },
}

function receiptJson(door: Door, reference: string, receipt: Receipt): Record<string, unknown> {
  const message = 'Payment recorded successfully'
  const { currency } = door.org
  return {
    message,
    msg: message,
    payment_id: receipt.paymentId,
    mpesa_code: reference,
    amount_paid: numberOf(receipt.amount, currency),
    overpayment: numberOf(receipt.overpayment, currency),
  }
}

interface ReadPayment {
  readonly reference: string
  readonly payerPhone: string
  readonly amount: bigint
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''

function readPayment(door: Door, body: WebhookBody): ReadPayment {
  const phone = textOf(body.phone_number)
  const reference = textOf(body.mpesa_code)
  const given = { phone_number: phone, amount_paid: textOf(body.amount_paid), mpesa_code: reference }
  const missing = Object.entries(given).filter(([, value]) => value === '' || value === '0')
  if (missing.length > 0)
    refuse('invalid_input', { fields: Object.fromEntries(missing.map(([field]) => [field, 'Required.'])) })
  if (reference.length > 64)
    refuse('invalid_input', { long: 'mpesa_code', fields: { mpesa_code: 'At most 64 characters.' } })
  if (phone.length > 32)
    refuse('invalid_input', { long: 'phone_number', fields: { phone_number: 'At most 32 characters.' } })
  const amount = parseDecimal(given.amount_paid, door.org.currency)
  const most = formatMinor(MAX_MINOR, decimalsOf(door.org.currency))
  if (amount === null || amount <= 0n)
    refuse('amount_invalid', { fields: { amount_paid: `A positive amount up to ${most}.` } })
  return { reference, payerPhone: normalisePhone(phone, door.org.country) ?? phone, amount }
}

function explain(data: Readonly<Record<string, unknown>>): string {
  return typeof data.long === 'string' ? `${data.long} is too long` : 'Missing required payment info'
}

/** The contract itself sends no secret, so demo asks for one only where it is set; where money is real nobody reports a payment without. */
function requireSecret(door: Door, given: unknown): void {
  const { webhookSecret: secret, mode } = door.services.config
  if (secret === undefined && mode === 'demo') return
  const isRight = secret !== undefined && typeof given === 'string' && sameBytes(sha256(given), sha256(secret))
  if (!isRight) refuse('not_authenticated')
}
