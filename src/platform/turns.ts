/** Work of which so much is done at once; the rest waits in the order in which it came. */

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** Each call does its work when fewer than `atOnce` are at theirs; work that fails gives its place on as well. */
export function openTurns(atOnce: number): InTurn {
  let atWork = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (atWork < atOnce) atWork++
    // Whoever is done hands their place on.
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else atWork--
    }
  }
}
