/** Phone numbers in one form, E.164 (+254712345678), whatever way a person or a provider wrote them. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'

const CACHED_AT_MOST = 20_000
const cache = new Map<string, string | null>()

/** Kenyan mobile numbers, the bulk of what a payment provider sends: 07…, 01…, 7…, 254… and +254…. */
const KENYAN_MOBILE = /^(?:\+?254|0)?([17]\d{8})$/
const PUNCTUATION = /[\s().-]/g

/**
 * The number as E.164, read as a person in `country` (ISO 3166, two letters) would dial it; null when it cannot be a
 * phone number. Asks whether the number is possible, not whether an operator has handed it out: numbering plans grow
 * faster than tables of them, and a payer must not be lost for it.
 */
export function normalisePhone(text: string, country: string): string | null {
  const key = `${country}${text}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const phone = text.length > 40 ? null : read(text, country)
  if (cache.size >= CACHED_AT_MOST) cache.clear()
  cache.set(key, phone)
  return phone
}

function read(text: string, country: string): string | null {
  const digits = text.replace(PUNCTUATION, '')
  if (country === 'KE') {
    const mobile = KENYAN_MOBILE.exec(digits)
    if (mobile) return `+254${mobile[1]}`
  }
  const defaultCountry = isSupportedCountry(country) ? (country as CountryCode) : undefined
  const number = parsePhoneNumberFromString(text, { ...(defaultCountry && { defaultCountry }), extract: false })
  return number?.isPossible() ? number.number : null
}
