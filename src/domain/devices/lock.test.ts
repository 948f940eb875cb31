import { expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { isImei, passesLuhn } from '#domain/devices/imei.ts'
import {
  afterStep,
  claimsHoldOff,
  isSpared,
  lifts,
  lockPolicyOf,
  USUAL_LOCK_POLICY,
  usualCause,
  wanted,
} from '#domain/devices/lock.ts'

it.each([
  ['unlocked', 'request', 'pending'],
  ['pending', 'confirm', 'locked'],
  ['pending', 'unlock', 'unlocked'],
  ['locked', 'unlock', 'unlocked'],
  ['pending', 'request', null],
  ['locked', 'request', null],
  ['unlocked', 'confirm', null],
  ['unlocked', 'unlock', null],
] as const)('a lock that is %s: %s makes it %s', (status, step, after) => {
  expect(afterStep(status, step)).toBe(after)
})

it.each([
  ['unlocked', 26, false, null],
  ['unlocked', 27, false, 'warn'],
  ['unlocked', 29, true, null],
  ['unlocked', 30, true, 'lock'],
  ['unlocked', 90, false, 'warn'],
  ['locked', 90, true, null],
  ['locked', 0, true, 'unlock'],
  ['pending', 0, true, 'unlock'],
] as const)('%s, %d days past due, warned %s: %s', (status, daysPastDue, warned, want) => {
  const cause = status === 'unlocked' ? null : 'arrears'
  expect(wanted(USUAL_LOCK_POLICY, { status, cause, daysPastDue, warned, spared: false })).toBe(want)
})

it.each(['staff', 'security'] as const)(
  'a lock for %s is not lifted because a day ended with nothing overdue',
  (cause) => {
    const standing = { cause, daysPastDue: 0, warned: false, spared: false }
    for (const status of ['pending', 'locked'] as const) {
      expect(wanted(USUAL_LOCK_POLICY, { ...standing, status })).toBe(null)
    }
  },
)

it.each([
  ['arrears', ['pay_off', 'payment', 'relief', 'day']],
  ['staff', ['pay_off', 'payment']],
  ['security', []],
] as const)('a lock for %s is lifted by itself by %j', (cause, cures) => {
  const all = ['pay_off', 'payment', 'relief', 'day'] as const
  expect(all.filter((cure) => lifts(cure, cause))).toEqual(cures)
})

it('a lock that staff asks for follows the arrears where there are any, and else is staff’s', () => {
  expect([usualCause(true), usualCause(false)]).toEqual(['arrears', 'staff'])
})

it.each([
  ['unlocked', 30, null],
  ['pending', 0, 'unlock'],
] as const)('spared, %s and %d days past due: %s', (status, daysPastDue, want) => {
  const cause = status === 'unlocked' ? null : 'arrears'
  expect(wanted(USUAL_LOCK_POLICY, { status, cause, daysPastDue, warned: true, spared: true })).toBe(want)
})

it.each([
  ['on a Saturday', '2026-02-14', null, true],
  ['on a Monday', '2026-02-16', null, false],
  ['on the last day he was given', '2026-02-16', '2026-02-16', true],
  ['on the day after it', '2026-02-17', '2026-02-16', false],
] as const)('%s, without locks on weekends: spared %4$s', (_, today, until, spared) => {
  const policy = lockPolicyOf({ noLockOn: [6, 7, 8, 'Sunday'] })
  expect(isSpared(policy, day(today), until && day(until))).toBe(spared)
})

it('keeps to an organisation’s policy, and to the usual one where that makes no sense', () => {
  const own = {
    warnAfterDays: 5,
    lockAfterDays: null,
    confirm: 'mdm',
    noLockOn: [6, 7],
    provisionalDays: 2,
    claimDays: null,
  }
  expect(lockPolicyOf(own)).toEqual(own)
  expect(lockPolicyOf({ confirm: 'nobody', noLockOn: 'weekends' })).toEqual(USUAL_LOCK_POLICY)
  expect(lockPolicyOf({ warnAfterDays: 0, lockAfterDays: 'soon' })).toEqual(USUAL_LOCK_POLICY)
  expect(lockPolicyOf(undefined)).toEqual(USUAL_LOCK_POLICY)
})

it('knows an IMEI and its check digit', () => {
  expect(['490154203237518', '356938035643809'].every((imei) => isImei(imei) && passesLuhn(imei))).toBe(true)
  expect(passesLuhn('123456789012345')).toBe(false)
  expect(isImei('12345678901234')).toBe(false)
})

it.each([
  ['all that is overdue, on its day', 3, 500n, '2026-03-10', '2026-03-10', true],
  ['all that is overdue, on the third day after', 3, 500n, '2026-03-10', '2026-03-13', true],
  ['all that is overdue, on the fourth', 3, 500n, '2026-03-10', '2026-03-14', false],
  ['a cent less', 3, 499n, '2026-03-10', '2026-03-10', false],
  ['all of it, where claims keep off no lock', null, 500n, '2026-03-10', '2026-03-10', false],
] as const)('claims of %s', (_, claimDays, amount, since, today, holdOff) => {
  const claims = { since: day(since), amount }
  expect(claimsHoldOff({ claimDays }, { claims, overdue: 500n, today: day(today) })).toBe(holdOff)
  expect(claimsHoldOff({ claimDays }, { claims: undefined, overdue: 500n, today: day(today) })).toBe(false)
})
