/** The JSON shapes of reports: money as decimal strings, ratios as percentages with two decimals. */
import { z } from 'zod'
import { LOCK_STATUSES } from '#domain/devices/lock.ts'
import * as field from '#contracts/office/answer-fields.ts'
import { moneyText } from '#contracts/office/present.ts'
import { shareBp } from '#domain/loans/delinquency.ts'
import { formatMinor, sum } from '#domain/money.ts'
import type { CollectionReport } from '#modules/reporting/reporting.ts'
import type {
  BranchSummary,
  Claim,
  Counted,
  Dashboard,
  Lock,
  OverdueDevice,
  Waiting,
} from '#modules/reporting/views.ts'
import type { Organisation } from '#platform/context.ts'

/** 1250 of 10000 → "12.50"; "0.00" of nothing. */
export const percentText = (part: bigint, whole: bigint): string => formatMinor(BigInt(shareBp(part, whole)), 2)

const BAND_NAMES: Readonly<Record<number, string>> = { 1: '1-7', 8: '8-15', 16: '16-30', 31: '30+' }

/** The name of a band of days overdue. */
export const bandName = (fromDays: number): string => BAND_NAMES[fromDays] ?? String(fromDays)

const countedJson = ({ count, amount }: Counted, { currency }: Organisation) => ({
  count,
  amount: moneyText(amount, currency),
})

const countedSchema = z.object({ count: field.count, amount: field.money })
const waitingSchema = countedSchema.extend({ oldest: field.instant.nullable() })

export const overdueDeviceSchema = z
  .object({
    ...{ device_id: field.id, imei: z.string(), brand: z.string(), model: z.string() },
    ...{ lock_status: z.enum(LOCK_STATUSES), locked_at: field.instant.nullable(), loan_id: field.id },
    ...{ contract_number: z.string().nullable(), branch: z.string().nullable() },
    customer: z.object({ id: field.id, name: z.string(), phone: z.string().nullable() }),
    ...{ overdue_count: field.count, total_overdue: field.money },
    ...{ first_overdue_date: field.day, days_overdue: field.count },
  })
  .meta({ id: 'OverdueDevice' })

export function overdueDeviceJson(row: OverdueDevice, { currency }: Organisation): z.infer<typeof overdueDeviceSchema> {
  return {
    ...{ device_id: row.deviceId, imei: row.imei, brand: row.brand, model: row.model },
    ...{ lock_status: row.lockStatus, locked_at: row.lockedAt?.toISOString() ?? null },
    ...{ loan_id: row.loanId, contract_number: row.contractNumber, branch: row.branch },
    customer: { id: row.customerId, name: row.customerName, phone: row.phone },
    overdue_count: row.overdueCount,
    total_overdue: moneyText(row.totalOverdue, currency),
    first_overdue_date: row.firstOverdue,
    days_overdue: row.daysOverdue,
  }
}

const lockSchema = z
  .object({
    ...{ device_id: field.id, imei: z.string(), brand: z.string(), model: z.string() },
    customer: z.object({ id: field.id, name: z.string() }),
    contract_number: z.string().nullable(),
    ...{ reason: z.string(), actor: field.actor, locked_at: field.instant },
  })
  .meta({ id: 'DeviceLock' })

function lockJson(lock: Lock): z.infer<typeof lockSchema> {
  return {
    ...{ device_id: lock.deviceId, imei: lock.imei, brand: lock.brand, model: lock.model },
    customer: { id: lock.customerId, name: lock.customerName },
    contract_number: lock.contractNumber,
    ...{ reason: lock.reason, actor: lock.actor, locked_at: lock.at.toISOString() },
  }
}

type Bands = readonly (Counted & { readonly fromDays: number })[]

/** Overdue instalments of all bands together. */
export const allBands = (bands: Bands): Counted => ({
  count: bands.reduce((total, band) => total + band.count, 0),
  amount: sum(bands.map((band) => band.amount)),
})

const bandsJson = (bands: Bands, org: Organisation) =>
  bands.map((band) => ({ days: bandName(band.fromDays), ...countedJson(band, org) }))

const bandSchema = countedSchema.extend({ days: z.string().meta({ example: '8-15' }) })

export const collectionReportSchema = z
  .object({
    ...{ from: field.day, to: field.day, currency: field.currency },
    summary: z.object({
      ...{ total_overdue_count: field.count, total_overdue_amount: field.money },
      ...{ devices_blocked: field.count, devices_at_risk: field.count },
    }),
    by_days: z.array(bandSchema),
    by_branch: z.array(z.object({ branch: z.string().nullable(), loan_count: field.count, total_amount: field.money })),
    recent_blocks: z.array(lockSchema),
    recovery: z.object({ overdue_at_start: field.money, recovered: field.money, rate: field.percent }),
    payments: z.object({ verified: countedSchema, pending: countedSchema, rejected: countedSchema }),
  })
  .meta({ id: 'CollectionReport' })

