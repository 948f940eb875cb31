/** The server's clock: a parameter everywhere, so that demo and tests can set it. It never runs backwards. */
import { refuse } from '#domain/refusal.ts'

export interface Clock {
  now(): Date
  /** Demo and tests: moves the clock forward to an instant. Refuses clock_backwards. */
  moveTo(instant: Date): void
}

/** A clock that starts at an instant (default: now) and runs on from there. */
export function startClock(startAt?: Date): Clock {
  let offset = startAt ? startAt.getTime() - Date.now() : 0
  return {
    now: () => new Date(Date.now() + offset),
    moveTo(instant) {
      if (instant.getTime() < Date.now() + offset) refuse('clock_backwards')
      offset = instant.getTime() - Date.now()
    },
  }
}
