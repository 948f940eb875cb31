import { expect, test } from 'vitest'
import { patternOf } from '#domain/erasure.ts'

/** PostgreSQL writes letters and digits as [[:alnum:]]. */
const finds = (pattern: string, text: string): boolean =>
  new RegExp(pattern.replaceAll('[[:alnum:]]', '[\\p{L}\\p{N}]'), 'iu').test(text)

const pattern = patternOf({
  names: ['Ana  Ñandú (Jr.)', 'An'],
  phones: ['+254712345099'],
  others: ['a+b@example.com'],
})!

test.each([
  ['paid by ana ñandú (jr.)', true],
  ['Ana Ñandú (Jr.), 3 days late', true],
  ['An owes', true],
  ['Another owes', false],
  ['call 0712 345 099', true],
  ['call 254712345099', true],
  ['(+254)712-345-099', true],
  ['7123450991', false],
  ['17123450990', false],
  ['write to a+b@example.com.', true],
  ['write to aab@example.com', false],
])('%s: found %s', (text, found) => {
  expect(finds(pattern, text)).toBe(found)
})

test('of somebody of whom nothing is known nothing is looked for', () => {
  expect(patternOf({ names: [], phones: [], others: [] })).toBeNull()
})