export function collectionReportJson(
  report: CollectionReport,
  org: Organisation,
): z.infer<typeof collectionReportSchema> {
  const { period, byDays, byBranch, locks, recovery, claims } = report
  const money = (minor: bigint): string => moneyText(minor, org.currency)
  const total = countedJson(allBands(byDays), org)
  return {
    ...period,
    currency: org.currency,
    summary: {
      ...{ total_overdue_count: total.count, total_overdue_amount: total.amount },
      ...{ devices_blocked: locks.locked, devices_at_risk: locks.atRisk },
    },
    by_days: bandsJson(byDays, org),
    by_branch: byBranch.map(({ branch, loans, amount }) => ({
      branch,
      loan_count: loans,
      total_amount: money(amount),
    })),
    recent_blocks: report.recentLocks.map(lockJson),
    recovery: {
      overdue_at_start: money(recovery.overdueAtStart),
      recovered: money(recovery.recovered),
      rate: percentText(recovery.recovered, recovery.overdueAtStart),
    },
    payments: {
      verified: countedJson(claims.verified, org),
      pending: countedJson(claims.pending, org),
      rejected: countedJson(claims.rejected, org),
    },
  }
}

export const branchSchema = z
  .object({
    ...{ branch: z.string(), loans: field.count, active: field.count },
    ...{ outstanding: field.money, principal: field.money, overdue: field.money },
    par: z.object({ 1: field.percent, 7: field.percent, 15: field.percent, 30: field.percent }),
    sold: z.object({ count: field.count, amount: field.money, down_payments: field.money }),
    verified_payments: countedSchema,
    locks: z.object({
      ...{ locked: field.count, cured: field.count, cure_rate: field.percent },
      days_to_cure: z.number().nullable().meta({ description: 'The median' }),
    }),
  })
  .meta({ id: 'BranchReport' })

export function branchJson(row: BranchSummary, { currency }: Organisation): z.infer<typeof branchSchema> {
  const money = (minor: bigint): string => moneyText(minor, currency)
  const risk = (part: bigint): string => percentText(part, row.principal)
  return {
    ...{ branch: row.branch, loans: row.loans, active: row.active },
    ...{ outstanding: money(row.outstanding), principal: money(row.principal), overdue: money(row.overdue) },
    par: { 1: risk(row.atRisk1), 7: risk(row.atRisk7), 15: risk(row.atRisk15), 30: risk(row.atRisk30) },
    sold: { count: row.sold, amount: money(row.soldAmount), down_payments: money(row.downPayments) },
    verified_payments: { count: row.repayments, amount: money(row.repaid) },
    locks: {
      ...{ locked: row.locked, cured: row.cured, days_to_cure: row.daysToCure },
      cure_rate: percentText(BigInt(row.cured), BigInt(row.locked)),
    },
  }
}

const waitingJson = (waiting: Waiting, org: Organisation) => ({
  ...countedJson(waiting, org),
  oldest: waiting.oldest?.toISOString() ?? null,
})

export const dashboardSchema = z
  .object({
    currency: field.currency,
    ...{ pending_verifications: waitingSchema, pending_down_payments: waitingSchema },
    overdue: countedSchema.extend({ by_days: z.array(bandSchema) }),
    devices: z.object({
      ...{ locked: field.count, lock_pending: field.count, at_risk: field.count },
      locked_last_7_days: field.count,
    }),
    verified: z.object({ today: countedSchema, this_month: countedSchema }),
    last_locks: z.array(lockSchema),
  })
  .meta({ id: 'Dashboard' })

export function dashboardJson(board: Dashboard, org: Organisation): z.infer<typeof dashboardSchema> {
  const { waiting, locks } = board
  return {
    currency: org.currency,
    pending_verifications: waitingJson(waiting, org),
    pending_down_payments: waitingJson(board.waitingDownPayments, org),
    overdue: { ...countedJson(allBands(board.overdue), org), by_days: bandsJson(board.overdue, org) },
    devices: {
      ...{ locked: locks.locked, lock_pending: locks.pending, at_risk: locks.atRisk },
      locked_last_7_days: board.lockedThisWeek,
    },
    verified: { today: countedJson(board.verifiedToday, org), this_month: countedJson(board.verifiedThisMonth, org) },
    last_locks: board.lastLocks.map(lockJson),
  }
}

export const claimSchema = z
  .object({
    customer: z.object({ id: field.id, name: z.string(), phone: z.string().nullable() }),
    ...{ loan_id: field.id, contract_number: z.string().nullable(), branch: z.string().nullable() },
    instalment: z.object({ id: field.id, nr: field.count }),
    receipt: z.boolean(),
    repeats: z.boolean(),
    same_receipt_as: z.array(field.id),
    lock_status: z.enum(LOCK_STATUSES).nullable(),
    waiting_since: field.instant,
  })
  .meta({ id: 'PaymentClaim' })

/** What a payment claims to be, for whoever has to verify it. */
export function claimJson(claim: Claim): z.infer<typeof claimSchema> {
  return {
    customer: { id: claim.customerId, name: claim.customerName, phone: claim.phone },
    ...{ loan_id: claim.loanId, contract_number: claim.contractNumber, branch: claim.branch },
    instalment: { id: claim.instalmentId, nr: claim.instalmentNr },
    receipt: claim.hasReceipt,
    repeats: claim.repeats || claim.sameReceiptAs.length > 0,
    same_receipt_as: [...claim.sameReceiptAs],
    lock_status: claim.lockStatus,
    waiting_since: claim.waitingSince.toISOString(),
  }
}
