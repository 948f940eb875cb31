import { describe, expect, it } from 'vitest'
import {
  afterCommandHandover,
  afterReport,
  type Command,
  type CommandKind,
  type CommandReport,
  type CommandStatus,
  expiryOf,
  mayBeLocked,
} from '#domain/devices/command.ts'

const now = new Date('2026-02-15T09:00:00Z')
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const command = (given: Partial<Command> = {}): Command => ({
  ...{ kind: 'lock', status: 'requested', attempts: 1, questions: 0, retry: 0, isLatest: true },
  expiresAt: inMinutes(60 * 24),
  ...given,
})
const overdue = { expiresAt: now }

describe('handing a command over', () => {
  const notReached = { outcome: 'not_reached', reason: 'no route' } as const
  it.each([
    ['accepted', command(), { outcome: 'accepted', remoteId: 'c1' }, 'sent', 5],
    ['accepted after an unheard try', command({ attempts: 2 }), { outcome: 'accepted', remoteId: 'c1' }, 'sent', 5],
    ['refused for good', command(), { outcome: 'refused', reason: 'no such phone' }, 'failed', null],
    ['out of reach the first time', command(), notReached, 'requested', 1 / 6],
    ['out of reach the third time', command({ attempts: 3 }), notReached, 'requested', 4 / 6],
    ['out of reach for ever so long', command({ attempts: 99 }), notReached, 'requested', 30],
    ['out of reach until its end', command(overdue), notReached, 'expired', null],
    [
      'superseded meanwhile',
      command({ status: 'superseded' }),
      { outcome: 'accepted', remoteId: 'c' },
      'superseded',
      null,
    ],
    ['done before the answer', command({ status: 'acknowledged' }), notReached, 'acknowledged', null],
  ] as const)('%s', (_, given, handover, status, minutes) => {
    const nextTry = minutes === null ? null : inMinutes(minutes)
    expect(afterCommandHandover(given, handover, now)).toMatchObject({ status, nextTry })
  })
})

describe('what the service reports', () => {
  const done: CommandReport = { report: 'done' }
  const waiting: CommandReport = { report: 'waiting' }
  const failed: CommandReport = { report: 'failed', reason: 'no agent' }
  const unknown: CommandReport = { report: 'unknown' }
  // status, report, then where it stands, when it is asked about, and when it is given again (minutes from now)
  it.each([
    ['sent and done', { status: 'sent' }, done, 'acknowledged', null, null],
    ['done before the answer to the handover', { status: 'requested' }, done, 'acknowledged', null, null],
    ['done twice', { status: 'acknowledged' }, done, 'acknowledged', null, null],
    ['done, then failed', { status: 'acknowledged' }, failed, 'acknowledged', null, null],
    ['failed: given again', { status: 'sent' }, failed, 'failed', null, 10],
    ['failed for the third time', { status: 'sent', retry: 2 }, failed, 'failed', null, 40],
    ['failed too often', { status: 'sent', retry: 3 }, failed, 'failed', null, null],
    ['failed, then done: it was given again', { status: 'failed' }, done, 'failed', null, null],
    ['the phone is off', { status: 'sent', questions: 1 }, waiting, 'sent', 10, null],
    ['the phone is off for long', { status: 'sent', questions: 50 }, waiting, 'sent', 360, null],
    ['the phone is off until its end', { status: 'sent', ...overdue }, waiting, 'expired', null, null],
    ['done after its end', { status: 'expired' }, done, 'acknowledged', null, null],
    ['the service lost it', { status: 'sent' }, unknown, 'requested', 0, null],
    ['superseded and done', { status: 'superseded', isLatest: false }, done, 'superseded', null, null],
    ['superseded and failed', { status: 'superseded', isLatest: false }, failed, 'superseded', null, null],
    ['expired, superseded and done', { status: 'expired', isLatest: false }, done, 'expired', null, null],
  ] as const)('%s', (_, given, report, status, asked, again) => {
    const at = (minutes: number | null) => (minutes === null ? null : inMinutes(minutes))
    expect(afterReport(command(given), report, now)).toMatchObject({ status, nextTry: at(asked), retryAt: at(again) })
  })
})

describe('whether a phone may be locked, so that calling the lock off takes a command', () => {
  const told = (kind: CommandKind, status: CommandStatus, attempts: number) => ({ kind, status, attempts })
  it.each([
    ['never told anything', [], false],
    ['enrolled only', [told('enrol', 'acknowledged', 1)], false],
    ['a lock that never left', [told('lock', 'superseded', 0)], false],
    ['a lock in hand', [told('lock', 'requested', 1)], true],
    ['a lock sent', [told('lock', 'superseded', 2)], true],
    ['a lock that failed, as it says', [told('lock', 'failed', 1)], true],
    ['locked, unlocked', [told('lock', 'acknowledged', 1), told('unlock', 'acknowledged', 1)], false],
    ['locked, the unlock under way', [told('lock', 'acknowledged', 1), told('unlock', 'sent', 1)], true],
    ['locked, the unlock never left', [told('lock', 'acknowledged', 1), told('unlock', 'superseded', 0)], true],
  ] as const)('%s: %3$s', (_, commands, may) => {
    expect(mayBeLocked(commands)).toBe(may)
  })
})

it('gives up locking after thirty days, and freeing a phone after a year', () => {
  expect(expiryOf('lock', now)).toEqual(new Date('2026-03-17T09:00:00Z'))
  expect(expiryOf('unlock', now)).toEqual(new Date('2027-02-15T09:00:00Z'))
  expect(expiryOf('release', now)).toEqual(new Date('2027-02-15T09:00:00Z'))
})
