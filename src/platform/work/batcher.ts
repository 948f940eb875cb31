/** Natural batching: what arrives while a batch is in flight forms the next one. No timer, so a lone request never waits. */

export interface Batcher<Item, Result> {
  submit(item: Item): Promise<Result>
  /** Waiting now, for metrics and overload protection. */
  readonly waiting: number
}

export interface BatcherOptions<Item, Result> {
  readonly maxBatch: number
  /** Refuses (by `overloaded`) when more are waiting: a queue that grows without bound helps nobody. */
  readonly maxWaiting: number
  overloaded(): Error
  /** One outcome for each item, in order; an Error is that item's rejection. */
  run(items: readonly Item[]): Promise<readonly (Result | Error)[]>
  onBatch?(size: number): void
  /** Items that differ in it never share a batch. */
  kindOf?(item: Item): string
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let queue: Waiting<Item, Result>[] = []
  let inFlight = false

  async function flush(): Promise<void> {
    inFlight = true
    // Requests of the same turn of the event loop travel together.
    await nextTurn()
    while (queue.length > 0) {
      const batch = firstOf(queue, options)
      const taken = new Set(batch)
      queue = queue.filter((waiting) => !taken.has(waiting))
      options.onBatch?.(batch.length)
      void give(await answersTo(batch, options))
    }
    inFlight = false
  }

  return {
    get waiting() {
      return queue.length
    },
    submit(item) {
      if (queue.length >= options.maxWaiting) return Promise.reject(options.overloaded())
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        if (!inFlight) void flush()
      })
    },
  }
}

/** The first that waits, and what may share its batch. */
function firstOf<Item, Result>(
  queue: readonly Waiting<Item, Result>[],
  { maxBatch, kindOf }: BatcherOptions<Item, Result>,
): readonly Waiting<Item, Result>[] {
  if (!kindOf) return queue.slice(0, maxBatch)
  const kind = kindOf(queue[0]!.item)
  return queue.filter(({ item }) => kindOf(item) === kind).slice(0, maxBatch)
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Answer = () => void

/** A batch that fails as a whole is run again one by one, so that a bad item never fails its neighbours. */
async function answersTo<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  options: BatcherOptions<Item, Result>,
): Promise<Answer[]> {
  try {
    const outcomes = await options.run(batch.map((waiting) => waiting.item))
    return batch.map((waiting, n) => () => {
      const outcome = outcomes[n]
      if (outcome instanceof Error) waiting.reject(outcome)
      else waiting.resolve(outcome as Result)
    })
  } catch (error) {
    if (batch.length === 1) return [() => batch[0]!.reject(error)]
    for (const waiting of batch) void give(await answersTo([waiting], options))
    return []
  }
}

const ANSWERS_A_TURN = 8

/** The next batch is on its way first; and while answers are written a few at a time, it never waits long for its turn. */
async function give(answers: readonly Answer[]): Promise<void> {
  for (let n = 0; n < answers.length; n++) {
    if (n % ANSWERS_A_TURN === 0) await nextTurn()
    answers[n]!()
  }
}
