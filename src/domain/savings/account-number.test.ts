import { expect, test } from 'vitest'
import { accountNumber } from '#domain/savings/account-number.ts'

test.each([
  ['John Doe', '1234567', 'john1234567', 'first name and identity number'],
  ['  JANE  wanjiru ', '29876543', 'jane29876543', 'blanks and case do not matter'],
  ["Ng'ang'a Kamau", '11223344', 'nganga11223344', 'apostrophes fall away'],
  [
    'Anne-Marie Njoki',
    'A 123 b',
    'annemariea123b',
    'hyphens fall away, the number is written small and without blanks',
  ],
  ['José Ángel', '55667788', 'jose55667788', 'accents fall away'],
  ['محمد علي', '99887766', 'client99887766', 'a first name without any of a to z'],
])('%s, %s → %s: %s', (name, idNumber, expected) => {
  expect(accountNumber(name, idNumber)).toBe(expected)
})
