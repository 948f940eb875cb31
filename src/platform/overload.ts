/** Says no early when the process cannot keep up, so that what is in flight still ends well. */
import { refuse } from '#domain/refusal.ts'

export interface OverloadGuard {
  /** Counts a request in. Refuses unavailable when too many are in flight, or a tenth of that while the event loop is late. */
  enter(): void
  leave(): void
  close(): void
}

export interface OverloadLimits {
  readonly maxInFlight: number
  /** Late in two samples running, so one long computation does not turn away the requests behind it. */
  readonly maxLagMs: number
}

const SAMPLE_MS = 250

export function guardOverload(limits: OverloadLimits): OverloadGuard {
  let inFlight = 0
  let lateSamples = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    lateSamples = now - last - SAMPLE_MS > limits.maxLagMs ? lateSamples + 1 : 0
    last = now
  }, SAMPLE_MS)
  timer.unref()
  return {
    enter() {
      const allowed = lateSamples >= 2 ? limits.maxInFlight / 10 : limits.maxInFlight
      if (inFlight >= allowed) refuse('unavailable', { retryAfterSeconds: 1 })
      inFlight++
    },
    leave() {
      inFlight--
    },
    close: () => clearInterval(timer),
  }
}
