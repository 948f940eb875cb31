/** The steps of a loan simulation as the office API speaks them, read into the engine's steps. */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import { ZERO_RATE } from '#domain/rate.ts'
import { amountIn, rateIn } from '#contracts/office/loan-fields.ts'
import type { PaymentType, RefundType, TransactionType } from '#domain/loans/simulation-book.ts'
import type { Step, Which } from '#domain/loans/simulation.ts'
import type { Charge, ChargeBasis } from '#domain/loans/terms.ts'

const dayText = z.string().refine((text) => parseDay(text) !== null, 'Send a day as YYYY-MM-DD.')
const text = z.string().max(200)

export const stepSchema = z.strictObject({
  op: z.string().min(1).max(50),
  date: dayText.optional(),
  businessDate: dayText.optional(),
  amount: z.string().max(30).optional(),
  name: text.optional(),
  dueDate: dayText.nullish(),
  calculation: text.optional(),
  penalty: z.boolean().optional(),
  which: text.optional(),
  charge: text.optional(),
  chargeDueDate: dayText.nullish(),
  /** What a reference vector says about the step. */
  note: z.unknown().optional(),
  expect: z.unknown().optional(),
  explained: z.unknown().optional(),
})

type StepBody = z.infer<typeof stepSchema>

/** A field of the step that is missing or wrong. */
export interface WrongField {
  readonly field: keyof StepBody
  readonly message: string
}

const wrong = (field: keyof StepBody, message: string): WrongField => ({ field, message })

/** The step that the engine takes, or the first field of it that is missing or wrong. */
export function stepOf(step: StepBody, decimals: number): Step | WrongField {
  const op = step.op.toLowerCase().replace(/[^a-z]/g, '')
  const moneyType = MONEY_TYPES[op]
  if (moneyType) return moneyStep(step, moneyType, decimals)
  const enteredOn = (step.businessDate ?? step.date ?? step.dueDate) as Day | null | undefined
  if (!enteredOn) return wrong('businessDate', 'Send the day on which the step is done.')
  switch (op) {
    case 'charge':
    case 'installmentcharge':
      return chargeStep(step, { enteredOn, onEvery: op === 'installmentcharge', decimals })
    case 'waivecharge':
    case 'chargewaiver':
      return waiverStep(step, enteredOn)
    case 'undo':
      return undoStep(step, enteredOn)
    case 'undodisbursement':
    case 'undodisbursal':
      return { op: 'undoDisbursement', enteredOn, lastOnly: false }
    case 'undolastdisbursement':
    case 'undolastdisbursal':
      return { op: 'undoDisbursement', enteredOn, lastOnly: true }
    case 'payoff':
      return { op: 'payOff', enteredOn, day: (step.date ?? enteredOn) as Day }
    case 'endofday':
      return { op: 'endOfDay', enteredOn }
    default:
      return wrong('op', 'This operation is not known here.')
  }
}

const MONEY_TYPES: Readonly<Record<string, PaymentType | RefundType | 'disbursement'>> = {
  disburse: 'disbursement',
  repayment: 'repayment',
  downpayment: 'downPayment',
  goodwillcredit: 'goodwillCredit',
  merchantissuedrefund: 'merchantIssuedRefund',
  payoutrefund: 'payoutRefund',
  interestpaymentwaiver: 'interestPaymentWaiver',
  chargeadjustment: 'chargeAdjustment',
  creditbalancerefund: 'creditBalanceRefund',
  chargeback: 'chargeback',
  refund: 'cashRefund',
  cashrefund: 'cashRefund',
  refundbycash: 'cashRefund',
}

function moneyStep(
  step: StepBody,
  type: PaymentType | RefundType | 'disbursement',
  decimals: number,
): Step | WrongField {
  const day = (step.date ?? step.businessDate) as Day | undefined
  if (!day) return wrong('date', 'Send the value day of the money.')
  const amount = amountIn(step.amount ?? '', decimals)
  if (typeof amount === 'string') return wrong('amount', amount)
  if (amount === 0n) return wrong('amount', 'Give an amount above zero.')
  const enteredOn = (step.businessDate ?? day) as Day
  return type === 'disbursement'
    ? { op: 'disburse', enteredOn, day, amount }
    : { op: 'transact', enteredOn, type, day, amount }
}

