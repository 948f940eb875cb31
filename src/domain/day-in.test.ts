import { describe, expect, it } from 'vitest'
import { dayIn } from '#domain/day.ts'

describe("an organisation's today", () => {
  it.each([
    ['Africa/Nairobi', '2026-02-15T20:59:59.999Z', '2026-02-15'],
    ['Africa/Nairobi', '2026-02-15T21:00:00.000Z', '2026-02-16'],
    ['Asia/Kolkata', '2026-02-15T18:29:59.999Z', '2026-02-15'],
    ['Asia/Kolkata', '2026-02-15T18:30:00.000Z', '2026-02-16'],
    ['Asia/Kathmandu', '2026-02-15T18:14:59.999Z', '2026-02-15'],
    ['Asia/Kathmandu', '2026-02-15T18:15:00.000Z', '2026-02-16'],
    ['America/Tegucigalpa', '2026-02-15T05:59:59.999Z', '2026-02-14'],
    ['America/Tegucigalpa', '2026-02-15T06:00:00.000Z', '2026-02-15'],
    ['Africa/Monrovia', '1971-06-01T00:44:29.000Z', '1971-05-31'],
    ['Africa/Monrovia', '1971-06-01T00:44:31.000Z', '1971-06-01'],
  ])('%s at %s is %s', (zone, instant, day) => {
    expect(dayIn(zone, new Date(instant))).toBe(day)
    expect(dayIn(zone, new Date(instant))).toBe(day)
  })
})
