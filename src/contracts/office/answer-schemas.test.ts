/** What a client can be typed from: every operation has a name of its own, and says what it answers. */
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { z } from 'zod'
import { office } from '#contracts/office/contract.ts'
import type { Component } from '#domain/loans/instalment.ts'
import { termsOut, termsSchema } from '#contracts/office/product-terms.ts'
import { type GivenTerms, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { describeContracts } from '#platform/openapi/openapi.ts'
import type { Route } from '#platform/http/route.ts'
import { faultOf } from '#test/declared-answers.ts'
import { anyTerms } from '#test/product-terms.ts'

const { routes } = office
const lineOf = ({ method, path }: Route): string => `${method} ${path}`

/** Every answer of an operation that has a body says what is in it. */
const saysWhatItAnswers = ({ answers }: Route): boolean =>
  Object.entries(answers).every(([status, { schema, file }]) => status === '204' || schema || file)

describe('every operation of the office', () => {
  it('declares a schema, or the types of a file, for each of its answers', () => {
    expect(routes.filter((route) => !saysWhatItAnswers(route)).map(lineOf)).toEqual([])
  })

  it('has an id of its own: a verb and a noun', () => {
    expect(routes.filter(({ id }) => !/^[a-z]+[A-Z][A-Za-z]+$/.test(id ?? '')).map(lineOf)).toEqual([])
    const ids = routes.map(({ id }) => id)
    expect(ids.filter((id, n) => ids.indexOf(id) !== n)).toEqual([])
  })

  it('is known by that id in the reference', () => {
    const { paths } = describeContracts([office], '1.0.0') as {
      paths: Record<string, Record<string, object>>
    }
    const published = Object.values(paths).flatMap((item) => Object.values(item) as { operationId: string }[])
    expect(published.map(({ operationId }) => operationId).sort()).toEqual(routes.map(({ id }) => id).sort())
  })

  it.each(routes.map((route) => [lineOf(route), route] as const))(
    '%s shows examples that it could answer',
    (_, route) => {
      for (const [status, { schema, example }] of Object.entries(route.answers)) {
        if (example !== undefined) expect(schema, status).toBeDefined()
        if (example !== undefined) expect(faultOf(route, { status: Number(status), body: example })).toBeNull()
      }
    },
  )
})

describe('the terms of a product', () => {
  it('are declared one by one', () => {
    const terms = Object.keys(productTermsSchema.in.shape).map((key) =>
      key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    )
    expect(Object.keys(termsSchema.shape).sort()).toEqual(terms.sort())
  })

  const route = { ...routes[0]!, answers: { 200: { description: 'Terms', schema: termsSchema } } }
  const faultOfTerms = (terms: GivenTerms) =>
    faultOf(route, { status: 200, body: termsOut(productTermsSchema.parse(terms), 'KES') })

  it('are as declared, whatever is agreed', () => {
    fc.assert(
      fc.property(anyTerms, (terms) => {
        expect(faultOfTerms(terms)).toBeNull()
      }),
      { numRuns: 200 },
    )
  })

  const order: Component[] = ['penalty', 'fee', 'interest', 'principal']
  it.each<[string, Partial<GivenTerms>]>([
    ['dues before advances', { allocation: { order: 'dueThenAdvance', due: order, inAdvance: order } }],
    [
      'ranks',
      { allocation: { order: 'ranked', rules: { default: { ranks: ['due.interest'], inAdvanceTo: 'last' } } } },
    ],
    ['a late fee', { lateFee: { basis: 'overdue', percent: '5', most: '100', mostOfLoan: '900' } }],
    ['a length of its own', { fixedLength: { count: 9, unit: 'weeks' }, recalculation: {} }],
    ['instalments of the contract', { contractualInstalments: ['100', '200'], balloon: '300', arrearsTolerance: '5' }],
  ])('are as declared with %s', (_, terms) => {
    expect(faultOfTerms({ ratePercent: '12', months: 6, ...terms })).toBeNull()
  })
})

describe('an answer held to its schema', () => {
  const thing = z.object({ id: z.int(), list: z.array(z.object({ name: z.string() })) })
  const answers = {
    200: { description: 'A thing', schema: thing },
    201: { description: 'A picture', file: ['image/png'] },
    202: { description: 'Anything', schema: z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int() })]) },
    204: { description: 'Nothing' },
  }
  const route = { ...routes[0]!, answers }

  it.each([
    ['as declared', 200, { id: 1, list: [{ name: 'a' }] }, null],
    ['a missing field', 200, { list: [] }, /^id: /],
    ['a field left undefined', 200, { id: undefined, list: [] }, /^id: /],
    ['a field too many', 200, { id: 1, list: [], more: 2 }, 'not declared: .more'],
    ['a field too many in a list', 200, { id: 1, list: [{ name: 'a', age: 3 }] }, 'not declared: .list.0.age'],
    ['no body', 200, undefined, 'no body'],
    ['no variant', 202, { c: 1 }, /Invalid input/],
    ['no file', 201, undefined, 'no file'],
    ['a body where none is declared', 204, {}, 'a body without a schema'],
    ['another status', 200.5, {}, 'a status that is not declared'],
  ])('%s', (_, status, body, fault) => {
    const found = faultOf(route, { status, ...(body !== undefined && { body }) })
    if (fault instanceof RegExp) expect(found).toMatch(fault)
    else expect(found).toBe(fault)
  })

  it('a file of another type', () => {
    const sent = { status: 201, headers: { 'content-type': 'image/gif' }, body: new Uint8Array(1) }
    expect(faultOf(route, sent)).toBe('a file of type image/gif')
    expect(faultOf(route, { ...sent, headers: { 'content-type': 'image/png' } })).toBeNull()
  })
})
