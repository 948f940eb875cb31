/** What a search for customers looks through, and how the searched words become a pattern over it. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

export interface Searchable {
  readonly fullName: string
  /** E.164. */
  readonly phone: string | null
  readonly businessName: string | null
  readonly location: string | null
}

/** Name, phone (as +254712345678 and as people at home dial it, 0712345678), business and location, lower case, a line each. */
export function searchText({ fullName, phone, businessName, location }: Searchable): string {
  return [fullName, phone, dialledAtHome(phone), businessName, location]
    .flatMap((text) => (text === null ? [] : [folded(text)]))
    .join('\n')
}

function dialledAtHome(phone: string | null): string | null {
  const national = phone === null ? undefined : parsePhoneNumberFromString(phone)?.formatNational()
  return national?.replace(/\D/g, '') ?? null
}

/** One case, one way of writing an accent, single spaces. */
const folded = (text: string): string => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()

const PHONE_WITH_GAPS = /^\+?\d[\d\s().-]*$/

/** A LIKE pattern that finds the words anywhere in a line; null when nothing is searched for. */
export function searchPattern(words: string): string | null {
  const term = folded(words)
  if (term === '') return null
  const wanted = PHONE_WITH_GAPS.test(term) ? term.replace(/[\s().-]/g, '') : term
  return `%${wanted.replace(/[\\%_]/g, (c) => `\\${c}`)}%`
}
