import { afterEach, describe, expect, it } from 'vitest'
import { Refusal } from '#domain/refusal.ts'
import {
  type Asker,
  openThreadPool,
  THREAD_LIMITS,
  type ThreadLimits,
  type ThreadPool,
} from '#platform/work/thread-pool.ts'

const ENTRY = new URL('../../../test/thread-tasks.ts', import.meta.url)
const STRANGER: Asker = { address: '10.0.0.1', known: false }
const KNOWN: Asker = { address: '10.0.0.2', known: true }

let pool: ThreadPool
afterEach(() => pool.close())

function open(limits: Partial<ThreadLimits> = {}, entry = ENTRY): void {
  pool = openThreadPool({ ...THREAD_LIMITS, threads: 1, ...limits }, entry)
}

/** Tasks stand in the thread by their name only. */
const run = (name: string, input: unknown = null, asker = STRANGER): Promise<unknown> =>
  pool.run({ name, run: () => undefined }, input, asker)

const refusalOf = async (work: Promise<unknown>): Promise<unknown> => {
  const error = await work.then(
    () => expect.unreachable('it was done'),
    (reason: unknown) => reason,
  )
  return error instanceof Refusal ? [error.code, error.data] : error
}

const note = (name: string, ms: number, asker = STRANGER) => run('note', { name, ms }, asker) as Promise<string[]>

describe('a task in a thread', () => {
  it('answers its value, and bytes as bytes', async () => {
    open()
    expect(await Promise.all([run('double', 21n), run('bytes', 'año')])).toEqual([42n, new TextEncoder().encode('año')])
  })

  it('says no as it would here', async () => {
    open()
    expect(await refusalOf(run('refuse'))).toEqual(['invalid_input', { fields: { amount: 'Give less.' } }])
  })

  it.each(['err', 'nothing of that name'])('that is a bug (%s) is one here, and the thread goes on', async (name) => {
    open()
    expect(await refusalOf(run(name))).toBeInstanceOf(Error)
    expect(await run('double', 1n)).toBe(2n)
  })

  it('whose input no thread can be given is a bug, and the thread goes on', async () => {
    open()
    expect(await refusalOf(run('double', () => 1n))).toBeInstanceOf(Error)
    expect(await run('double', 1n)).toBe(2n)
  })

  it.each(['leave', 'grow'])('that ends its thread (%s) fails alone', { timeout: 120_000 }, async (name) => {
    open({ taskMs: 60_000 })
    const others = [run('double', 1n), refusalOf(run(name)), run('double', 2n)]
    expect(await Promise.all(others)).toEqual([2n, expect.any(Error), 4n])
  })

  it('of somebody known may take longer', async () => {
    open({ taskMs: 20, knownTaskMs: 20_000 })
    expect(await note('staff', 60, KNOWN)).toEqual(['staff'])
  })

  it('is ended when it takes too long, while others here and there go on', async () => {
    open({ taskMs: 500 })
    await run('double', 1n)
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    const spinning = refusalOf(run('spin'))
    const behind = run('double', 2n)
    expect(await spinning).toEqual(['unavailable', { retryAfterSeconds: 5 }])
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(5)
    expect(await behind).toBe(4n)
  })
})

describe('the queue', () => {
  it('takes so many and says 503 to the others', async () => {
    open({ most: 3, mostOfOne: 99 })
    const asked = [1, 2, 3, 4, 5].map((n) => refusalOrValue(note(String(n), 50)))
    expect((await Promise.all(asked)).map((got) => (Array.isArray(got) ? 'done' : got))).toEqual([
      ...['done', 'done', 'done'],
      ...['unavailable', 'unavailable'],
    ])
    expect(await note('6', 0)).toContain('6')
  })

  it('gives one address its share only', async () => {
    open({ most: 99, mostOfOne: 2 })
    const [a, b] = [STRANGER, { address: '10.0.0.3', known: false }]
    const asked = [a, a, a, b].map((asker, n) => refusalOrValue(note(String(n), 20, asker)))
    const got = await Promise.all(asked)
    expect(got[2]).toBe('unavailable')
    expect([got[0], got[1], got[3]].every(Array.isArray)).toBe(true)
    expect(await note('again', 0, a)).toContain('again')
  })

  it('lets whoever is known go before strangers, and keeps the order otherwise', async () => {
    open()
    await run('double', 1n)
    const asked = [
      note('first', 50),
      note('stranger 1', 0),
      note('stranger 2', 0),
      note('staff 1', 0, KNOWN),
      note('staff 2', 0, KNOWN),
    ]
    expect((await Promise.all(asked))[2]).toEqual(['first', 'staff 1', 'staff 2', 'stranger 1', 'stranger 2'])
  })

  it('is let go when the pool is closed, and when no thread can start', async () => {
    open()
    const asked = [note('running', 5_000), note('waiting', 0)].map(refusalOf)
    await pool.close()
    for (const refused of await Promise.all(asked)) expect(refused).toEqual(['unavailable', { retryAfterSeconds: 1 }])
    expect(await refusalOf(note('late', 0))).toEqual(['unavailable', { retryAfterSeconds: 1 }])
    open({}, new URL('../../../test/no-such-file.ts', import.meta.url))
    const lost = await Promise.all([refusalOf(note('a', 0)), refusalOf(note('b', 0))])
    for (const error of lost) expect(error).toBeInstanceOf(Error)
    expect(await refusalOf(note('c', 0))).not.toBeInstanceOf(Refusal)
  })
})

const refusalOrValue = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => (error instanceof Refusal ? error.code : error))
