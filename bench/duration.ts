/** So many at a time, for a fixed time after a warm-up. */

export interface Rate {
  readonly perSecond: number
}

const WARM_UP = 0.25

/** Runs `once` again and again, `inFlight` at a time; counted is what ends within the seconds after a warm-up of a quarter of them. */
export async function during(seconds: number, inFlight: number, once: () => Promise<void>): Promise<Rate> {
  const begin = performance.now() + seconds * WARM_UP * 1000
  const end = begin + seconds * 1000
  let done = 0
  const keepOn = async (): Promise<void> => {
    for (;;) {
      await once()
      const now = performance.now()
      if (now > end) return
      if (now >= begin) done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, keepOn))
  return { perSecond: done / seconds }
}
