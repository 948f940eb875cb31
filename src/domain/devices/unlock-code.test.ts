import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { codeMessage, truncated } from '#domain/devices/unlock-code.ts'

const ofCounter = (counter: bigint): Uint8Array => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(counter)
  return bytes
}
const mac = (hash: string, secret: string, message: Uint8Array) => createHmac(hash, secret).update(message).digest()

describe('truncation as the standards print it', () => {
  it.each([
    ...['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'].map(
      (code, counter) => [BigInt(counter), code] as const,
    ),
  ])('RFC 4226, appendix D: counter %d, %s', (counter, code) => {
    expect(truncated(mac('sha1', '12345678901234567890', ofCounter(counter)), 6)).toBe(code)
  })

  it.each([
    [0x1n, '46119246'],
    [0x23523ecn, '68084774'],
    [0x23523edn, '67062674'],
    [0x273ef07n, '91819424'],
    [0x3f940aan, '90698825'],
    [0x27bc86aan, '77737706'],
  ])('RFC 6238, appendix B, SHA-256: step %d, %s', (counter, code) => {
    expect(truncated(mac('sha256', '12345678901234567890123456789012', ofCounter(counter)))).toBe(code)
  })
})

it('is made over the counter and the last day: eight bytes, and the day as it is written', () => {
  expect(Buffer.from(codeMessage(258, day('2026-02-18'))).toString('latin1')).toBe('\0\0\0\0\0\0\u0001\u00022026-02-18')
})

it('gives other digits for another counter, another day and another phone', () => {
  const code = (secret: string, counter: number, until: string) =>
    truncated(mac('sha256', secret, codeMessage(counter, day(until))))
  const codes = [
    code('a', 1, '2026-02-18'),
    code('a', 2, '2026-02-18'),
    code('a', 1, '2026-02-19'),
    code('b', 1, '2026-02-18'),
  ]
  expect(new Set(codes).size).toBe(4)
  for (const one of codes) expect(one).toMatch(/^\d{8}$/)
})
