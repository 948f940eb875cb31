import { expect, test } from 'vitest'
import { redactedPath } from '#platform/redaction.ts'

test.each([
  ['/auth/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', '/auth/***'],
  ['/api/transactions/0801199012345', '/api/transactions/***'],
  ['/customers/+254712345678/upload', '/customers/+***/upload'],
  ['/loans/2147483/schedule', '/loans/2147483/schedule'],
])('%s is told as %s', (path, told) => {
  expect(redactedPath(path)).toBe(told)
})
