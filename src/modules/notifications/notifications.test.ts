import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventOf, EventType } from '#domain/event.ts'
import { registerUser } from '#modules/identity/identity.ts'
import {
  deleteNotification,
  NOTIFIED_EVENTS,
  notifyOne,
  notifyOnEvents,
  readNotification,
} from '#modules/notifications/notifications.ts'
import { lastNotificationId, notificationsAfter, notificationsOf } from '#modules/notifications/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let borrower: number
let officer: number
let admin: number
let eventIds = 1000

const inside = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door('sokocredit'), work)

function event(type: EventType, data: Readonly<Record<string, unknown>> = {}, actor = 'provider:mpesa') {
  const people = { borrower_user_id: borrower, officer_id: officer }
  const loan = { loan_id: 12, customer_id: 3, amount: '220000', currency: 'KES' }
  const told = { at: world.clock.now(), day: '2026-02-15', actor, contract: 'sokocredit' }
  const stated = { id: ++eventIds, orgId: 1, type, subject: 'loan:12', data: { ...loan, ...people, ...data }, ...told }
  return stated as unknown as EventOf<(typeof NOTIFIED_EVENTS)[number]>
}

async function told(events: Parameters<typeof notifyOnEvents>[1], locale = 'en'): Promise<string[]> {
  const before = await inside((ctx) => lastNotificationId(ctx))
  await inside((ctx) => notifyOnEvents({ ...ctx, org: { ...ctx.org, locale } }, events))
  const written = await inside((ctx) => notificationsAfter(ctx, before, 10_000))
  const names = new Map([
    [borrower, 'borrower'],
    [officer, 'officer'],
    [admin, 'admin'],
  ])
  return written.map((one) => `${names.get(one.userId)}: ${one.title}: ${one.message}`)
}

beforeAll(async () => {
  world = await openWorld()
  const register = (username: string, role: 'customer' | 'loan_officer' | 'admin'): Promise<number> =>
    inside((ctx) => registerUser(ctx, { username, password: 'password', roles: [role] }))
  borrower = await register('mama', 'customer')
  officer = await register('lender', 'loan_officer')
  admin = await register('admin', 'admin')
})
afterAll(() => world.close())

