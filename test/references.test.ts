/** The reference of what is really served. */
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { movicuotas } from '#contracts/movicuotas/contract.ts'
import { documented as ofMovicuotas } from '#contracts/movicuotas/documented.ts'
import { repaysync } from '#contracts/repaysync/contract.ts'
import { documented as ofRepaysync } from '#contracts/repaysync/documented.ts'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { documented as ofSokocredit } from '#contracts/sokocredit/documented.ts'
import { visionfund } from '#contracts/visionfund/contract.ts'
import { documented as ofVisionfund } from '#contracts/visionfund/documented.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { inBraces } from '#platform/http/http-paths.ts'
import { describeContracts } from '#platform/openapi/openapi.ts'

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

    it('gives every text the data it speaks of', () => {
      expect(unfilled(describeContracts(contracts, '1.0.0'))).toEqual([])
    })
  },
)

/** The texts in which a value is missing, each with the place where it stands. */
function unfilled(value: unknown, place = ''): string[] {
  if (typeof value === 'string') return /undefined|\bNaN\b|\[object /.test(value) ? [`${place}: ${value}`] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => unfilled(member, `${place}/${key}`))
}

it.each([
  { contract: sokocredit, documented: ofSokocredit, count: 37 },
  { contract: repaysync, documented: ofRepaysync, count: 33 },
  { contract: visionfund, documented: ofVisionfund, count: 7 },
  { contract: movicuotas, documented: ofMovicuotas, count: 6 },
])(
  'shows every operation that $contract.name.md documents, at its path, and marks what is more',
  ({ contract, documented, count }) => {
    // biome-ignore lint/suspicious/noExplicitAny: the document is read as any client would
    const { paths } = describeContracts([contract], '1.0.0') as any
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
    expect(documented).toHaveLength(count)
  },
)
