import { expect, test } from 'vitest'
import { guardOverload } from '#platform/http/limits/overload.ts'

test('so many requests are in flight at once, and of one address a part of them', () => {
  const guard = guardOverload({ maxInFlight: 5, maxOfOne: 2, maxLagMs: 1_000 })
  const enter = (address: string): boolean => {
    try {
      guard.enter(address)
      return true
    } catch {
      return false
    }
  }
  expect([enter('a'), enter('a'), enter('a')]).toEqual([true, true, false])
  expect([enter('b'), enter('b'), enter('c'), enter('d')]).toEqual([true, true, true, false])
  guard.leave('a')
  expect([enter('d'), enter('a')]).toEqual([true, false])
  guard.close()
})
