/** 4. Payments: what a customer says he has paid, with a picture of the receipt. */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import { type Currency, decimalsOf, MAX_MINOR } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { me } from '#contracts/movicuotas/auth.ts'
import { allLoansOf } from '#modules/loan-records/views.ts'
import { MAX_FILE_BYTES, saveFile, type Upload } from '#modules/files/files.ts'
import { CLAIM_METHODS, type ClaimMethod, submitClaim } from '#modules/payments/payments.ts'
import { type Door, transact } from '#platform/context.ts'
import { kindOfBytes } from '#platform/files/file-kind.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

type Given = Readonly<Record<string, unknown>>

const paymentBody = z.looseObject({
  payment: z
    .unknown()
    .optional()
    .meta({
      type: 'object',
      properties: {
        installment_id: { type: 'integer' },
        amount: { type: 'number' },
        payment_date: { type: 'string', format: 'date' },
        payment_method: { type: 'string', enum: [...CLAIM_METHODS] },
        receipt_image: { type: 'string', contentEncoding: 'base64' },
      },
      required: ['installment_id', 'amount', 'payment_date'],
    }),
})

/** A receipt of ten megabytes as base64, and what stands around it. */
const MOST_BYTES = 14_100_000

export const submitPayment: Operation = {
  section: '4. Payments',
  summary: 'Submit a payment with an optional receipt image',
  description:
    'The payment is pending until staff verifies it; until then no balance changes. JPEG and PNG of up to 10 MB, plain base64 or a data URI.',
  transaction: 'own',
  maxBodyBytes: MOST_BYTES,
  body: paymentBody,
  exampleBody: {
    payment: { installment_id: 3, amount: 1166.67, payment_date: '2026-03-01', payment_method: 'transfer' },
  },
  answers: {
    201: {
      description: 'Submitted',
      example: {
        id: 15,
        status: 'pending',
        message: 'Payment submitted successfully. Please wait for verification.',
      },
    },
  },
  refusals: { invalid_input: [400, 'param is missing or the value is empty or invalid: payment'] },
  async handle(door: Door, { body }: { body: { payment?: unknown } }): Promise<Answer> {
    const { payment } = body
    if (typeof payment !== 'object' || payment === null || Array.isArray(payment)) refuse('invalid_input')
    const given = payment as Given
    if (Object.keys(given).length === 0) refuse('invalid_input')
    const instalment = await ownInstalment(door, given.installment_id)
    const claim = { ...instalment, ...readPayment(given, door.org.currency) }
    const receipt = readReceipt(given.receipt_image)
    const id = receipt
      ? await saveFile(door, receipt, (ctx, receiptFileId) => submitClaim(ctx, { ...claim, receiptFileId }))
      : await transact(door, (ctx) => submitClaim(ctx, claim))
    const message = 'Payment submitted successfully. Please wait for verification.'
    return { status: 201, body: { id, status: 'pending', message } }
  },
}

/** Another's instalment is not there. Refuses instalment_not_found. */
async function ownInstalment(door: Door, given: unknown): Promise<{ loanId: number; instalmentId: number }> {
  const isId = (typeof given === 'number' || typeof given === 'string') && /^\d{1,10}$/.test(String(given))
  const id = isId ? Number(given) : refuse('instalment_not_found')
  const loans = await transact(door, (ctx) => allLoansOf(ctx, me(ctx).customerId), true)
  const loan = loans.find(({ instalments }) => instalments.some((instalment) => instalment.id === id))
  return loan ? { loanId: loan.id, instalmentId: id } : refuse('instalment_not_found')
}

interface ReadPayment {
  readonly amount: bigint
  readonly paidOn: Day
  readonly method: ClaimMethod
}

function readPayment(given: Given, currency: Currency): ReadPayment {
  const amount = readAmount(given.amount, currency)
  const date = given.payment_date
  const paidOn = typeof date === 'string' ? parseDay(date.trim().slice(0, 10)) : null
  if (paidOn === null) refuse('amount_invalid', { text: "Payment date can't be blank" })
  const method = given.payment_method ?? 'transfer'
  if (!isMethod(method)) refuse('amount_invalid', { text: 'Payment method is not included in the list' })
  return { amount, paidOn, method }
}

const isMethod = (method: unknown): method is ClaimMethod => (CLAIM_METHODS as readonly unknown[]).includes(method)

/** Minor units of a number or its text. Refuses amount_invalid, also for more decimals than the currency has: nobody paid them. */
function readAmount(given: unknown, currency: Currency): bigint {
  const text = typeof given === 'number' ? String(given) : typeof given === 'string' ? given.trim() : given
  if (text === undefined || text === null || text === '') refuse('amount_invalid', { text: "Amount can't be blank" })
  if (typeof given === 'number' && String(given).includes('e')) {
    // JavaScript writes a number so when it is below a millionth or above 10^21.
    refuse('amount_invalid', { text: given < 1 ? 'Amount must be greater than 0' : 'Amount is too large' })
  }
  const match = typeof text === 'string' ? /^(-?)(\d{1,22})(?:\.(\d{1,20}))?$/.exec(text) : null
  if (!match) refuse('amount_invalid', { text: 'Amount is not a number' })
  const [, sign, whole, fraction = ''] = match
  const decimals = decimalsOf(currency)
  const minor = BigInt(whole! + fraction.slice(0, decimals).padEnd(decimals, '0'))
  if (sign || minor <= 0n) refuse('amount_invalid', { text: 'Amount must be greater than 0' })
  if (/[1-9]/.test(fraction.slice(decimals))) {
    refuse('amount_invalid', { text: `Amount must have at most ${decimals} decimals` })
  }
  if (minor > MAX_MINOR) refuse('amount_invalid', { text: 'Amount is too large' })
  return minor
}

/** What the document prints where a picture would stand: whoever sends its example as printed sends none. */
const PRINTED = '<base64_encoded_image>'

/** The picture; null where none is sent. Refuses file_unreadable, file_too_large, file_type_not_allowed. */
function readReceipt(given: unknown): Upload | null {
  if (given === undefined || given === null || given === '' || given === PRINTED) return null
  if (typeof given !== 'string') refuse('file_unreadable')
  const text = given.replace(/^data:[\w/+.;=-]*;base64,/, '').replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) refuse('file_unreadable')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length > MAX_FILE_BYTES) refuse('file_too_large')
  const kind = kindOfBytes(bytes)
  if (kind !== 'jpeg' && kind !== 'png') refuse('file_type_not_allowed')
  return { name: `receipt.${kind}`, bytes }
}
