/** 2. Dashboard and 3. Installments. */
import { me } from '#contracts/movicuotas/auth.ts'
import { currentLoan } from '#contracts/movicuotas/current-loan.ts'
import { NOTICE_TYPES } from '#contracts/movicuotas/notices.ts'
import {
  arrearsJson,
  deviceStatusJson,
  instalmentJson,
  loanJson,
  nextOf,
  summaryJson,
} from '#contracts/movicuotas/present.ts'
import { ownRecord } from '#contracts/movicuotas/sessions.ts'
import { notificationPage } from '#modules/notifications/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

export const dashboard: Operation = {
  section: '2. Dashboard',
  summary: 'Active loan, next payment and device status',
  description:
    '`next_payment` is the oldest unpaid installment, an overdue one first; null when nothing is left to pay.',
  answers: { 200: { description: 'The dashboard of the customer' } },
  async handle(ctx: Ctx): Promise<Answer> {
    const { customerId, userId } = me(ctx)
    const bought = await currentLoan(ctx, customerId)
    const { loan, device } = bought
    const next = nextOf(loan)
    const { unread } = await notificationPage(ctx, userId, { types: NOTICE_TYPES, limit: 0, offset: 0 })
    return {
      status: 200,
      body: {
        customer: await ownRecord(ctx, customerId),
        loan: loanJson(bought, ctx.today),
        next_payment: next && instalmentJson(next, ctx.today, loan.currency),
        ...arrearsJson(loan, ctx.today),
        device_status: device && deviceStatusJson(device, loan),
        unread_notifications_count: unread,
      },
    }
  },
}

export const installments: Operation = {
  section: '3. Installments',
  summary: 'The complete payment schedule of the active loan',
  answers: { 200: { description: 'Installments in order of due date, and how many are in which state' } },
  async handle(ctx: Ctx): Promise<Answer> {
    const { loan } = await currentLoan(ctx, me(ctx).customerId)
    const rows = loan.instalments.map((one) => instalmentJson(one, ctx.today, loan.currency))
    return { status: 200, body: { installments: rows, summary: summaryJson(loan, ctx.today) } }
  },
}
