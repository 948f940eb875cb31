/** An account's number from its owner's first name and identity number: John Doe, 1234567 → john1234567. */

const NAMELESS = 'client'

/**
 * The first word of the name without accents, signs and case, then the identity number in lower case without blanks. Given
 * once and kept: a later change of name does not change it. Unique because identity numbers are.
 */
export function accountNumber(name: string, idNumber: string): string {
  const [first = ''] = name.trim().split(/\s+/)
  const letters = first
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
  return `${letters || NAMELESS}${idNumber.toLowerCase().replace(/\s/g, '')}`
}
