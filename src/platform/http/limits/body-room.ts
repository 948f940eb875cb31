/**
 * Room in memory for large bodies: so many at once, the others wait at the door and are read when their turn has come. One
 * address gets a share of it only, so that slow connections of one keep nobody else waiting.
 */
import { refuse } from '#domain/refusal.ts'

export interface BodyRoom {
  /**
   * Waits for room for a body of so many bytes, in the order of arrival; answers how to give it back. Whose share is full
   * lets others pass. Refuses unavailable to whoever has waited too long.
   */
  take(bytes: number, address: string): Promise<() => void>
}

interface Waiting {
  readonly bytes: number
  readonly address: string
  enter(): void
}

export interface RoomSize {
  readonly totalBytes: number
  /** Of one address. */
  readonly shareBytes: number
  readonly waitMs: number
}

export function bodyRoom({ totalBytes, shareBytes, waitMs }: RoomSize): BodyRoom {
  let free = totalBytes
  const held = new Map<string, number>()
  const queue: Waiting[] = []
  const hasShare = ({ address, bytes }: Waiting): boolean => (held.get(address) ?? 0) + bytes <= shareBytes
  const hold = (address: string, bytes: number): void => {
    free -= bytes
    const now = (held.get(address) ?? 0) + bytes
    if (now === 0) held.delete(address)
    else held.set(address, now)
  }
  const letIn = (): void => {
    for (let next = queue.find(hasShare); next && next.bytes <= free; next = queue.find(hasShare)) {
      queue.splice(queue.indexOf(next), 1)
      hold(next.address, next.bytes)
      next.enter()
    }
  }
  /** Whoever is in, in the end or after their turn was cut short, goes out once. */
  const wayOut = (address: string, bytes: number): (() => void) => {
    let inside = true
    return () => {
      if (inside) hold(address, -bytes)
      inside = false
      letIn()
    }
  }
  return {
    async take(asked, address) {
      const bytes = Math.min(asked, shareBytes)
      const entered = await new Promise<boolean>((resolve) => {
        const mine = { bytes, address, enter: () => done(true) }
        const timer = setTimeout(() => done(false), waitMs)
        const done = (isIn: boolean): void => {
          clearTimeout(timer)
          if (!isIn) queue.splice(queue.indexOf(mine), 1)
          resolve(isIn)
        }
        queue.push(mine)
        letIn()
      })
      if (entered) return wayOut(address, bytes)
      letIn()
      return refuse('unavailable', { retryAfterSeconds: 5 })
    },
  }
}
