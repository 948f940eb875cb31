import fc from 'fast-check'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { describe, expect, it } from 'vitest'
import { normalisePhone } from '#platform/phone.ts'

describe('a phone number has one form', () => {
  it.each([
    // country | as written            | E.164
    ['KE', '0712345678', '+254712345678'],
    ['KE', '0112345678', '+254112345678'],
    ['KE', '712345678', '+254712345678'],
    ['KE', '254712345678', '+254712345678'],
    ['KE', '+254712345678', '+254712345678'],
    ['KE', ' 0712 345-678 ', '+254712345678'],
    ['KE', '(0712) 345.678', '+254712345678'],
    ['KE', '0700000001', '+254700000001'],
    ['KE', '020 2222222', '+254202222222'],
    ['KE', '+255 712 345 678', '+255712345678'],
    ['TZ', '0712 345 678', '+255712345678'],
    ['UG', '0772123456', '+256772123456'],
    ['HN', '9999-1234', '+50499991234'],
    ['HN', '+504 9999 1234', '+50499991234'],
    ['US', '(202) 555-0123', '+12025550123'],
    ['XX', '+254712345678', '+254712345678'],
    ['KE', '', null],
    ['KE', 'wanjiku', null],
    ['KE', '12', null],
    ['KE', 'call me on 0712345678', null],
    ['KE', 'mama1@sokocredit.com', null],
    ['KE', '07123456789012345', null],
    ['XX', '0712345678', null],
    ['KE', `+254${'7'.repeat(400)}`, null],
  ])('%s: %s → %s', (country, written, expected) => {
    expect(normalisePhone(written, country)).toBe(expected)
    expect(normalisePhone(written, country)).toBe(expected)
  })

  it('the quick reading of Kenyan mobiles agrees with the numbering plan', () => {
    const written = fc.tuple(fc.constantFrom('0', '254', '+254'), fc.stringMatching(/^[17][0-9]{8}$/))
    fc.assert(
      fc.property(written, ([prefix, rest]) => {
        const parsed = parsePhoneNumberFromString(`${prefix}${rest}`, 'KE')
        expect(normalisePhone(`${prefix}${rest}`, 'KE')).toBe(parsed?.number)
      }),
    )
  })

  it('a normalised number stays as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9+ -]{5,16}$/), (text) => {
        const once = normalisePhone(text, 'KE')
        if (once !== null) expect(normalisePhone(once, 'KE')).toBe(once)
      }),
    )
  })
})