describe('what happens to a loan is told', () => {
  it.each<[EventType, Record<string, unknown>, string[]]>([
    // event | its facts | who is told what
    ['loan.applied', {}, ['officer: New loan application: Loan 12: a customer has applied for KES 2,200.00.']],
    ['loan.approved', {}, ['borrower: Loan approved: Your loan of KES 2,200.00 has been approved.']],
    [
      'loan.rejected',
      { reason: 'no stall' },
      ['borrower: Loan rejected: Your loan of KES 2,200.00 was not approved (no stall).'],
    ],
    ['loan.rejected', {}, ['borrower: Loan rejected: Your loan of KES 2,200.00 was not approved.']],
    [
      'loan.disbursed',
      { amount: '123456789' },
      ['borrower: Loan disbursed: Your loan of KES 1,234,567.89 has been paid out to you.'],
    ],
    ['loan.completed', {}, ['borrower: Loan fully repaid: Loan 12 is fully repaid. Thank you!']],
    [
      'repayment.posted',
      { amount: '50000', currency: 'UGX' },
      [
        'borrower: Payment received: We have received UGX 50,000 for loan 12. Thank you!',
        'officer: Payment received: UGX 50,000 was paid on loan 12.',
      ],
    ],
    ['repayment.posted', { borrower_user_id: null }, ['officer: Payment received: KES 2,200.00 was paid on loan 12.']],
    [
      'repayment.reversed',
      { officer_id: null },
      ['borrower: Payment reversed: A payment of KES 2,200.00 on loan 12 was taken back.'],
    ],
    [
      'instalment.due_soon',
      { due_day: '2026-03-15' },
      ['borrower: Payment due soon: KES 2,200.00 is due on loan 12 on 2026-03-15.'],
    ],
    ['instalment.overdue', {}, ['borrower: Payment overdue: KES 2,200.00 on loan 12 is overdue. Please pay now.']],
    [
      'payment.suspended',
      { payment_id: 9, reason: 'payer_unknown', payer_phone: '+254711000000' },
      ['admin: Payment needs attention: KES 2,200.00 from +254711000000 could not be applied (payer unknown).'],
    ],
    ['user.logged_in', {}, []],
  ])('%s %o', async (type, data, expected) => {
    expect(await told([event(type, data)])).toEqual(expected)
  })

  it('in the language of the organisation', async () => {
    expect(await told([event('loan.approved')], 'sw-KE')).toEqual([
      'borrower: Mkopo umeidhinishwa: Mkopo wako wa KES 2,200.00 umeidhinishwa.',
    ])
    expect(await told([event('loan.approved', { currency: 'HNL' })], 'es-HN')).toEqual([
      'borrower: Préstamo aprobado: Su préstamo de HNL 2,200.00 ha sido aprobado.',
    ])
    expect(await told([event('loan.completed')], 'fr')).toEqual([
      'borrower: Loan fully repaid: Loan 12 is fully repaid. Thank you!',
    ])
    for (const locale of ['en', 'sw', 'es']) {
      const all = await told(
        NOTIFIED_EVENTS.map((type) => event(type, { due_day: '2026-03-15' })),
        locale,
      )
      expect(all.length).toBeGreaterThanOrEqual(NOTIFIED_EVENTS.length)
      for (const text of all) expect(text).not.toMatch(/undefined|null|NaN|\(\)/)
    }
  })

  it('to nobody about what he did himself', async () => {
    expect(await told([event('loan.applied', {}, `user:${officer}`)])).toEqual([])
    expect(await told([event('repayment.posted', {}, `user:${officer}`)])).toHaveLength(1)
  })

  it('once, however often the event is delivered', async () => {
    const posted = event('repayment.posted')
    expect(await told([posted])).toHaveLength(2)
    expect(await told([posted, event('repayment.posted')])).toHaveLength(2)
    expect(await told([])).toEqual([])
  })

  it('by the thousand in one go', async () => {
    const events = Array.from({ length: 2_000 }, () => event('repayment.posted'))
    const start = performance.now()
    expect(await told(events)).toHaveLength(4_000)
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

describe("a user's notifications", () => {
  it('are listed newest first, read and deleted by their owner only', async () => {
    const words = { type: 'test', title: 'Test', message: 'Habari' }
    const mine = await inside((ctx) => notifyOne(ctx, { userId: admin, ...words }))
    const last = await inside((ctx) => notifyOne(ctx, { userId: admin, ...words }))
    expect(mine).toMatchObject({ userId: admin, ...words, readAt: null })
    const listed = await inside((ctx) => notificationsOf(ctx, admin, { limit: 2 }))
    expect(listed.map((one) => one.id)).toEqual([last.id, mine.id])
    expect(await refusalOf(inside((ctx) => readNotification(ctx, borrower, mine.id)))).toBe('notification_not_found')
    await inside((ctx) => readNotification(ctx, admin, mine.id))
    await inside((ctx) => readNotification(ctx, admin, mine.id))
    const unread = await inside((ctx) => notificationsOf(ctx, admin, { limit: 1, unread: true }))
    expect(unread.map((one) => one.id)).toEqual([last.id])
    expect(await refusalOf(inside((ctx) => deleteNotification(ctx, borrower, mine.id)))).toBe('notification_not_found')
    await inside((ctx) => deleteNotification(ctx, admin, mine.id))
    expect(await refusalOf(inside((ctx) => deleteNotification(ctx, admin, mine.id)))).toBe('notification_not_found')
    expect(await refusalOf(inside((ctx) => readNotification(ctx, admin, mine.id)))).toBe('notification_not_found')
  })
})
