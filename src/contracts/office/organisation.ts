/** The organisation itself: who it is, and how it works. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import {
  changeSettings,
  REGISTRATIONS,
  SECOND_FACTORS,
  type Settings,
  settingsNow,
} from '#modules/organisations/organisations.ts'
import type { Ctx, Door, Organisation } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Organisation'

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^\P{Cc}*$/u, 'Remove the control characters.')
const afterDays = z.int('Give a whole number of days, or null for never.').min(1).max(365).nullable().optional()
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'Give a time of day, "08:00".')

const settingsBody = z.strictObject({
  support_phone: line(40).nullable().optional(),
  support_schedule: line(120).nullable().optional(),
  device_locks: z
    .strictObject({
      warn_after_days: afterDays,
      lock_after_days: afterDays,
      confirm: z.enum(['manual', 'mdm']).optional(),
      no_lock_on: z
        .array(z.int().min(1).max(7))
        .max(7)
        .optional()
        .meta({ description: 'Days of the week, 1 is Monday' }),
      provisional_days: afterDays.meta({ description: 'Without a lock while a receipt is looked at' }),
      claim_days: afterDays.meta({
        description: 'For how long a payment that waits to be verified, and would cure the arrears, keeps off a lock',
      }),
    })
    .nullable()
    .optional(),
  contact_hours: z.strictObject({ from: timeOfDay, to: timeOfDay }).nullable().optional(),
  notice_hour: z.int('Give an hour of the day, 0 to 23.').min(0).max(23).nullable().optional(),
  sales: z
    .strictObject({
      documents: z.array(line(40)).max(20).optional().meta({ description: 'Types that a customer must have given' }),
      income_share: z
        .int()
        .min(1)
        .max(100)
        .optional()
        .meta({ description: 'Per cent of a month’s income that a month’s instalments may take' }),
    })
    .nullable()
    .optional(),
  second_factor: z.enum(SECOND_FACTORS).nullable().optional(),
  registration: z.enum(REGISTRATIONS).nullable().optional(),
  approver_may_disburse: z.boolean().nullable().optional(),
  backdating_days: z
    .int('Give a whole number of days.')
    .min(0)
    .max(36_500)
    .nullable()
    .optional()
    .meta({ description: 'How far back staff may date a repayment without a second person' }),
})
type SettingsBody = z.output<typeof settingsBody>

const days = field.count.nullable()
const organisationSchema = z
  .object({
    slug: z.string(),
    name: z.string(),
    currency: field.currency,
    time_zone: z.string(),
    locale: z.string(),
    country: z.string(),
    support_phone: z.string().nullable(),
    support_schedule: z.string().nullable(),
    device_locks: z.object({
      ...{ warn_after_days: days, lock_after_days: days, confirm: z.enum(['manual', 'mdm']) },
      ...{ no_lock_on: z.array(z.int()), provisional_days: days, claim_days: days },
    }),
    contact_hours: z.object({ from: z.string(), to: z.string() }),
    notice_hour: field.count,
    sales: z.object({ documents: z.array(z.string()), income_share: field.count }),
    second_factor: z.enum(SECOND_FACTORS),
    registration: z.enum(REGISTRATIONS),
    approver_may_disburse: z.boolean(),
    backdating_days: field.count,
  })
  .meta({ id: 'Organisation' })

const example: z.infer<typeof organisationSchema> = {
  ...{ slug: 'movicuotas', name: 'MoviCuotas', currency: 'HNL', time_zone: 'America/Tegucigalpa' },
  ...{ locale: 'es', country: 'HN', support_phone: '+504 2222-3333', support_schedule: 'Lunes a sábado, 8:00–18:00' },
  device_locks: {
    warn_after_days: 27,
    lock_after_days: 30,
    confirm: 'manual',
    no_lock_on: [],
    provisional_days: null,
    claim_days: 3,
  },
  contact_hours: { from: '08:00', to: '19:00' },
  ...{ notice_hour: 8, sales: { documents: [], income_share: 40 } },
  ...{ second_factor: 'none', registration: 'open', approver_may_disburse: true },
  backdating_days: 31,
}
const answers = { 200: { description: 'The organisation and its settings', schema: organisationSchema, example } }

function organisationJson(org: Organisation, settings: Settings): z.infer<typeof organisationSchema> {
  const { deviceLocks: locks } = settings
  return {
    ...{ slug: org.slug, name: org.name, currency: org.currency, time_zone: org.timeZone },
    ...{ locale: org.locale, country: org.country },
    ...{ support_phone: settings.supportPhone, support_schedule: settings.supportSchedule },
    device_locks: {
      ...{ warn_after_days: locks.warnAfterDays, lock_after_days: locks.lockAfterDays, confirm: locks.confirm },
      ...{ no_lock_on: [...locks.noLockOn], provisional_days: locks.provisionalDays, claim_days: locks.claimDays },
    },
    ...{ contact_hours: settings.contactHours, notice_hour: settings.noticeHour },
    sales: { documents: [...settings.sales.documents], income_share: settings.sales.incomeShare },
    ...{ second_factor: settings.secondFactor, registration: settings.registration },
    approver_may_disburse: settings.approverMayDisburse,
    backdating_days: settings.backdatingDays,
  }
}

export const readOrganisation: Operation = {
  id: 'readOrganisation',
  section,
  summary: 'Read the organisation and its settings',
  description: 'Settings that it has none of its own of are shown as they are usual in its country.',
  answers,
  async handle(ctx: Ctx): Promise<Answer> {
    return { status: 200, body: organisationJson(ctx.org, await settingsNow(ctx)) }
  },
}

export const changeOrganisation: Operation = {
  id: 'changeOrganisation',
  section,
  summary: 'Change the organisation’s settings',
  description:
    'What is left out stays; null brings the usual back, except for the days of `device_locks`, where it means never. Every change is in the log of events, with what was and who changed it.',
  transaction: 'own',
  body: settingsBody,
  exampleBody: { support_phone: '+504 2222-3333', device_locks: { warn_after_days: 5, lock_after_days: 10 } },
  answers,
  async handle(door: Door, { body }: { body: SettingsBody }): Promise<Answer> {
    const { device_locks: locks } = body
    const settings = await changeSettings(door, {
      ...{ supportPhone: body.support_phone, supportSchedule: body.support_schedule },
      deviceLocks: locks && {
        ...{ warnAfterDays: locks.warn_after_days, lockAfterDays: locks.lock_after_days, confirm: locks.confirm },
        ...{ noLockOn: locks.no_lock_on, provisionalDays: locks.provisional_days, claimDays: locks.claim_days },
      },
      ...{ contactHours: body.contact_hours, noticeHour: body.notice_hour },
      sales: body.sales && { documents: body.sales.documents, incomeShare: body.sales.income_share },
      ...{ secondFactor: body.second_factor, registration: body.registration },
      approverMayDisburse: body.approver_may_disburse,
      backdatingDays: body.backdating_days,
    })
    return { status: 200, body: organisationJson(door.org, settings) }
  },
}
