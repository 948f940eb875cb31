import { expect, it } from 'vitest'
import { isImei, passesLuhn } from '#domain/devices/imei.ts'
import { afterStep, lockPolicyOf, USUAL_LOCK_POLICY, wanted } from '#domain/devices/lock.ts'

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
  expect(wanted(USUAL_LOCK_POLICY, { status, daysPastDue, warned })).toBe(want)
})

it('keeps to an organisation’s policy, and to the usual one where that makes no sense', () => {
  expect(lockPolicyOf({ warnAfterDays: 5, lockAfterDays: null })).toEqual({ warnAfterDays: 5, lockAfterDays: null })
  expect(lockPolicyOf({ warnAfterDays: 0, lockAfterDays: 'soon' })).toEqual(USUAL_LOCK_POLICY)
  expect(lockPolicyOf(undefined)).toEqual(USUAL_LOCK_POLICY)
})

it('knows an IMEI and its check digit', () => {
  expect(['490154203237518', '356938035643809'].every((imei) => isImei(imei) && passesLuhn(imei))).toBe(true)
  expect(passesLuhn('123456789012345')).toBe(false)
  expect(isImei('12345678901234')).toBe(false)
})
