import { expect, test } from 'vitest'
import { bodyRoom } from '#platform/http/limits/body-room.ts'
import { refusalOf } from '#test/asking.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('so many bytes are in at once; the others follow in the order in which they came', async () => {
  const room = bodyRoom({ totalBytes: 10, shareBytes: 10, waitMs: 60_000 })
  const inside: string[] = []
  const enter = async (name: string, bytes: number) => {
    const leave = await room.take(bytes, name)
    inside.push(name)
    return leave
  }
  const [a, b, c, d] = [enter('a', 6), enter('b', 4), enter('c', 5), enter('d', 1)]
  await settled()
  expect(inside).toEqual(['a', 'b'])
  const leaveB = await b
  leaveB()
  leaveB()
  await settled()
  // There is room for d, but c came first.
  expect(inside).toEqual(['a', 'b'])
  ;(await a)()
  await settled()
  expect(inside).toEqual(['a', 'b', 'c', 'd'])
  ;(await c)()
  ;(await d)()
})

test('a body larger than all the room comes in alone', async () => {
  const room = bodyRoom({ totalBytes: 10, shareBytes: 10, waitMs: 60_000 })
  const leave = await room.take(1_000, '10.0.0.1')
  let entered = false
  const next = room.take(1, '10.0.0.1').then((out) => {
    entered = true
    return out
  })
  await settled()
  expect(entered).toBe(false)
  leave()
  ;(await next)()
})

test('who has waited too long is told to come again, and stands in nobody’s way', async () => {
  const room = bodyRoom({ totalBytes: 10, shareBytes: 10, waitMs: 5 })
  const leave = await room.take(10, '10.0.0.1')
  expect(await refusalOf(room.take(10, '10.0.0.1'))).toBe('unavailable')
  leave()
  ;(await room.take(10, '10.0.0.1'))()
})

test('an address has its share only, and whoever waits for theirs lets others pass', async () => {
  const room = bodyRoom({ totalBytes: 10, shareBytes: 4, waitMs: 60_000 })
  const inside: string[] = []
  const enter = async (name: string, address: string, bytes: number) => {
    const leave = await room.take(bytes, address)
    inside.push(name)
    return leave
  }
  const slow = ['s1', 's2', 's3', 's4'].map((name) => enter(name, '10.0.0.1', 2))
  const other = enter('other', '10.0.0.2', 4)
  const larger = enter('larger than a share', '10.0.0.3', 9)
  await settled()
  expect(inside).toEqual(['s1', 's2', 'other'])
  ;(await slow[0]!)()
  await settled()
  expect(inside).toEqual(['s1', 's2', 'other', 's3'])
  ;(await other)()
  await settled()
  expect(inside).toEqual(['s1', 's2', 'other', 's3', 'larger than a share'])
  for (const leaving of [...slow, larger]) void leaving.then((leave) => leave())
  await Promise.all(slow)
  expect(inside).toContain('s4')
})
