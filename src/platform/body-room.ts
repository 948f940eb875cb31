/** Room in memory for large bodies: so many at once, the others wait at the door and are read when their turn has come. */
import { refuse } from '#domain/refusal.ts'

export interface BodyRoom {
  /**
   * Waits for room for a body of so many bytes, in the order of arrival; answers how to give it back. Refuses unavailable
   * to whoever has waited too long.
   */
  take(bytes: number): Promise<() => void>
}

interface Waiting {
  readonly bytes: number
  enter(): void
}

export function bodyRoom(totalBytes: number, waitMs: number): BodyRoom {
  let free = totalBytes
  const queue: Waiting[] = []
  const letIn = (): void => {
    for (let next = queue[0]; next && next.bytes <= free; next = queue[0]) {
      queue.shift()
      free -= next.bytes
      next.enter()
    }
  }
  /** Whoever is in, in the end or after his turn was cut short, goes out once. */
  const wayOut = (bytes: number): (() => void) => {
    let inside = true
    return () => {
      if (inside) free += bytes
      inside = false
      letIn()
    }
  }
  return {
    async take(asked) {
      const bytes = Math.min(asked, totalBytes)
      const entered = await new Promise<boolean>((resolve) => {
        const mine = { bytes, enter: () => done(true) }
        const timer = setTimeout(() => done(false), waitMs)
        const done = (isIn: boolean): void => {
          clearTimeout(timer)
          if (!isIn) queue.splice(queue.indexOf(mine), 1)
          resolve(isIn)
        }
        queue.push(mine)
        letIn()
      })
      if (entered) return wayOut(bytes)
      letIn()
      return refuse('unavailable', { retryAfterSeconds: 5 })
    },
  }
}
