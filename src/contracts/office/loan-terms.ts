/** Loan terms as the office writes them in JSON, and the rows of their schedule: reading and presenting, nothing else. */
import { z } from 'zod'
import { type Day, parseDay } from '#domain/day.ts'
import type { Schedule, ScheduleRow } from '#domain/loans/schedule.ts'
import type { Charge, ChargeBasis, ChargeTime, LoanTerms } from '#domain/loans/terms.ts'
import { soundSchedule } from '#domain/loans/sound-schedule.ts'
import { faultIn, MOST_INSTALMENTS, type TermsFault } from '#domain/loans/terms-check.ts'
import { formatMinor, parseMinor, type Rounding } from '#domain/money.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { parseRate, type Rate, ZERO_RATE } from '#domain/rate.ts'
import { refuse } from '#domain/refusal.ts'

const LIST_AT_MOST = 100
const ROUNDINGS = ['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'] as const satisfies Rounding[]

const TIMES = {
  SPECIFIED_DUE_DATE: 'dueDay',
  INSTALLMENT_FEE: 'instalment',
  DISBURSEMENT: 'disbursement',
  TRANCHE_DISBURSEMENT: 'tranche',
} as const satisfies Record<string, ChargeTime>

const BASES = {
  FLAT: 'flat',
  PERCENTAGE_AMOUNT: 'principal',
  PERCENTAGE_LOAN_AMOUNT_PLUS_INTEREST: 'principalAndInterest',
  PERCENTAGE_INTEREST: 'interest',
  PERCENTAGE_DISBURSEMENT_AMOUNT: 'disbursed',
} as const satisfies Record<string, ChargeBasis>

const keysOf = <K extends string>(table: Record<K, unknown>) => Object.keys(table) as [K, ...K[]]

const text = z.union([z.string().max(40), z.number().transform(String)])
const count = z.int('Give a whole number.')

const day = z
  .string()
  .max(10)
  .transform((value, ctx): Day => parseDay(value) ?? reject(ctx, 'Give a day as YYYY-MM-DD.'))

const rate = text.transform(
  (value, ctx): Rate => parseRate(value) ?? reject(ctx, 'Give a percentage as a decimal, "9.4822".'),
)

/** An amount of money; how many decimals it may have is known only with the whole. */
const amount = text

function reject(ctx: z.RefinementCtx, message: string): never {
  issue(ctx, message)
  return z.NEVER
}

function issue(ctx: z.RefinementCtx, message: string, ...path: string[]): void {
  ctx.addIssue({ code: 'custom', message, path })
}

const fee = z
  .object({
    name: z.string().max(200).default(''),
    time: z.enum(keysOf(TIMES)),
    calculation: z.enum(keysOf(BASES)),
    amount: text,
    penalty: z.boolean().default(false),
    dueDate: day.nullish(),
    minimum: amount.nullish(),
    maximum: amount.nullish(),
  })
  .transform((value, ctx) => {
    const percentage = value.calculation === 'FLAT' ? ZERO_RATE : parseRate(value.amount)
    if (percentage === null || percentage < 0n) issue(ctx, 'Give a percentage from 0 on as a decimal, "1.5".', 'amount')
    if (value.time === 'SPECIFIED_DUE_DATE' && !value.dueDate)
      issue(ctx, 'Give the day on which the fee is due.', 'dueDate')
    return { ...value, percentage: percentage ?? ZERO_RATE }
  })

const graceCount = count.min(0).max(MOST_INSTALMENTS).default(0)

const sent = z.object({
  engine: z.enum(['progressive', 'cumulative']),
  principal: amount,
  disbursementDate: day,
  disbursements: z
    .array(z.object({ date: day, amount }))
    .min(1)
    .max(LIST_AT_MOST)
    .nullish(),
  scheduleStartDate: day.nullish(),
  numberOfRepayments: count.min(1).max(MOST_INSTALMENTS),
  repaymentEvery: count.min(1).max(366).default(1),
  repaymentFrequency: z.enum(['days', 'weeks', 'months', 'twiceMonthly']),
  twiceMonthlyDays: z.tuple([count, count]).default([15, 31]),
  firstDueDate: day.nullish(),
  fixedLength: z
    .object({ count: count.min(1).max(MOST_INSTALMENTS * 366), unit: z.enum(['days', 'weeks', 'months']) })
    .nullish(),
  annualRatePercent: rate,
  rateBasis: z.enum(['annual', 'perPeriod', 'wholeTerm']).default('annual'),
  interestMethod: z.enum(['declining', 'flat']),
  amortization: z.enum(['equalInstallments', 'equalPrincipal', 'bullet']).default('equalInstallments'),
  balloon: amount.nullish(),
  installmentAmounts: z.array(amount).min(1).max(MOST_INSTALMENTS).nullish(),
  dayCount: z.object({
    daysInMonth: z.union([z.literal(30), z.literal('30'), z.literal('actual')]),
    daysInYear: z.union([z.literal([360, 364, 365]), z.literal(['360', '364', '365', 'actual'])]),
  }),
  daysInYearCustomStrategy: z.enum(['FULL_LEAP_YEAR', 'FEB_29_PERIOD_ONLY']).nullish(),
  interestCalculationPeriod: z.enum(['daily', 'sameAsRepaymentPeriod']),
  allowPartialPeriodInterest: z.boolean().default(false),
  interestRecognitionOnDisbursementDate: z.boolean().default(false),
  grace: z
    .object({
      principalInstallments: graceCount,
      interestPaymentInstallments: graceCount,
      interestFreeInstallments: graceCount,
    })
    .prefault({}),
  decimals: count.min(0).max(4).default(2),
  installmentMultiple: text.nullish(),
  installmentMultipleRounding: z.enum(ROUNDINGS).nullish(),
  roundingMode: z.enum(ROUNDINGS).default('HALF_EVEN'),
  downPaymentPercent: rate.nullish(),
  fees: z.array(fee).max(LIST_AT_MOST).default([]),
  overdueRecalculation: z.object({ asOf: day, rest: z.enum(['daily', 'sameAsRepayment']) }).nullish(),
})

type Sent = z.output<typeof sent>

/** The body of a loan quote: terms that a schedule follows from, or every field that stands in the way by its name. */
export const loanTerms = sent.transform((value, ctx): LoanTerms => {
  const money = moneyReader(value.decimals, ctx)
  const terms = termsOf(value, money)
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

const fieldOf = ({ field }: TermsFault): string => FIELDS[field] ?? field

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
    const minor = parseMinor(value, decimals)
    if (minor !== null && minor >= 0n) return minor
    failed = true
    ctx.addIssue({ code: 'custom', path, message: `Give an amount with at most ${decimals} decimals.` })
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
    charges: s.fees.map((f, i) => chargeOf(f, (value, key) => money(value, 'fees', i, key))),
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

function overdueOf({ overdueRecalculation: o }: Sent): LoanTerms['overdue'] {
  return o ? { asOf: o.asOf, rest: o.rest === 'daily' ? 'daily' : 'perInstalment' } : null
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
export function presentSchedule(s: Schedule, decimals: number) {
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

function presentRow(row: ScheduleRow, money: (minor: bigint) => string) {
  if (row.kind === 'disbursement') {
    const paidOut = { kind: row.kind, nr: null, days: null, dueDate: row.day, disbursed: money(row.amount) }
    return row.fee === 0n ? paidOut : { ...paidOut, feesDue: money(row.fee) }
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
