import { expect, it } from 'vitest'
import { z } from 'zod'
import { asSent } from '#platform/http/field-names.ts'
import { type Operation, route } from '#platform/http/route.ts'

const body = z.object({
  first_due_day: z.string().optional(),
  rate_percent: z.string().optional(),
  down_payment_percent: z.int().optional(),
  amount: z.string(),
  min_amount: z.string().optional(),
  charges: z.array(z.object({ due_day: z.string(), amount: z.string() })).optional(),
  device_locks: z.object({ warn_after_days: z.int() }).nullable().optional(),
})
const operation: Operation = {
  ...{ section: 'Test', summary: 'Test', body, query: z.object({ page: z.string().optional() }), answers: {} },
  handle: async () => ({ status: 200 }),
}
const lend = route('POST', '/lend', 'open', operation)

it.each([
  ['amount', 'amount'],
  ['firstDueDay', 'first_due_day'],
  ['terms.firstDue', 'first_due_day'],
  ['terms.ratePercent', 'rate_percent'],
  ['downPayment', 'down_payment_percent'],
  ['minAmount', 'min_amount'],
  ['charges.3.dueDay', 'charges.3.due_day'],
  ['deviceLocks.warnAfterDays', 'device_locks.warn_after_days'],
  ['page', 'page'],
  ['body', 'body'],
  ['somethingElse', 'somethingElse'],
])('what the core calls %s is told as %s', (core, sent) => {
  expect(asSent({ [core]: 'wrong' }, lend)).toEqual({ [sent]: 'wrong' })
})
