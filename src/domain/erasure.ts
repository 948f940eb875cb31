/** What stands where something personal was erased. */

/** In the place of names, notes and texts. The database lets columns that are written once be changed to this and to nothing else. */
export const ERASED = '[erased]'

/** Spellings of one person that others' texts may contain. */
export interface Marks {
  readonly names: readonly string[]
  /** E.164. */
  readonly phones: readonly string[]
  readonly others: readonly string[]
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Digits of a phone without its country code, as far as people write them at home: the last nine. */
const LOCAL_DIGITS = 9

function phonePattern(phone: string): string {
  const local = phone.replace(/\D/g, '').slice(-LOCAL_DIGITS)
  return `[+]?[0-9]{0,4}${[...local].join('[ ()-]?')}`
}

/**
 * A regular expression of PostgreSQL that finds a person in any text, whatever the case, as whole words; null when nothing is
 * known of them. A phone is found with or without its country code, blanks and dashes.
 */
export function patternOf({ names, phones, others }: Marks): string | null {
  const words = [...names.map((name) => escaped(name.trim()).replace(/\s+/g, '\\s+')), ...others.map(escaped)]
  const patterns = [...words, ...phones.map(phonePattern)].filter((pattern) => pattern !== '')
  if (patterns.length === 0) return null
  const longestFirst = [...new Set(patterns)].sort((a, b) => b.length - a.length)
  return `(?<![[:alnum:]])(?:${longestFirst.join('|')})(?![[:alnum:]])`
}
