/** Reports: overdue phones, collection, branches, and the supervisor's first page. */
import { z } from 'zod'
import { LOCK_STATUSES } from '#domain/devices/lock.ts'
import * as field from '#contracts/office/answer-fields.ts'
import { amount, daySchema, minorOrNone } from '#contracts/office/asked.ts'
import {
  branchJson,
  branchSchema,
  collectionReportJson,
  collectionReportSchema,
  dashboardJson,
  dashboardSchema,
  overdueDeviceJson,
  overdueDeviceSchema,
} from '#contracts/office/present-reports.ts'
import { moneyText } from '#contracts/office/present.ts'
import { type Day, parseDay } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import { collectionReport, periodOf } from '#modules/reporting/reporting.ts'
import {
  branchSummaries,
  dashboard,
  type OverdueDevice,
  overdueDevices,
  type OverdueFilter,
  type OverdueOrder,
  type OverduePage,
  overdueTotals,
} from '#modules/reporting/views.ts'
import { pageLimit, wholeText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

export const section = 'Reports'

const days = wholeText(0, 36_500).optional()

export const overdueQuery = z.object({
  min_days: days,
  max_days: days,
  min_amount: amount.optional().meta({ description: 'Of everything overdue on the phone' }),
  branch: z.string().max(12).optional(),
  imei: z
    .string()
    .regex(/^\d{1,15}$/, 'Give digits of the IMEI.')
    .optional()
    .meta({ description: 'Any part of it' }),
  customer: z.string().max(200).optional().meta({ description: 'Part of name or phone, or the whole identity number' }),
  lock_status: z.enum(LOCK_STATUSES).optional(),
  sort: z.enum(['days', 'amount']).default('days'),
})
export type OverdueQuery = z.output<typeof overdueQuery>

/** The filter that was asked for. Refuses invalid_input for what is no amount of the currency. */
export const overdueFilterOf = (ctx: Pick<Ctx, 'org'>, query: OverdueQuery): OverdueFilter => ({
  ...{ minDays: query.min_days, maxDays: query.max_days, branch: query.branch, imei: query.imei },
  ...{ customer: query.customer, lockStatus: query.lock_status },
  minAmount: minorOrNone(ctx, query.min_amount, 'min_amount'),
})

const overduePage = overdueQuery.extend({
  limit: pageLimit(200, 25),
  after: z
    .string()
    .regex(/^[\d-]{1,18}:\d{1,9}$/, 'Send the cursor that the page before gave.')
    .optional(),
})

const overdueExample = {
  ...{ device_id: 2, imei: '356938035643809', brand: 'Samsung', model: 'Galaxy A54' },
  ...{ lock_status: 'locked', locked_at: '2026-02-15T09:00:00.000Z', loan_id: 2 },
  ...{ contract_number: 'MC-2026-0002', branch: '002' },
  customer: { id: 2, name: 'María Fernanda López', phone: '+50498765432' },
  ...{ overdue_count: 2, total_overdue: '2333.34', first_overdue_date: '2026-01-01', days_overdue: 45 },
}

export const listOverdueDevices: Operation = {
  id: 'listOverdueDevices',
  section,
  summary: 'Phones whose instalments are overdue, the longest or the largest first',
  description:
    'As of this morning, of running loans; due today is not overdue. `totals` are those of all pages. The same filters serve the files overdue-devices.csv and overdue-devices.xlsx.',
  query: overduePage,
  answers: {
    200: {
      description: 'A page of phones; `next` is the value of `after` for the page after it',
      schema: z.object({
        currency: field.currency,
        totals: z.object({ devices: field.count, amount: field.money }),
        ...{ devices: z.array(overdueDeviceSchema), next: field.nextText },
      }),
      example: {
        currency: 'HNL',
        totals: { devices: 1, amount: '2333.34' },
        devices: [overdueExample],
        next: null,
      },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof overduePage> }): Promise<Answer> {
    const { sort: order, limit } = query
    const filter = overdueFilterOf(ctx, query)
    const [totals, devices] = await Promise.all([
      overdueTotals(ctx, filter),
      overdueDevices(ctx, filter, { order, limit, after: cursorIn(order, query.after) }),
    ])
    const body = {
      currency: ctx.org.currency,
      totals: { devices: totals.devices, amount: moneyText(totals.amount, ctx.org.currency) },
      devices: devices.map((one) => overdueDeviceJson(one, ctx.org)),
      next: devices.length === limit ? cursorAt(order, devices.at(-1)!) : null,
    }
    return { status: 200, body }
  },
}

const cursorAt = (order: OverdueOrder, { deviceId, firstOverdue, totalOverdue }: OverdueDevice): string =>
  `${order === 'days' ? firstOverdue : totalOverdue}:${deviceId}`

/** Where the page before ended. Refuses invalid_input for the cursor of another order. */
function cursorIn(order: OverdueOrder, text: string | undefined): OverduePage['after'] {
  if (text === undefined) return undefined
  const [value, id] = text.split(':') as [string, string]
  const day = parseDay(order === 'days' ? value : '1970-01-01')
  const isWhole = order === 'days' || /^\d{1,18}$/.test(value)
  if (day === null || !isWhole)
    refuse('invalid_input', { fields: { after: 'Send the cursor that the page before gave.' } })
  return { deviceId: Number(id), firstOverdue: day, totalOverdue: order === 'days' ? 0n : BigInt(value) }
}

export const periodQuery = z.object({ from: daySchema.optional(), to: daySchema.optional() })
export type PeriodQuery = { readonly from?: Day; readonly to?: Day }

export const showCollections: Operation = {
  id: 'readCollectionReport',
  section,
  summary: 'How collection goes: arrears by age and branch, locks, and what came back in a period',
  description:
    'Arrears are those of this morning; the period (the last thirty days unless told) is that of locks, payments and recovery. `recovery.rate` is the part of what was overdue when the period began that was paid in it, in per cent: only money in the books counts, not what customers say they have paid.',
  query: periodQuery,
  answers: {
    200: {
      description: 'The report',
      schema: collectionReportSchema,
      example: {
        ...{ from: '2026-01-17', to: '2026-02-15', currency: 'HNL' },
        summary: {
          ...{ total_overdue_count: 2, total_overdue_amount: '2333.34', devices_blocked: 1, devices_at_risk: 0 },
        },
        by_days: [
          { days: '1-7', count: 0, amount: '0.00' },
          { days: '8-15', count: 1, amount: '1166.67' },
          { days: '16-30', count: 0, amount: '0.00' },
          { days: '30+', count: 1, amount: '1166.67' },
        ],
        by_branch: [{ branch: '002', loan_count: 1, total_amount: '2333.34' }],
        recent_blocks: [],
        recovery: { overdue_at_start: '1166.67', recovered: '0.00', rate: '0.00' },
        payments: {
          ...{ verified: { count: 2, amount: '2333.34' }, pending: { count: 1, amount: '1166.67' } },
          rejected: { count: 0, amount: '0.00' },
        },
      },
    },
  },
  async handle(ctx: Ctx, { query }: { query: PeriodQuery }): Promise<Answer> {
    const report = await collectionReport(ctx, periodOf(ctx, query))
    return { status: 200, body: collectionReportJson(report, ctx.org) }
  },
}

export const showBranches: Operation = {
  id: 'readBranchReport',
  section,
  summary: 'What each branch sold, what is owed on it, how much of it is at risk, and how many locks were cured',
  description:
    '`par` is the principal of loans overdue for a day or more (1) and for more than 7, 15 and 30 days, in per cent of the outstanding principal. Sales, down payments, payments and locks are those of the period; `days_to_cure` is the median.',
  query: periodQuery,
  answers: {
    200: {
      description: 'Branches in order of their numbers',
      schema: z.object({
        ...{ from: field.day, to: field.day, currency: field.currency, branches: z.array(branchSchema) },
      }),
      example: {
        ...{ from: '2026-01-17', to: '2026-02-15', currency: 'HNL' },
        branches: [
          {
            ...{ branch: '001', loans: 2, active: 2, outstanding: '25666.68', principal: '22000.00', overdue: '0.00' },
            par: { 1: '0.00', 7: '0.00', 15: '0.00', 30: '0.00' },
            sold: { count: 1, amount: '15000.00', down_payments: '3000.00' },
            verified_payments: { count: 2, amount: '2333.34' },
            locks: { locked: 0, cured: 0, days_to_cure: null, cure_rate: '0.00' },
          },
        ],
      },
    },
  },
  async handle(ctx: Ctx, { query }: { query: PeriodQuery }): Promise<Answer> {
    const period = periodOf(ctx, query)
    const branches = await branchSummaries(ctx, period)
    const body = { ...period, currency: ctx.org.currency, branches: branches.map((one) => branchJson(one, ctx.org)) }
    return { status: 200, body }
  },
}

export const showDashboard: Operation = {
  id: 'readDashboard',
  section,
  summary: 'The supervisor’s first page: what waits, what is overdue, what was locked and verified',
  answers: {
    200: {
      description: 'Today, and this month so far',
      schema: dashboardSchema,
      example: {
        currency: 'HNL',
        pending_verifications: { count: 1, amount: '1166.67', oldest: '2026-02-14T18:00:00.000Z' },
        pending_down_payments: { count: 0, amount: '0.00', oldest: null },
        overdue: { count: 2, amount: '2333.34', by_days: [{ days: '1-7', count: 0, amount: '0.00' }] },
        devices: { locked: 1, lock_pending: 0, at_risk: 0, locked_last_7_days: 1 },
        verified: { today: { count: 0, amount: '0.00' }, this_month: { count: 1, amount: '1166.67' } },
        last_locks: [],
      },
    },
  },
  async handle(ctx: Ctx): Promise<Answer> {
    return { status: 200, body: dashboardJson(await dashboard(ctx), ctx.org) }
  },
}
