/** The catalogue of phones that are sold on credit. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { amount, byId, minorOf, nextOf, page } from '#contracts/office/asked.ts'
import { moneyText } from '#contracts/office/present.ts'
import { addPhoneModel, restorePhoneModel, retirePhoneModel } from '#modules/devices/devices.ts'
import { listPhoneModels } from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Sales on credit'
const name = z.string().trim().min(1).max(80)
const modelBody = z.object({ brand: name, model: name, price: amount })

export const addToCatalogue: Operation = {
  id: 'addPhoneModel',
  section,
  summary: 'Add a phone model to the catalogue',
  body: modelBody,
  exampleBody: { brand: 'Samsung', model: 'Galaxy A54', price: '15000.00' },
  answers: { 201: { description: 'Its id', schema: z.object({ id: field.id }), example: { id: 5 } } },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof modelBody> }): Promise<Answer> {
    const { brand, model } = body
    const price = minorOf(ctx, body.price, 'price')
    return { status: 201, body: { id: await addPhoneModel(ctx, { brand, model, price }) } }
  },
}

const STATUSES = ['active', 'retired'] as const
const modelSchema = z
  .object({ id: field.id, brand: z.string(), model: z.string(), price: field.money, status: z.enum(STATUSES) })
  .meta({ id: 'PhoneModel' })

const modelQuery = z.object({ ...page, status: z.enum(STATUSES).default('active') })

export const catalogue: Operation = {
  id: 'listPhoneModels',
  section,
  summary: 'List phone models, those on sale or those retired',
  query: modelQuery,
  answers: {
    200: {
      description: 'A page of the catalogue; `next` is the value of `after` for the page after it',
      schema: z.object({ phone_models: z.array(modelSchema), next: field.next }),
      example: {
        phone_models: [{ id: 5, brand: 'Samsung', model: 'Galaxy A54', price: '15000.00', status: 'active' }],
        next: null,
      },
    },
  },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof modelQuery> }): Promise<Answer> {
    const models = await listPhoneModels(ctx, query)
    const phone_models = models.map((one) => ({ ...one, price: moneyText(one.price, ctx.org.currency) }))
    return { status: 200, body: { phone_models, next: nextOf(models, query.limit) } }
  },
}

const answered = (status: 'active' | 'retired') => ({
  200: {
    description: 'Its id and status',
    schema: z.object({ id: field.id, status: z.literal(status) }),
    example: { id: 5, status },
  },
})
type OfModel = Request<z.output<typeof byId>>

export const retireModel: Operation = {
  id: 'retirePhoneModel',
  section,
  summary: 'Take a phone model off sale; what was sold stays as it is',
  params: byId,
  answers: answered('retired'),
  async handle(ctx: Ctx, { params }: OfModel): Promise<Answer> {
    await retirePhoneModel(ctx, params.id)
    return { status: 200, body: { id: params.id, status: 'retired' } }
  },
}

export const restoreModel: Operation = {
  id: 'restorePhoneModel',
  section,
  summary: 'Put a retired phone model back on sale',
  params: byId,
  answers: answered('active'),
  async handle(ctx: Ctx, { params }: OfModel): Promise<Answer> {
    await restorePhoneModel(ctx, params.id)
    return { status: 200, body: { id: params.id, status: 'active' } }
  },
}
