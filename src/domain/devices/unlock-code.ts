/**
 * Codes that unlock a phone without a network: eight digits of an HMAC over the phone's counter and the last day on which the
 * code may be typed in, truncated as RFC 4226 does. The phone holds the same secret and tries the next counters with the days
 * to come; it takes five wrong codes a day, and no counter that is not above the last one it took.
 */
import type { Day } from '#domain/day.ts'

const CODE_DIGITS = 8
export const CODE_DAYS = { usual: 3, most: 30 } as const
/** Wrong codes in a day; then none is looked at. */
export const WRONG_CODES_A_DAY = 5

/** What the code is made over: the counter as eight bytes, and the day as it is written. */
export function codeMessage(counter: number, validUntil: Day): Uint8Array {
  const message = new Uint8Array(18)
  new DataView(message.buffer).setBigUint64(0, BigInt(counter))
  message.set(new TextEncoder().encode(validUntil), 8)
  return message
}

/** Dynamic truncation (RFC 4226, 5.3): 31 bits from where the last four bits point to, as so many digits. */
export function truncated(mac: Uint8Array, digits = CODE_DIGITS): string {
  const offset = mac.at(-1)! & 0x0f
  const bits = new DataView(mac.buffer, mac.byteOffset).getUint32(offset) & 0x7fff_ffff
  return String(bits % 10 ** digits).padStart(digits, '0')
}
