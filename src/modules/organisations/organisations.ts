/** How an organisation works: whom its customers call, when it locks, when it may call, how customers prove who they are. */
import { type ContactHours, contactHoursOf, isWithin, noticeHourOf } from '#domain/collections/contact-hours.ts'
import { type LockPolicy, lockPolicyOf } from '#domain/devices/lock.ts'
import { type SalePolicy, salePolicyOf } from '#domain/devices/sale-decision.ts'
import { backdatingDaysOf } from '#domain/loans/value-day.ts'
import { refuse } from '#domain/refusal.ts'
import * as store from '#modules/organisations/store.ts'
import { policiesNow } from '#modules/organisations/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { forgetOrganisations } from '#platform/organisations.ts'

/** What a customer shows beside his identity number when he logs in. */
export const SECOND_FACTORS = ['none', 'contract_number', 'sms'] as const
/** Who may register staff of collections: anybody, or staff only. */
export const REGISTRATIONS = ['open', 'staff'] as const

export interface Settings {
  /** As customers dial it; null: none is shown. */
  readonly supportPhone: string | null
  readonly supportSchedule: string | null
  readonly deviceLocks: LockPolicy
  readonly contactHours: ContactHours
  /** The hour of the day at which customers are reminded, warned and locked. */
  readonly noticeHour: number
  readonly sales: SalePolicy
  readonly secondFactor: (typeof SECOND_FACTORS)[number]
  readonly registration: (typeof REGISTRATIONS)[number]
  /** Whoever approves a loan may also pay it out. */
  readonly approverMayDisburse: boolean
  /** Days that staff may date a repayment back without a second person. */
  readonly backdatingDays: number
}

/** Settings of several parts, each of which may be changed by itself. */
const GROUPS = ['deviceLocks', 'sales'] as const
type Group = (typeof GROUPS)[number]

/** What may be changed; absent: stays; null: as usual again. */
export type SettingsChange = {
  readonly [Name in Exclude<keyof Settings, Group>]?: Settings[Name] | null | undefined
} & {
  readonly [Name in Group]?:
    | { readonly [Part in keyof Settings[Name]]?: Settings[Name][Part] | undefined }
    | null
    | undefined
}

/** The organisation's settings as they stand now, the usual ones where it has none of its own. */
export const settingsNow = async (ctx: Pick<Ctx, 'org' | 'tx'>): Promise<Settings> =>
  settingsOf(ctx.org.country, await policiesNow(ctx))

/**
 * Changes the settings of the organisation that is acted in, and notes who changed what from what. Requests of this process
 * see the change at once, those of others within five seconds. Refuses invalid_input where settings contradict each other.
 */
export async function changeSettings(door: Door, change: SettingsChange): Promise<Settings> {
  const settings = await transact(door, (ctx) => changeIn(ctx, change))
  forgetOrganisations(door.services.db)
  return settings
}

async function changeIn(ctx: Ctx, change: SettingsChange): Promise<Settings> {
  const policies = await store.lockPolicies(ctx)
  const next = changed(policies, change)
  const [before, after] = [settingsOf(ctx.org.country, policies), settingsOf(ctx.org.country, next)]
  requireConsistent(after)
  const differences = (Object.keys(after) as (keyof Settings)[]).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  await store.writePolicies(ctx, next)
  if (differences.length > 0) {
    const data = {
      changed: Object.fromEntries(differences.map((name) => [name, { from: before[name], to: after[name] }])),
    }
    emit(ctx, 'organisation.settings_changed', data)
  }
  return after
}

function requireConsistent({ deviceLocks, contactHours, noticeHour }: Settings): void {
  const { warnAfterDays: warn, lockAfterDays: lock } = deviceLocks
  const fields: Record<string, string> = {}
  if (warn !== null && lock !== null && warn >= lock)
    fields['device_locks.warn_after_days'] = 'Warn before the day of the lock, or not at all (null).'
  if (contactHours.from >= contactHours.to) fields['contact_hours.from'] = 'Begin before the hours end.'
  if (!isWithin(contactHours, `${String(noticeHour).padStart(2, '0')}:00`))
    fields.notice_hour = 'Give an hour within the contact hours.'
  if (Object.keys(fields).length > 0) refuse('invalid_input', { fields })
}

/** Under which names policies are kept. */
const KEPT_AS: Readonly<Record<keyof Settings, string>> = {
  supportPhone: 'supportPhone',
  supportSchedule: 'supportSchedule',
  deviceLocks: 'deviceLocks',
  contactHours: 'contact_hours',
  noticeHour: 'noticeHour',
  sales: 'sales',
  secondFactor: 'secondFactor',
  registration: 'registration',
  approverMayDisburse: 'approverMayDisburse',
  backdatingDays: 'backdatingDays',
}

/** Policies that are none of these settings stay as they are. */
function changed(policies: store.Policies, change: SettingsChange): store.Policies {
  const next: Record<string, unknown> = { ...policies }
  for (const [name, value] of Object.entries(change) as [keyof Settings, unknown][]) {
    if (value === undefined) continue
    const key = KEPT_AS[name]
    if (value === null) delete next[key]
    else
      next[key] = (GROUPS as readonly string[]).includes(name)
        ? { ...objectOf(next[key]), ...present(value as object) }
        : value
  }
  return next
}

const present = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

const objectOf = (kept: unknown): object => (typeof kept === 'object' && kept !== null ? kept : {})

function settingsOf(country: string, policies: store.Policies): Settings {
  return {
    supportPhone: textOf(policies.supportPhone),
    supportSchedule: textOf(policies.supportSchedule),
    deviceLocks: lockPolicyOf(policies.deviceLocks),
    contactHours: contactHoursOf({ country, policies }),
    noticeHour: noticeHourOf({ policies }),
    sales: salePolicyOf(policies.sales),
    secondFactor: oneOf(SECOND_FACTORS, policies.secondFactor),
    registration: oneOf(REGISTRATIONS, policies.registration),
    approverMayDisburse: policies.approverMayDisburse !== false,
    backdatingDays: backdatingDaysOf(policies.backdatingDays),
  }
}

const textOf = (kept: unknown): string | null => (typeof kept === 'string' && kept !== '' ? kept : null)

/** The first is the usual one. */
const oneOf = <T extends string>(known: readonly [T, ...T[]], kept: unknown): T =>
  known.find((one) => one === kept) ?? known[0]
