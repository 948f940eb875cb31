import { expect, test } from 'vitest'
import { bodyRoom } from '#platform/body-room.ts'
import { refusalOf } from '#test/asking.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('so many bytes are in at once; the others follow in the order in which they came', async () => {
  const room = bodyRoom(10, 60_000)
  const inside: string[] = []
  const enter = async (name: string, bytes: number) => {
    const leave = await room.take(bytes)
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
  const room = bodyRoom(10, 60_000)
  const leave = await room.take(1_000)
  let entered = false
  const next = room.take(1).then((out) => {
    entered = true
    return out
  })
  await settled()
  expect(entered).toBe(false)
  leave()
  ;(await next)()
})

test('who has waited too long is told to come again, and stands in nobody’s way', async () => {
  const room = bodyRoom(10, 5)
  const leave = await room.take(10)
  expect(await refusalOf(room.take(10))).toBe('unavailable')
  leave()
  ;(await room.take(10))()
})
