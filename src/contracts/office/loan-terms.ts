/** Loan terms as the office writes them in JSON, and the rows of their schedule: reading and presenting, nothing else. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import {
  amountIn,
  countFrom,
  dayField,
  decimalText,
  rateField,
  rateIn,
  unlessMissing,
} from '#contracts/office/loan-fields.ts'
import type { Schedule, ScheduleRow } from '#domain/loans/schedule.ts'
import type { Charge, ChargeBasis, ChargeTime, LoanTerms } from '#domain/loans/terms.ts'
import { soundSchedule } from '#domain/loans/sound-schedule.ts'
import { faultIn, MOST_INSTALMENTS, type TermsFault } from '#domain/loans/terms-check.ts'
import { formatMinor, type Rounding } from '#domain/money.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { ZERO_RATE } from '#domain/rate.ts'
import { refuse } from '#domain/refusal.ts'

const LIST_AT_MOST = 100
const ROUNDINGS = ['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'] as const satisfies Rounding[]

const TIMES = {
  SPECIFIED_DUE_DATE: 'dueDay',
  INSTALLMENT_FEE: 'instalment',
  DISBURSEMENT: 'disbursement',
  TRANCHE_DISBURSEMENT: 'tranche',
  OVERDUE_FEES: 'overdue',
} as const satisfies Record<string, ChargeTime>

const BASES = {
  FLAT: 'flat',
  PERCENTAGE_AMOUNT: 'principal',
  PERCENTAGE_LOAN_AMOUNT_PLUS_INTEREST: 'principalAndInterest',
  PERCENTAGE_INTEREST: 'interest',
  PERCENTAGE_DISBURSEMENT_AMOUNT: 'disbursed',
} as const satisfies Record<string, ChargeBasis>

const keysOf = <K extends string>(table: Record<K, unknown>) => Object.keys(table) as [K, ...K[]]

const fee = z
  .strictObject({
    name: z.string().max(200).default(''),
    time: z.enum(keysOf(TIMES)),
    calculation: z.enum(keysOf(BASES)),
    amount: decimalText,
    penalty: z.boolean().default(false),
    dueDate: dayField.nullish(),
    asOf: dayField.nullish().meta({ description: 'Of overdue fees: instalments due before this day bear them' }),
    minimum: decimalText.nullish(),
    maximum: decimalText.nullish(),
  })
  .transform((value, ctx) => {
    const percentage = value.calculation === 'FLAT' ? ZERO_RATE : rateIn(value.amount)
    if (typeof percentage === 'string') ctx.addIssue({ code: 'custom', path: ['amount'], message: percentage })
    if (value.time === 'SPECIFIED_DUE_DATE' && !value.dueDate)
      ctx.addIssue({ code: 'custom', path: ['dueDate'], message: 'Give the day on which the fee is due.' })
    return { ...value, percentage: typeof percentage === 'string' ? ZERO_RATE : percentage }
  })

const instalmentCount = countFrom(1, MOST_INSTALMENTS, `Give 1 to ${MOST_INSTALMENTS} instalments.`)
const graceCount = countFrom(0, MOST_INSTALMENTS, `Give 0 to ${MOST_INSTALMENTS} instalments.`).default(0)
const everyCount = countFrom(1, 366, 'Give 1 to 366 units between instalments.').default(1)
const dayOfMonth = countFrom(1, 31, 'Give a day of the month, 1 to 31.')
const MOST_UNITS = MOST_INSTALMENTS * 366

/** What a reference vector says about itself; no terms. */
const aside = z.unknown().optional()
export const ASIDES = {
  id: aside,
  group: aside,
  source: aside,
  stage: aside,
  note: aside,
  tags: aside,
  verdict: aside,
  explained: aside,
  explanation: aside,
  expected: aside,
  totals: aside,
}

/** `true` stands for the daily rest on which overdue principal bears interest. */
export const recalculation = z
  .union([
    z.boolean(),
    z.strictObject({
      rest: z.enum(['daily', 'sameAsRepayment', 'sameAsRepaymentPeriod']).default('daily'),
      overdueBearsInterest: z.boolean().default(true),
      disallowInterestCalculationOnPastDue: z.boolean().default(false),
    }),
  ])
  .default(false)

