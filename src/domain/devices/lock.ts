/** How a phone's lock moves: asked for, confirmed, lifted; when the policy wants it; and what no lock ever takes away. */
import { addDays, type Day, weekdayOf } from '#domain/day.ts'

/** `pending`: the lock was asked for and is not on the phone yet. */
export const LOCK_STATUSES = ['unlocked', 'pending', 'locked'] as const
export type LockStatus = (typeof LOCK_STATUSES)[number]
export type LockStep = 'request' | 'confirm' | 'unlock'

/**
 * Why a phone is locked, which decides what lifts the lock: `arrears` follow the debt; `staff` asked for it of a phone that was
 * not late; `security` is theft or fraud.
 */
export const LOCK_CAUSES = ['arrears', 'staff', 'security'] as const
export type LockCause = (typeof LOCK_CAUSES)[number]

/** The cause of a lock that staff asks for without naming one. */
export const usualCause = (isOverdue: boolean): LockCause => (isOverdue ? 'arrears' : 'staff')

/** What leaves nothing overdue: the loan is paid off, money came, the debt was changed, or a day merely ended so. */
export type Cure = 'pay_off' | 'payment' | 'relief' | 'day'

const LIFTED_BY: Readonly<Record<LockCause, readonly Cure[]>> = {
  arrears: ['pay_off', 'payment', 'relief', 'day'],
  staff: ['pay_off', 'payment'],
  security: [],
}

/** Whether a lock is lifted by itself once nothing is overdue; what does not lift it, staff must. */
export const lifts = (cure: Cure, cause: LockCause): boolean => LIFTED_BY[cause].includes(cure)

/** What works on a locked phone all the same, in every organisation. */
export const ALWAYS_ALLOWED = ['emergency_calls', 'support_calls', 'show_balance', 'send_receipt'] as const
/** Of the GSM standard: every phone connects them, locked or not, with or without a card. */
export const EMERGENCY_NUMBERS = ['112', '911'] as const

const NEXT: Readonly<Record<LockStep, Readonly<Partial<Record<LockStatus, LockStatus>>>>> = {
  request: { unlocked: 'pending' },
  confirm: { pending: 'locked' },
  // A lock that was only asked for can be called off.
  unlock: { pending: 'unlocked', locked: 'unlocked' },
}

/** The status after a step; null: the step cannot be taken from there. */
export const afterStep = (status: LockStatus, step: LockStep): LockStatus | null => NEXT[step][status] ?? null

export interface LockPolicy {
  /** Days past due on which the customer is warned; null: never. */
  readonly warnAfterDays: number | null
  /** Days past due on which the lock is asked for; null: only staff asks. */
  readonly lockAfterDays: number | null
  /** Who says that a lock is on the phone: staff, or device management as well. */
  readonly confirm: 'manual' | 'mdm'
  /** Days of the week (1: Monday) on which the policy asks for no lock: nobody may be there to help, or to take a payment. */
  readonly noLockOn: readonly number[]
  /** Days without a lock for a late customer who sent in a payment, while it is looked at; null: none. */
  readonly provisionalDays: number | null
  /** Days from its claim on for which a payment that would cure the arrears keeps the policy from locking; null: none. */
  readonly claimDays: number | null
}

export const USUAL_LOCK_POLICY: LockPolicy = {
  ...{ warnAfterDays: 27, lockAfterDays: 30, confirm: 'manual', noLockOn: [], provisionalDays: null, claimDays: 3 },
}

/** The policy as an organisation keeps it; what is missing or no number of days takes its usual value, never less than a day. */
export function lockPolicyOf(kept: unknown): LockPolicy {
  const { warnAfterDays, lockAfterDays, confirm, noLockOn, provisionalDays, claimDays } = (
    typeof kept === 'object' && kept !== null ? kept : {}
  ) as Record<string, unknown>
  return {
    warnAfterDays: daysOf(warnAfterDays, USUAL_LOCK_POLICY.warnAfterDays),
    lockAfterDays: daysOf(lockAfterDays, USUAL_LOCK_POLICY.lockAfterDays),
    confirm: confirm === 'mdm' ? 'mdm' : USUAL_LOCK_POLICY.confirm,
    noLockOn: Array.isArray(noLockOn) ? noLockOn.filter(isWeekday) : USUAL_LOCK_POLICY.noLockOn,
    provisionalDays: daysOf(provisionalDays, USUAL_LOCK_POLICY.provisionalDays),
    claimDays: daysOf(claimDays, USUAL_LOCK_POLICY.claimDays),
  }
}

const isWeekday = (kept: unknown): kept is number => [1, 2, 3, 4, 5, 6, 7].includes(kept as number)

function daysOf(kept: unknown, usual: number | null): number | null {
  if (kept === null) return null
  return typeof kept === 'number' && Number.isInteger(kept) && kept >= 1 ? kept : usual
}

export interface Standing {
  readonly status: LockStatus
  /** Null: not locked. */
  readonly cause: LockCause | null
  readonly daysPastDue: number
  /** A warning has gone out for what is overdue now. */
  readonly warned: boolean
  /** No lock is asked for today: by the day of the week, or because the customer was given some days. */
  readonly spared: boolean
}

/** Whether the policy asks for no lock today. `until`: the last of the days that the customer was given. */
export const isSpared = ({ noLockOn }: LockPolicy, today: Day, until: Day | null): boolean =>
  noLockOn.includes(weekdayOf(today)) || (until !== null && today <= until)

/** Payments of a loan that customers say they made, and that nobody has verified or rejected. */
export interface WaitingClaims {
  /** The day of the oldest of them. */
  readonly since: Day
  /** What they come to, minor units. */
  readonly amount: bigint
}

/** Whether waiting claims keep the policy from locking: they would cure the arrears, and staff still has days to look. */
export function claimsHoldOff(
  { claimDays }: Pick<LockPolicy, 'claimDays'>,
  { claims, overdue, today }: { claims: WaitingClaims | undefined; overdue: bigint; today: Day },
): boolean {
  if (claimDays === null || claims === undefined || claims.amount < overdue) return false
  return today <= addDays(claims.since, claimDays)
}

/** What the policy wants at the end of a day. A phone is never locked before its customer was warned, where warnings are sent. */
export function wanted(
  policy: LockPolicy,
  { status, cause, daysPastDue, warned, spared }: Standing,
): 'warn' | 'lock' | 'unlock' | null {
  if (status !== 'unlocked') return daysPastDue === 0 && cause !== null && lifts('day', cause) ? 'unlock' : null
  const warns = policy.warnAfterDays !== null && daysPastDue >= policy.warnAfterDays
  if (warns && !warned) return 'warn'
  return !spared && policy.lockAfterDays !== null && daysPastDue >= policy.lockAfterDays ? 'lock' : null
}

/** Without 0, O, 1 and I, which people confuse. */
export const CODE_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
