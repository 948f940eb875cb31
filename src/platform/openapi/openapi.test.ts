import { createConfig, lintFromString } from '@redocly/openapi-core'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildServer } from '#platform/http/http.ts'
import { mountReferences } from '#src/site/reference-pages.ts'
import { describeContracts } from '#platform/openapi/openapi.ts'
import type { Contract } from '#platform/http/route.ts'
import { chosenContract, tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

const Money = z
  .object({ amount: z.string().transform(Number), currency: z.string().default('KES') })
  .meta({ id: 'Money' })

/** A tiny operation with everything that a reference can show. */
const shown = (): Contract => {
  const tiny = tinyContract()
  const first = tiny.routes.find((route) => route.path === '/tiny/things/:id' && route.method === 'PATCH')!
  const repay = {
    ...first,
    path: '/tiny/things/:id/repay/',
    aliases: ['/tiny/pay/:id'],
    params: z.object({ id: z.coerce.number().int().min(1) }),
    query: z.object({ dry: z.enum(['yes', 'no']).default('no').describe('Only say what would happen') }),
    body: z.object({ paid: Money, note: z.string().max(50).optional() }),
    exampleBody: { paid: { amount: '100.00', currency: 'KES' } },
    answers: { 200: { description: 'Repaid', schema: z.array(Money), example: [{ amount: 100, currency: 'KES' }] } },
    refusals: { loan_not_active: [422, 'This thing takes no money'] },
    upload: { maxBytes: 5_242_880 },
    extra: true,
  } as const
  return { ...tiny, routes: [...tiny.routes, repay] }
}

describe('the document', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what a document holds is what the tests are about to find out
  const document = describeContracts([shown(), chosenContract()], '1.2.3') as any
  const repay = document.paths['/tiny/things/{id}/repay/'].patch

  it('is valid OpenAPI 3.1', async () => {
    const config = await createConfig({
      rules: {
        struct: 'error',
        'no-unresolved-refs': 'error',
        'spec-strict-refs': 'off',
        'path-parameters-defined': 'error',
        'operation-operationId-unique': 'error',
        'no-identical-paths': 'error',
        'no-invalid-media-type-examples': 'error',
      },
    })
    const problems = await lintFromString({ source: JSON.stringify(document), config })
    expect(problems.map(({ message, location }) => `${message} ${location[0]?.pointer}`)).toEqual([])
  })

  it('prints paths as the contract does, aliases as extras, exact slashes as two', () => {
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/tiny', '/tiny/', '/tiny/pay/{id}']))
    expect(document.paths['/tiny/mine/']).toBeUndefined()
    expect(document.paths['/tiny'].get['x-slash']).toBe('exact')
    expect(document.paths['/tiny/pay/{id}'].patch).toMatchObject({
      'x-extra': true,
      description: expect.stringContaining('/tiny/things/{id}/repay/'),
    })
  })

  it('tells who may, with which token', () => {
    expect(repay).toMatchObject({ security: [{ sokocredit_token: [] }], 'x-permission': 'loan.approve' })
    expect(repay['x-roles']).toContain('loan_officer')
    expect(document.paths['/tiny/who'].get.security).toEqual([{}, { sokocredit_token: [] }])
    expect(document.paths['/tiny/mine'].get.security).toEqual([])
  })

  it('tells parameters, bodies and files from the schemas that check them', () => {
    expect(repay.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } },
      {
        name: 'dry',
        in: 'query',
        required: false,
        description: 'Only say what would happen',
        schema: { type: 'string', enum: ['yes', 'no'], default: 'no' },
      },
      { $ref: '#/components/parameters/IdempotencyKey' },
    ])
    const { content, required } = repay.requestBody
    expect(required).toBe(true)
    expect(content['application/json'].example).toEqual({ paid: { amount: '100.00', currency: 'KES' } })
    expect(content['multipart/form-data'].schema.properties.file.description).toBe('At most 5 MB.')
  })

  it('keeps a named schema once for what is sent and once for what is answered', () => {
    expect(repay.requestBody.content['application/json'].schema.properties.paid).toEqual({
      $ref: '#/components/schemas/Money',
    })
    expect(document.components.schemas.Money.required).toEqual(['amount'])
    expect(repay.responses[200].content['application/json'].schema.items.$ref).toBe(
      '#/components/schemas/MoneyAnswered',
    )
  })

  it('tells every refusal in the words it will come in', () => {
    expect(repay.responses[422].content['application/json'].examples.loan_not_active.value.said).toBe(
      'This thing takes no money',
    )
    expect(repay.responses[404]).toEqual({ $ref: '#/components/responses/sokocredit_404' })
    const examples = document.components.responses.sokocredit_404.content['application/json'].examples
    expect(examples.loan_not_found.value).toMatchObject({ code: 'loan_not_found', said: 'There is no such loan.' })
    expect(document.components.responses.office_404.content).toHaveProperty(['application/problem+json'])
  })
})

describe('the references', () => {
  let world: World
  let app: FastifyInstance
  beforeAll(async () => {
    world = await openWorld()
    const contracts = [tinyContract(), chosenContract()]
    app = await buildServer(world.services, contracts, { mount: (to) => mountReferences(to, contracts) })
  })
  afterAll(async () => {
    await app.close()
    await world.close()
  })

  it.each(['/api/schema', '/api/schema/', '/api/schema/?contract=office'])('%s is the document', async (url) => {
    const answer = await app.inject({ url })
    expect(answer.json().openapi).toBe('3.1.0')
    expect('/tiny/mine' in answer.json().paths).toBe(!url.includes('office'))
  })

  it('knows no other contract', async () => {
    expect((await app.inject({ url: '/api/schema/?contract=nobody' })).statusCode).toBe(404)
  })

  it.each(['/api/docs', '/api/docs/', '/api/redoc', '/api/redoc/'])(
    '%s and all it loads come from here',
    async (url) => {
      const page = await app.inject({ url })
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      expect(page.headers['content-security-policy']).toContain("script-src 'self'")
      const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => match[1]!)
      expect(loaded.length).toBeGreaterThanOrEqual(2)
      for (const asset of loaded) {
        const answer = await app.inject({ url: asset, headers: { 'accept-encoding': 'gzip' } })
        expect([asset, answer.statusCode, answer.headers['content-encoding']]).toEqual([asset, 200, 'gzip'])
        const again = await app.inject({ url: asset, headers: { 'if-none-match': String(answer.headers.etag) } })
        expect(again.statusCode).toBe(304)
      }
    },
  )

  it('takes no other method', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/schema/' })
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET, HEAD'])
  })
})