const overdueRecalculation = z.strictObject({
  asOf: dayField,
  rest: z.enum(['daily', 'sameAsRepayment', 'sameAsRepaymentPeriod']),
  nothingPaid: z.literal(true, unlessMissing('A quote takes nothing to be paid.')).optional(),
  overdueBearsInterest: z.boolean().default(true),
  disallowInterestCalculationOnPastDue: z.boolean().default(false),
})

const sent = z.strictObject({
  ...ASIDES,
  engine: z.enum(['progressive', 'cumulative']),
  principal: decimalText,
  disbursementDate: dayField,
  disbursements: z
    .array(z.strictObject({ date: dayField, amount: decimalText }))
    .min(1, 'Give at least one disbursement.')
    .max(LIST_AT_MOST, `Give at most ${LIST_AT_MOST} disbursements.`)
    .nullish(),
  scheduleStartDate: dayField.nullish(),
  numberOfRepayments: instalmentCount,
  repaymentEvery: everyCount,
  repaymentFrequency: z.enum(['days', 'weeks', 'months', 'twiceMonthly']),
  twiceMonthlyDays: z.tuple([dayOfMonth, dayOfMonth]).default([15, 31]),
  firstDueDate: dayField.nullish(),
  fixedLength: z
    .strictObject({
      count: countFrom(1, MOST_UNITS, `Give 1 to ${MOST_UNITS} units.`),
      unit: z.enum(['days', 'weeks', 'months']),
    })
    .nullish(),
  annualRatePercent: rateField,
  rateBasis: z.enum(['annual', 'perPeriod', 'wholeTerm']).default('annual'),
  interestMethod: z.enum(['declining', 'flat']),
  amortization: z.enum(['equalInstallments', 'equalPrincipal', 'bullet']).default('equalInstallments'),
  balloon: decimalText.nullish(),
  installmentAmounts: z
    .array(decimalText)
    .min(1, 'Give one amount for each instalment.')
    .max(MOST_INSTALMENTS, `Give at most ${MOST_INSTALMENTS} amounts.`)
    .nullish(),
  dayCount: z.strictObject({
    daysInMonth: z.union([z.literal(30), z.literal('30'), z.literal('actual')], unlessMissing('Give 30 or "actual".')),
    daysInYear: z.union(
      [z.literal([360, 364, 365]), z.literal(['360', '364', '365', 'actual'])],
      unlessMissing('Give 360, 364, 365 or "actual".'),
    ),
  }),
  daysInYearCustomStrategy: z.enum(['FULL_LEAP_YEAR', 'FEB_29_PERIOD_ONLY']).nullish(),
  interestCalculationPeriod: z.enum(['daily', 'sameAsRepaymentPeriod']),
  allowPartialPeriodInterest: z.boolean().default(false),
  interestRecognitionOnDisbursementDate: z.boolean().default(false),
  grace: z
    .strictObject({
      principalInstallments: graceCount,
      interestPaymentInstallments: graceCount,
      interestFreeInstallments: graceCount,
    })
    .prefault({}),
  decimals: countFrom(0, 4, 'Give 0 to 4 decimals.').default(2),
  installmentMultiple: decimalText.nullish(),
  installmentMultipleRounding: z.enum(ROUNDINGS).nullish(),
  roundingMode: z.enum(ROUNDINGS).default('HALF_EVEN'),
  downPaymentPercent: rateField.nullish(),
  fees: z.array(fee).max(LIST_AT_MOST, `Give at most ${LIST_AT_MOST} fees.`).default([]),
  overdueRecalculation: overdueRecalculation.nullish(),
  asOf: dayField.nullish().meta({ description: 'The day as of which fees and interest on what is overdue count' }),
  submittedOn: dayField
    .nullish()
    .meta({ description: 'Changes no schedule; nor do the next two, while nothing is paid' }),
  autoDownPayment: z.boolean().default(false),
  interestRecalculation: recalculation,
  disallowInterestCalculationOnPastDue: z.boolean().default(false),
})

type Sent = z.output<typeof sent>

