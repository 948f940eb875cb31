/** The JSON shapes of MoviCuotas, as strict as the client that parses them: integers, strings and booleans are never anything else. */
import { type Day, daysBetween } from '#domain/day.ts'
import { NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { decimalsOf, formatMinor, sum } from '#domain/money.ts'
import { startOf } from '#domain/sales/contract-number.ts'
import type { Customer } from '#modules/customers/views.ts'
import type { Device } from '#modules/devices/views.ts'
import { scheduleFor } from '#modules/loan-records/loan-records.ts'
import type { InstalmentView, LoanView } from '#modules/loan-records/views.ts'
import type { Notification } from '#modules/notifications/views.ts'
import type { Sale } from '#modules/sales/views.ts'

type Json = Record<string, unknown>

/** An amount as a JSON number with two decimals at most. */
export const numberOf = (minor: bigint, currency: string): number => Number(formatMinor(minor, decimalsOf(currency)))

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

export function customerJson(customer: Customer, identification: string | null): Json {
  const { profile } = customer
  return {
    id: customer.id,
    identification_number: identification ?? '',
    full_name: customer.fullName || `Cliente ${customer.id}`,
    email: customer.email,
    phone: customer.phone ?? '',
    date_of_birth: textOrNull(profile.dateOfBirth),
    gender: textOrNull(profile.gender),
    address: textOrNull(profile.address),
    city: textOrNull(profile.city) ?? customer.location,
    status: profile.status === undefined || profile.status === 'active' ? 'active' : 'inactive',
  }
}

/** A loan with what was sold on it; null where something else than a sale stands behind it. */
export interface Bought {
  readonly loan: LoanView
  readonly sale: Sale | null
  readonly device: Device | null
}

export function loanJson({ loan, sale, device }: Bought, today: Day): Json {
  const money = (minor: bigint): number => numberOf(minor, loan.currency)
  const price = sale?.price ?? loan.principal
  const start = startOf(loan)
  const planned = loan.instalments.length > 0 ? loan.instalments : plannedOn(loan, start)
  const [first] = planned
  return {
    id: loan.id,
    contract_number: sale?.contractNumber ?? `MC-${start.slice(0, 4)}-L${loan.id}`,
    customer_id: loan.customerId,
    status: statusWord(loan),
    total_amount: money(price),
    approved_amount: money(sale?.approvedAmount ?? loan.principal),
    down_payment_percentage: percentOf(sale?.downPayment ?? 0n, price),
    down_payment_amount: money(sale?.downPayment ?? 0n),
    financed_amount: money(loan.principal),
    interest_rate: Number(sale?.rateShown ?? loan.terms.ratePercent),
    number_of_installments: planned.length,
    start_date: start,
    end_date: planned.at(-1)?.dueDay ?? null,
    branch_number: sale?.branchNumber ?? '000',
    installment_amount: first ? money(amountOf(first)) : 0,
    remaining_balance: money(loan.balance),
    payment_frequency:
      loan.terms.frequency === 'monthly' ? 'monthly' : `${loan.terms.every ?? 1} ${loan.terms.frequency}`,
    interest_rate_basis: loan.terms.rateBasis,
    next_due_date: nextOf(loan)?.dueDay ?? null,
    is_overdue: overdueOf(loan, today).length > 0,
    device: device ? deviceJson(device) : null,
  }
}

/** The schedule that the loan will have, before it has one: the application divides by the number of instalments. */
const plannedOn = ({ terms, principal, currency }: LoanView, startDay: Day): Planned[] =>
  scheduleFor(terms, { principal, currency, startDay }).map((row) => ({ ...row, waived: NOTHING }))

type Planned = Pick<InstalmentView, 'dueDay' | 'due' | 'waived'>

/** 3000 of 15000 is 20, 1000 of 3000 is 33.33. */
const percentOf = (part: bigint, whole: bigint): number => Number(formatMinor((part * 10_000n) / whole, 2))

/** Arrears do not change the word: a customer who is late must still see what he owes. */
function statusWord({ status, chargedOffOn }: LoanView): string {
  if (status === 'written_off' || chargedOffOn !== null) return 'defaulted'
  if (status === 'active') return 'active'
  return status === 'completed' || status === 'rejected' || status === 'withdrawn' ? 'completed' : 'pending'
}

const deviceJson = (device: Device): Json => ({
  id: device.id,
  imei: device.imei,
  brand: device.brand,
  model: device.model,
  phone_model_id: device.phoneModelId,
  lock_status: device.lockStatus,
  is_locked: device.lockStatus === 'locked',
})

export const deviceStatusJson = (device: Device, loan: LoanView): Json => ({
  imei: device.imei,
  phone_model: `${device.brand} ${device.model}`,
  status: device.lockStatus === 'locked' ? 'blocked' : 'active',
  is_blocked: device.lockStatus === 'locked',
  lock_status: device.lockStatus,
  lock_reason: device.lockReason,
  unlock_requirements: { amount_due: numberOf(loan.overdueAmount, loan.currency) },
})

/** What an instalment comes to, paid or not. */
const amountOf = ({ due, waived }: Planned): bigint => totalOf(due) - totalOf(waived)

const isPaid = (instalment: InstalmentView): boolean => instalment.completedOn !== null
const isOverdue = (instalment: InstalmentView, today: Day): boolean => !isPaid(instalment) && instalment.dueDay < today

export const nextOf = (loan: LoanView): InstalmentView | null => loan.instalments.find((one) => !isPaid(one)) ?? null
const overdueOf = (loan: LoanView, today: Day): InstalmentView[] =>
  loan.instalments.filter((one) => isOverdue(one, today))

export function instalmentJson(instalment: InstalmentView, today: Day, currency: string): Json {
  const overdue = isOverdue(instalment, today)
  return {
    id: instalment.id,
    loan_id: instalment.loanId,
    installment_number: instalment.nr,
    due_date: instalment.dueDay,
    amount: numberOf(amountOf(instalment), currency),
    status: isPaid(instalment) ? 'paid' : overdue ? 'overdue' : 'pending',
    paid_date: instalment.completedOn,
    days_overdue: overdue ? daysBetween(instalment.dueDay, today) : 0,
    is_overdue: overdue,
    paid_amount: numberOf(totalOf(instalment.paid), currency),
    remaining_amount: numberOf(totalOf(outstandingOf(instalment)), currency),
  }
}

export function summaryJson(loan: LoanView, today: Day): Json {
  const paid = loan.instalments.filter(isPaid).length
  const overdue = overdueOf(loan, today).length
  const all = loan.instalments.length
  return { total_installments: all, pending: all - paid - overdue, paid, overdue }
}

export function arrearsJson(loan: LoanView, today: Day): Json {
  const late = overdueOf(loan, today)
  const amount = sum(late.map((instalment) => totalOf(outstandingOf(instalment))))
  return { overdue_count: late.length, total_overdue_amount: numberOf(amount, loan.currency) }
}

export const notificationJson = (one: Notification): Json => ({
  id: one.id,
  title: one.title,
  message: one.message,
  notification_type: one.type,
  is_read: one.readAt !== null,
  created_at: one.createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
  data: one.data,
})