const BASES: Readonly<Record<string, ChargeBasis>> = {
  FLAT: 'flat',
  PERCENTAGE_AMOUNT: 'principal',
  PERCENTAGE_LOAN_AMOUNT: 'principal',
  PERCENTAGE_INTEREST: 'interest',
  PERCENTAGE_LOAN_AMOUNT_PLUS_INTEREST: 'principalAndInterest',
  PERCENTAGE_AMOUNT_AND_INTEREST: 'principalAndInterest',
  PERCENTAGE_DISBURSEMENT_AMOUNT: 'disbursed',
}

interface ChargeContext {
  readonly enteredOn: Day
  readonly onEvery: boolean
  readonly decimals: number
}

function chargeStep(step: StepBody, { enteredOn, onEvery, decimals }: ChargeContext): Step | WrongField {
  const basis = BASES[step.calculation ?? 'FLAT']
  if (!basis) return wrong('calculation', 'This calculation is not known here.')
  const dueDay = (step.dueDate ?? null) as Day | null
  if (!onEvery && !dueDay) return wrong('dueDate', 'Send the day on which the charge falls due.')
  const amount = basis === 'flat' ? amountIn(step.amount ?? '', decimals) : 0n
  const percent = basis === 'flat' ? ZERO_RATE : rateIn(step.amount ?? '')
  if (typeof amount === 'string') return wrong('amount', amount)
  if (typeof percent === 'string') return wrong('amount', percent)
  const charge: Charge = {
    name: step.name ?? 'charge',
    time: onEvery ? 'instalment' : 'dueDay',
    basis,
    amount,
    percent,
    penalty: step.penalty ?? false,
    dueDay: onEvery ? null : dueDay,
    least: null,
    most: null,
  }
  return { op: 'charge', enteredOn, charge }
}

function waiverStep(step: StepBody, enteredOn: Day): Step | WrongField {
  const name = step.charge ?? step.name
  if (!name) return wrong('charge', 'Send the name of the charge.')
  return { op: 'waiveCharge', enteredOn, name, dueDay: (step.chargeDueDate ?? step.dueDate ?? null) as Day | null }
}

function undoStep(step: StepBody, enteredOn: Day): Step | WrongField {
  const which = whichOf(step.which ?? '')
  return which
    ? { op: 'undo', enteredOn, which }
    : wrong('which', 'Say which transaction, e.g. "1. Repayment dated 2026-01-31".')
}

export const TYPE_NAMES: Readonly<Record<TransactionType, string>> = {
  disbursement: 'Disbursement',
  repayment: 'Repayment',
  downPayment: 'Down Payment',
  goodwillCredit: 'Goodwill Credit',
  merchantIssuedRefund: 'Merchant Issued Refund',
  payoutRefund: 'Payout Refund',
  interestPaymentWaiver: 'Interest Payment Waiver',
  chargeAdjustment: 'Charge Adjustment',
  creditBalanceRefund: 'Credit Balance Refund',
  chargeback: 'Chargeback',
  cashRefund: 'Refund',
}

/** "1. Repayment dated 2026-01-31", "2. transaction dated …", "the last repayment made", "1. repayment-type transaction of the loan". */
const WHICH =
  /^(?:(\d{1,3})\.|(?:the )?(last))\s+([a-z -]+?)(?:-type transaction)?(?: made)?(?: of the loan.*)?(?: dated (\S+))?$/i

function whichOf(words: string): Which | null {
  const match = WHICH.exec(words.trim())
  if (!match) return null
  const types = typesNamed(match[3]!)
  const day = match[4] === undefined ? null : parseDay(match[4])
  if (types.length === 0 || (match[4] !== undefined && day === null)) return null
  return { nth: match[2] ? 'last' : Number(match[1]), types, day }
}

function typesNamed(name: string): TransactionType[] {
  const all = Object.keys(TYPE_NAMES) as TransactionType[]
  const plain = name.toLowerCase().replace(/[^a-z]/g, '')
  if (plain === 'transaction') return all
  return all.filter(
    (type) => type.toLowerCase() === plain || TYPE_NAMES[type].toLowerCase().replace(/ /g, '') === plain,
  )
}
