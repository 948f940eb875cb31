/** Says no early when the process cannot keep up, so that what is in flight still ends well. */
import { refuse } from '#domain/refusal.ts'

export interface OverloadGuard {
  /**
   * Counts a request in. Refuses unavailable when too many are in flight, in all or from the address; a tenth of that while
   * the event loop is late.
   */
  enter(address: string): void
  leave(address: string): void
  close(): void
}

export interface OverloadLimits {
  readonly maxInFlight: number
  /** Of one address. */
  readonly maxOfOne: number
  /** Late in two samples running, so one long computation does not turn away the requests behind it. */
  readonly maxLagMs: number
}

const SAMPLE_MS = 250

export function guardOverload(limits: OverloadLimits): OverloadGuard {
  let inFlight = 0
  const byAddress = new Map<string, number>()
  let lateSamples = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    lateSamples = now - last - SAMPLE_MS > limits.maxLagMs ? lateSamples + 1 : 0
    last = now
  }, SAMPLE_MS)
  timer.unref()
  return {
    enter(address) {
      const part = lateSamples >= 2 ? 0.1 : 1
      const own = byAddress.get(address) ?? 0
      if (inFlight >= limits.maxInFlight * part || own >= limits.maxOfOne * part) {
        refuse('unavailable', { retryAfterSeconds: 1 })
      }
      inFlight++
      byAddress.set(address, own + 1)
    },
    leave(address) {
      inFlight--
      const left = (byAddress.get(address) ?? 1) - 1
      if (left <= 0) byAddress.delete(address)
      else byAddress.set(address, left)
    },
    close: () => clearInterval(timer),
  }
}
