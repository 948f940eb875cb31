/** The reference of what is really served. */
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { documented } from '#contracts/sokocredit/documented.ts'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { inBraces } from '#platform/http-paths.ts'
import { describeContracts } from '#platform/openapi.ts'

const RULES = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'path-parameters-defined': 'error',
  'operation-operationId-unique': 'error',
  'operation-summary': 'error',
  'no-identical-paths': 'error',
  'no-invalid-media-type-examples': 'error',
  'security-defined': 'error',
} as const

describe.each([['all contracts', CONTRACTS] as const, ...CONTRACTS.map((one) => [one.title, [one]] as const)])(
  'the reference of %s',
  (_title, contracts) => {
    it('is valid OpenAPI 3.1', async () => {
      const document = describeContracts(contracts, '1.0.0')
      const config = await createConfig({ rules: RULES })
      const problems = await lintFromString({ source: JSON.stringify(document), config })
      expect(problems.map(({ message, location }) => `${message} ${location[0]?.pointer}`)).toEqual([])
    })
  },
)

it('shows every operation that sokocredit.md documents, at its path, and marks what is more', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the document is read as any client would
  const { paths } = describeContracts([sokocredit], '1.0.0') as any
  const shown = Object.entries<Record<string, { 'x-extra'?: boolean }>>(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { 'x-extra': extra = false }]) => ({
      line: `${method.toUpperCase()} ${path}`,
      extra,
    })),
  )
  const promised = documented.map(inBraces)
  expect(
    shown
      .filter(({ extra }) => !extra)
      .map(({ line }) => line)
      .sort(),
  ).toEqual([...promised].sort())
  expect(documented).toHaveLength(37)
})
