import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openTurns } from '#platform/turns.ts'

it.each([1, 2, 5])('never more than %i at once, in the order in which they came, whatever fails', async (atOnce) => {
  const inTurn = openTurns(atOnce)
  const begun: number[] = []
  let [atWork, most] = [0, 0]
  const work = async (n: number): Promise<number> => {
    begun.push(n)
    most = Math.max(most, ++atWork)
    await sleep(n % 3)
    atWork--
    if (n % 4 === 0) throw new Error(`${n}`)
    return n
  }
  const all = Array.from({ length: 20 }, (_, n) => n)
  for (let round = 0; round < 2; round++) {
    const ended = await Promise.allSettled(all.map((n) => inTurn(() => work(n))))
    expect(ended.map((one) => (one.status === 'fulfilled' ? one.value : Number(one.reason.message)))).toEqual(all)
  }
  expect(begun).toEqual([...all, ...all])
  expect(most).toBe(atOnce)
})
