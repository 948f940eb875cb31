import { describe, expect, test } from 'vitest'
import { type BatcherOptions, createBatcher } from '#platform/work/batcher.ts'

const OPTIONS = { maxBatch: 10, maxWaiting: 100, overloaded: () => new Error('too many wait') }

/** A batcher whose batches end when the test says so. */
function held(options: Partial<BatcherOptions<number, string>> = {}) {
  const batches: (readonly number[])[] = []
  const ends: (() => void)[] = []
  const batcher = createBatcher<number, string>({
    ...OPTIONS,
    async run(items) {
      batches.push(items)
      await new Promise<void>((resolve) => ends.push(resolve))
      return items.map((item) => `did ${item}`)
    },
    ...options,
  })
  return { batcher, batches, end: () => ends.shift()!() }
}

const turns = async (n: number): Promise<void> => {
  for (let turn = 0; turn < n; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a batcher', () => {
  test('keeps items of different kinds in batches of their own, each in order', async () => {
    const { batcher, batches, end } = held({ maxBatch: 2, kindOf: (item) => (item % 2 === 0 ? 'even' : 'odd') })
    const done = [1, 2, 3, 4, 5, 7].map((item) => batcher.submit(item))
    for (let n = 0; n < 3; n++) {
      await turns(2)
      end()
      await turns(2)
    }
    expect(batches).toEqual([
      [1, 3],
      [2, 4],
      [5, 7],
    ])
    expect(await Promise.all(done)).toEqual([1, 2, 3, 4, 5, 7].map((item) => `did ${item}`))
  })

  test('runs a lone item at once, and what arrives meanwhile together, in order, answering each', async () => {
    const { batcher, batches, end } = held()
    const first = batcher.submit(1)
    await turns(2)
    const others = [2, 3, 4].map((item) => batcher.submit(item))
    await turns(2)
    expect(batches).toEqual([[1]])
    end()
    expect(await first).toBe('did 1')
    await turns(2)
    expect(batches).toEqual([[1], [2, 3, 4]])
    end()
    expect(await Promise.all(others)).toEqual(['did 2', 'did 3', 'did 4'])
  })

  test('begins the next batch before it answers the last', async () => {
    const said: string[] = []
    const { batcher, end } = held({ onBatch: (size) => said.push(`batch of ${size}`) })
    const first = batcher.submit(1).then(() => said.push('first is answered'))
    await turns(2)
    const second = batcher.submit(2)
    end()
    await first
    expect(said).toEqual(['batch of 1', 'batch of 1', 'first is answered'])
    end()
    await second
  })

  test('takes no more than so many at once, and says no when far too many wait', async () => {
    const { batcher, batches, end } = held({ maxBatch: 2, maxWaiting: 3 })
    const taken = [1, 2, 3].map((item) => batcher.submit(item))
    await expect(batcher.submit(4)).rejects.toThrow('too many wait')
    await turns(2)
    expect([batches, batcher.waiting]).toEqual([[[1, 2]], 1])
    end()
    await turns(3)
    end()
    expect(await Promise.all(taken)).toEqual(['did 1', 'did 2', 'did 3'])
  })

  test('an error among the outcomes is that item alone; a batch that fails whole is run again one by one', async () => {
    const runs: (readonly number[])[] = []
    const batcher = createBatcher<number, string>({
      ...OPTIONS,
      async run(items) {
        runs.push(items)
        if (items.length > 1 && items.includes(13)) throw new Error('the batch fails')
        return items.map((item) => (item % 13 === 0 ? new Error(`no ${item}`) : `did ${item}`))
      },
    })
    const outcomes = (items: readonly number[]) => Promise.allSettled(items.map((item) => batcher.submit(item)))
    expect(await outcomes([1, 26])).toMatchObject([{ value: 'did 1' }, { reason: { message: 'no 26' } }])
    expect(await outcomes([1, 13, 2])).toMatchObject([
      { value: 'did 1' },
      { reason: { message: 'no 13' } },
      { value: 'did 2' },
    ])
    expect(runs).toEqual([[1, 26], [1, 13, 2], [1], [13], [2]])
  })

  test('answers everybody, however many', async () => {
    const batcher = createBatcher<number, number>({
      ...OPTIONS,
      maxWaiting: 1_000,
      run: async (items) => items.map((item) => -item),
    })
    const items = Array.from({ length: 500 }, (_, n) => n)
    expect(await Promise.all(items.map((item) => batcher.submit(item)))).toEqual(items.map((item) => -item))
  })
})
