/** Asking for many locks at once, after having looked what it would do. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { id, reason } from '#contracts/office/asked.ts'
import { BULK_OUTCOMES, type BulkRow, lockInBulk } from '#modules/devices/devices.ts'
import { loansAtBranch } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const bulkBody = z.object({
  device_ids: z.array(id).min(1, 'Give at least one device.').max(500, 'Give at most 500 devices.').optional(),
  min_days_past_due: z.int('Give a whole number.').min(1).max(10_000).optional(),
  branch: z.string().min(1).max(12).optional(),
  reason,
  dry_run: z.boolean().default(false),
})

const example = {
  ...{ device_id: 2, imei: '356938035643809', loan_id: 2, days_past_due: 45, outcome: 'would_be_locked' },
}

const rowSchema = z.object({
  ...{ device_id: field.id, imei: z.string().nullable(), loan_id: field.id.nullable() },
  ...{ days_past_due: field.count, outcome: z.enum(BULK_OUTCOMES) },
})

const rowJson = ({ deviceId, device, daysPastDue, outcome }: BulkRow): z.infer<typeof rowSchema> => ({
  ...{ device_id: deviceId, imei: device?.imei ?? null, loan_id: device?.loanId ?? null },
  ...{ days_past_due: daysPastDue, outcome },
})

export const lockDevicesInBulk: Operation = {
  id: 'lockDevices',
  section: 'Devices',
  summary: 'Ask for many devices to be locked',
  description:
    'By `device_ids`, or all that are unlocked and late by `min_days_past_due`, of a `branch` where one is given; at most 500 at once, in one transaction. With `dry_run` it says what would happen and does nothing. Each is pending until its lock is confirmed; one that is paid for is never locked.',
  body: bulkBody,
  exampleBody: { min_days_past_due: 30, branch: 'S01', reason: 'Pago vencido', dry_run: true },
  answers: {
    200: {
      description: 'What happened to each; `more`: there are more of this kind',
      schema: z.object({
        ...{ dry_run: z.boolean(), devices: z.array(rowSchema), more: z.boolean() },
        counts: z.record(z.string(), field.count).meta({ description: 'How many, by outcome' }),
      }),
      example: { dry_run: true, devices: [example], counts: { would_be_locked: 1 }, more: false },
    },
  },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof bulkBody> }): Promise<Answer> {
    const { device_ids: deviceIds, min_days_past_due: minDaysPastDue, branch, reason: why, dry_run: dryRun } = body
    const among = branch === undefined ? undefined : (ids: readonly number[]) => loansAtBranch(ctx, branch, ids)
    const { rows, more } = await lockInBulk(ctx, { deviceIds, minDaysPastDue, among, reason: why, dryRun })
    const counts: Record<string, number> = {}
    for (const { outcome } of rows) counts[outcome] = (counts[outcome] ?? 0) + 1
    return { status: 200, body: { dry_run: dryRun, devices: rows.map(rowJson), counts, more } }
  },
}