/** The body of a loan quote: terms that a schedule follows from, or every field that stands in the way by its name. */
export const loanTerms = sent.transform((value, ctx): LoanTerms => {
  const money = moneyReader(value.decimals, ctx)
  const terms = termsOf(value, money)
  terms.charges.forEach(({ time, asOf, dueDay }, i) => {
    if (time !== 'overdue' || asOf || dueDay) return
    const message = 'Give the day as of which instalments are overdue.'
    ctx.addIssue({ code: 'custom', path: ['fees', i, 'asOf'], message })
  })
  if (!money.failed()) {
    const fault = faultIn(terms)
    if (fault) ctx.addIssue({ code: 'custom', path: [fieldOf(fault)], message: fault.advice })
  }
  return terms
})

/** Our fields by the names they have in JSON, where those differ. */
const FIELDS: Readonly<Partial<Record<keyof LoanTerms, string>>> = {
  instalments: 'numberOfRepayments',
  every: 'repaymentEvery',
  rate: 'annualRatePercent',
  downPayment: 'downPaymentPercent',
  multiple: 'installmentMultiple',
  firstDueDay: 'firstDueDate',
  contractualInstalments: 'installmentAmounts',
  startDay: 'scheduleStartDate',
  charges: 'fees',
}

/** The field in JSON that a fault is about. */
export const fieldOf = ({ field }: TermsFault): string => FIELDS[field] ?? field

/** The schedule of a quote. Refuses invalid_input for terms that only their schedule shows to be wrong. */
export function quotedSchedule(terms: LoanTerms): Schedule {
  const { schedule, fault } = soundSchedule(terms)
  return schedule ?? refuse('invalid_input', { fields: { [fieldOf(fault)]: fault.advice } })
}

interface MoneyReader {
  (value: string, ...path: (string | number)[]): bigint
  failed(): boolean
}

function moneyReader(decimals: number, ctx: z.RefinementCtx): MoneyReader {
  let failed = false
  const read = (value: string, ...path: (string | number)[]): bigint => {
    const minor = amountIn(value, decimals)
    if (typeof minor !== 'string') return minor
    failed = true
    ctx.addIssue({ code: 'custom', path, message: minor })
    return 0n
  }
  return Object.assign(read, { failed: () => failed })
}

function termsOf(s: Sent, money: MoneyReader): LoanTerms {
  const principal = money(s.principal, 'principal')
  const tranches = s.disbursements?.map((d, i) => ({
    day: d.date,
    amount: money(d.amount, 'disbursements', i, 'amount'),
  }))
  return {
    engine: s.engine,
    decimals: s.decimals,
    principal,
    disbursements: tranches ?? [{ day: s.disbursementDate, amount: principal }],
    startDay: s.scheduleStartDate ?? s.disbursementDate,
    instalments: s.numberOfRepayments,
    every: s.repaymentEvery,
    frequency: s.repaymentFrequency,
    twiceMonthlyDays: s.twiceMonthlyDays,
    firstDueDay: s.firstDueDate ?? null,
    dueDayOfMonth: null,
    fixedLength: s.fixedLength ?? null,
    interestMethod: s.interestMethod,
    amortization: s.amortization === 'equalInstallments' ? 'equalInstalments' : s.amortization,
    balloon: s.balloon ? money(s.balloon, 'balloon') : 0n,
    contractualInstalments: s.installmentAmounts?.map((a, i) => money(a, 'installmentAmounts', i)) ?? null,
    rate: s.annualRatePercent,
    rateBasis: s.rateBasis,
    ...countingOf(s),
    grace: {
      principal: s.grace.principalInstallments,
      interestPayment: s.grace.interestPaymentInstallments,
      interestFree: s.grace.interestFreeInstallments,
    },
    ...roundingOf(s, money),
    downPayment: s.downPaymentPercent ?? null,
    charges: s.fees.map((f, i) => ({
      ...chargeOf(f, (value, key) => money(value, 'fees', i, key)),
      asOf: f.asOf ?? s.asOf ?? s.overdueRecalculation?.asOf ?? null,
    })),
    overdue: overdueOf(s),
  }
}

