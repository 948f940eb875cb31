/** Text that is kept for people to read, without what nobody may read: secrets, tokens, file contents, identity numbers, whole phone numbers. */

const KEPT_CHARACTERS = 4_096
const MARK = '***'

const SECRET_KEYS =
  'password|new_password|old_password|current_password|token|access|refresh|access_token|refresh_token|authorization|secret|api_key|otp|pin|code_hash|file'
const IDENTITY_KEYS =
  'aadhaar|aadhar|pan|pan_number|national_id|id_number|identity_number|passport|passport_number|gstn|msme_urn|voter_id|ssn'

/** The value of a JSON member by its key; one that was cut off before its end goes as well. */
const MEMBERS = new RegExp(
  `("(?:${SECRET_KEYS}|${IDENTITY_KEYS})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)|[^\\s",}\\]]+)`,
  'gi',
)
const FORM_FIELDS = new RegExp(`(^|&)((?:${SECRET_KEYS}|${IDENTITY_KEYS})=)[^&\\s]+`, 'gi')
/** JSON Web Tokens and bearer headers, wherever they stand. */
const TOKENS = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}|\bBearer\s+[^\s"]+/gi
/** Twelve digits of an Aadhaar number as it is written, and a PAN. */
const IDENTITIES = /\b[2-9]\d{3}[ -]\d{4}[ -]\d{4}\b|\b[A-Z]{5}\d{4}[A-Z]\b/g

const PHONE_KEYS = 'phone|phone_number|mobile|mobile_number|msisdn|payer_phone|support_phone|contact_number'
/** The value of a JSON member or form field that holds a phone, and phones in international spelling wherever they stand. */
const PHONE_MEMBERS = new RegExp(`("(?:${PHONE_KEYS})"\\s*:\\s*"?)(\\+?[\\d ()-]{7,20})`, 'gi')
const PHONE_FIELDS = new RegExp(`(^|&)((?:${PHONE_KEYS})=)((?:%2B|\\+)?[\\d()-]{7,20})`, 'gi')
const PHONES = /\+\d{10,15}\b/g
const SHOWN_DIGITS = 3

/** A phone as logs and facts may keep it: its last three digits, so that people who know it recognise it. */
export function maskedPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return `${MARK}${digits.slice(-SHOWN_DIGITS)}`
}

/** An address as facts may keep it: of a mailbox where it is, of a phone its last three digits. */
export const maskedAddress = (address: string): string =>
  address.includes('@') ? `${MARK}${address.slice(address.lastIndexOf('@'))}` : maskedPhone(address)

/** The text without secrets, cut to four thousand characters with a mark that says so. */
export function redacted(text: string): string {
  const clean = text
    .replaceAll('\0', '')
    .replace(MEMBERS, `$1"${MARK}"`)
    .replace(FORM_FIELDS, `$1$2${MARK}`)
    .replace(TOKENS, MARK)
    .replace(IDENTITIES, MARK)
    .replace(
      PHONE_MEMBERS,
      (_, key: string, phone: string) => `${key}${key.endsWith('"') ? maskedPhone(phone) : `"${maskedPhone(phone)}"`}`,
    )
    .replace(PHONE_FIELDS, (_, before: string, key: string, phone: string) => `${before}${key}${maskedPhone(phone)}`)
    .replace(PHONES, maskedPhone)
  return clean.length <= KEPT_CHARACTERS ? clean : `${clean.slice(0, KEPT_CHARACTERS)}… [truncated]`
}
