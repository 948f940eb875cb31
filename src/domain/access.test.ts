import { describe, expect, it, test } from 'vitest'
import {
  coversBranch,
  EVERYTHING,
  type Extent,
  NOTHING,
  opensCustomer,
  reachesEveryLoan,
  scopeOf,
  scopeOfCustomer,
} from '#domain/access.ts'
import { ROLES, type Role } from '#domain/permission.ts'

type Row = readonly [role: Role, read: Extent, write: Extent, branch: string | null, channels: string]

/** Everybody works for branch S01 here. */
const REACH: readonly Row[] = [
  // role | reads | changes | narrowed to | shown visits and calls
  ['platform_admin', 'all', 'all', null, 'field calling'],
  ['admin', 'all', 'all', null, 'field calling'],
  ['manager', 'all', 'all', null, 'field calling'],
  ['loan_officer', 'all', 'all', 'S01', 'field'],
  ['collection_head', 'all', 'all', 'S01', 'field calling'],
  ['collection_manager', 'team', 'team', 'S01', 'field calling'],
  ['collection_officer', 'team', 'team', 'S01', 'field'],
  ['calling_agent', 'all', 'own', 'S01', 'calling'],
  ['staff', 'all', 'all', 'S01', ''],
  ['customer', 'self', 'self', null, ''],
  ['third_party', 'none', 'none', 'S01', ''],
]

describe('how far a role reaches', () => {
  it.each(REACH)('%s reads %s and changes %s, at branch %s', (role, read, write, branch, channels) => {
    const scope = scopeOf({ roles: [role], userId: 7, branch: 'S01' })
    expect(scope).toMatchObject({ read, write, branch, userId: 7, customerId: null })
    expect(scope.channels.join(' ')).toBe(channels)
  })

  test('is said of every role', () => {
    expect(REACH.map(([role]) => role).toSorted()).toEqual([...ROLES].toSorted())
  })

  it.each<readonly [Role[], Extent, Extent]>([
    [[], 'none', 'none'],
    [['customer', 'loan_officer'], 'all', 'all'],
    [['calling_agent', 'collection_officer'], 'all', 'team'],
    [['third_party', 'customer'], 'self', 'self'],
  ])('of %j together is the widest of each', (roles, read, write) => {
    expect(scopeOf({ roles, userId: 7 })).toMatchObject({ read, write, branch: null })
  })
})

describe('a branch', () => {
  it.each([
    [{ branch: 'S01' }, 'S01', true],
    [{ branch: 'S01' }, 'S02', false],
    [{ branch: null }, 'S02', true],
  ])('%j covers %s: %s', (scope, branch, covered) => {
    expect(coversBranch(scope, branch)).toBe(covered)
  })

  test('leaves out loans, and so does a team', () => {
    const officer = scopeOf({ roles: ['loan_officer'], userId: 7 })
    expect(reachesEveryLoan(officer, 'read')).toBe(true)
    expect(reachesEveryLoan({ ...officer, branch: 'S01' }, 'read')).toBe(false)
    expect(reachesEveryLoan(scopeOf({ roles: ['collection_officer'], userId: 7 }), 'read')).toBe(false)
    const agent = scopeOf({ roles: ['calling_agent'], userId: 7 })
    expect([reachesEveryLoan(agent, 'read'), reachesEveryLoan(agent, 'write')]).toEqual([true, false])
  })
})

describe('a customer’s record', () => {
  const record = { id: 3, userId: 9 }
  it.each([
    ['everything', EVERYTHING, true],
    ['nothing', NOTHING, false],
    ['the customer', scopeOfCustomer(3), true],
    ['another customer', scopeOfCustomer(4), false],
    ['a login that has the record', scopeOf({ roles: ['customer'], userId: 9 }), true],
    ['a login that has none', scopeOf({ roles: ['customer'], userId: 8 }), false],
    ['a login with a record of its own', scopeOf({ roles: ['customer'], userId: 9, customerId: 4 }), false],
    ['staff, whatever their branch', scopeOf({ roles: ['loan_officer'], userId: 7, branch: 'S02' }), true],
  ])('is open to %s: %s', (_, scope, open) => {
    expect(opensCustomer(scope, record)).toBe(open)
  })

  test('that nobody has a login for is nobody’s own', () => {
    expect(opensCustomer(NOTHING, { id: 3, userId: null })).toBe(false)
    expect(opensCustomer({ ...scopeOfCustomer(3), customerId: null }, { id: 3, userId: null })).toBe(false)
  })
})