function countingOf(s: Sent) {
  return {
    dayCount: {
      month: String(s.dayCount.daysInMonth) as LoanTerms['dayCount']['month'],
      year: String(s.dayCount.daysInYear) as LoanTerms['dayCount']['year'],
      leap: s.daysInYearCustomStrategy === 'FEB_29_PERIOD_ONLY' ? 'feb29Period' : 'leapYear',
    },
    interestPeriod: s.interestCalculationPeriod === 'daily' ? 'daily' : 'perInstalment',
    partialPeriodInterest: s.allowPartialPeriodInterest,
    interestOnDisbursementDay: s.interestRecognitionOnDisbursementDate,
  } as const
}

function roundingOf(s: Sent, money: MoneyReader) {
  return {
    rounding: s.roundingMode,
    multiple: s.installmentMultiple ? money(s.installmentMultiple, 'installmentMultiple') : null,
    multipleRounding: s.installmentMultipleRounding ?? s.roundingMode,
  }
}

/** Where overdue principal bears no interest, the schedule stays as planned. */
function overdueOf({ overdueRecalculation: o, ...s }: Sent): LoanTerms['overdue'] {
  if (!o?.overdueBearsInterest || o.disallowInterestCalculationOnPastDue) return null
  if (s.disallowInterestCalculationOnPastDue) return null
  return { asOf: o.asOf, rest: o.rest === 'daily' ? 'daily' : 'perInstalment' }
}

function chargeOf(f: Sent['fees'][number], money: (value: string, key: string) => bigint): Charge {
  const basis = BASES[f.calculation]
  return {
    name: f.name,
    time: TIMES[f.time],
    basis,
    amount: basis === 'flat' ? money(f.amount, 'amount') : 0n,
    percent: f.percentage,
    penalty: f.penalty,
    dueDay: f.dueDate ?? null,
    least: f.minimum ? money(f.minimum, 'minimum') : null,
    most: f.maximum ? money(f.maximum, 'maximum') : null,
  }
}

/** A schedule in the office's words: amounts as decimal strings. */
const paidOut = z.object({
  ...{ kind: z.literal('disbursement'), nr: z.null(), days: z.null(), dueDate: field.day, disbursed: field.money },
  feesDue: field.money.optional(),
})
const dues = {
  ...{ principalDue: field.money, interestDue: field.money, feesDue: field.money, penaltiesDue: field.money },
  totalDue: field.money,
}
const owedRow = z.object({
  ...{ kind: z.enum(['installment', 'downPayment']), nr: field.count, days: field.count, dueDate: field.day },
  ...{ ...dues, balanceAfter: field.money },
})

export const scheduleSchema = z
  .object({ rows: z.array(z.discriminatedUnion('kind', [paidOut, owedRow])), totals: z.object(dues) })
  .meta({ id: 'QuotedSchedule' })

export function presentSchedule(s: Schedule, decimals: number): z.infer<typeof scheduleSchema> {
  const money = (minor: bigint): string => formatMinor(minor, decimals)
  return {
    rows: s.rows.map((row) => presentRow(row, money)),
    totals: {
      principalDue: money(s.totals.principal),
      interestDue: money(s.totals.interest),
      feesDue: money(s.totals.fee),
      penaltiesDue: money(s.totals.penalty),
      totalDue: money(totalOf(s.totals)),
    },
  }
}

function presentRow(row: ScheduleRow, money: (minor: bigint) => string): z.infer<typeof paidOut | typeof owedRow> {
  if (row.kind === 'disbursement') {
    const disbursed = { kind: row.kind, nr: null, days: null, dueDate: row.day, disbursed: money(row.amount) }
    return row.fee === 0n ? disbursed : { ...disbursed, feesDue: money(row.fee) }
  }
  return {
    kind: row.kind === 'instalment' ? 'installment' : row.kind,
    nr: row.nr,
    days: row.days,
    dueDate: row.dueDay,
    principalDue: money(row.due.principal),
    interestDue: money(row.due.interest),
    feesDue: money(row.due.fee),
    penaltiesDue: money(row.due.penalty),
    totalDue: money(totalOf(row.due)),
    balanceAfter: money(row.balanceAfter),
  }
}
