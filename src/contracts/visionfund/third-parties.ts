/** Other institutions: let in by staff with a key, allowed to look by each client. Section 3 of the document speaks of them. */
import { z } from 'zod'
import { clientToken, userToken } from '#contracts/visionfund/auth.ts'
import { clientParams } from '#contracts/visionfund/client-id.ts'
import { clientHimself } from '#modules/teller/teller.ts'
import {
  giveConsent,
  LONGEST_VALID_DAYS,
  registerThirdParty,
  revokeThirdParty,
  withdrawConsent,
} from '#modules/third-parties/third-parties.ts'
import { idEitherWay, idText } from '#platform/http/asked-numbers.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Third parties'
const institution = z.object({
  name: z.string('Give a name.').trim().min(1, 'Give a name.').max(200),
  valid_days: z.int().min(1).max(LONGEST_VALID_DAYS).default(365),
})

export const letIn: Operation = {
  section,
  summary: 'Let an institution in',
  description:
    'Its key is shown this once and goes into the X-API-Key header. It sees a client’s loans where he agreed.',
  extra: true,
  tokenIn: userToken,
  body: institution,
  exampleBody: { name: 'Equity Bank', valid_days: 365 },
  answers: {
    201: {
      description: 'Let in',
      example: { id: 1, name: 'Equity Bank', api_key: 'mk_…', valid_until: '2027-02-15T09:00:00.000Z' },
    },
  },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof institution> }): Promise<Answer> {
    const { id, key, validUntil } = await registerThirdParty(ctx, { name: body.name, validDays: body.valid_days })
    return { status: 201, body: { id, name: body.name, api_key: key, valid_until: validUntil.toISOString() } }
  },
}

const thirdPartyParams = z.object({ third_party_id: idText })

export const shutOut: Operation = {
  section,
  summary: 'End an institution’s key',
  extra: true,
  tokenIn: userToken,
  params: thirdPartyParams,
  answers: { 204: { description: 'Ended' } },
  async handle(ctx: Ctx, { params }: { params: z.output<typeof thirdPartyParams> }): Promise<Answer> {
    await revokeThirdParty(ctx, params.third_party_id)
    return { status: 204 }
  },
}

const consentBody = z.object({
  third_party_id: idEitherWay,
  valid_days: z.int().min(1).max(LONGEST_VALID_DAYS).default(365),
})
const consentParams = z.object({ client_id: idText, third_party_id: idText })

export const agree: Operation = {
  section,
  summary: 'Agree that an institution looks at one’s loans',
  extra: true,
  tokenIn: clientToken,
  params: clientParams,
  body: consentBody,
  description: 'For a year unless valid_days says otherwise, or until it is taken back.',
  exampleBody: { third_party_id: 1, client_token: 'eyJ…' },
  answers: {
    201: {
      description: 'Agreed',
      example: { client_id: 123, third_party_id: 1, consent: true, valid_until: '2027-02-15T09:00:00.000Z' },
    },
  },
  async handle(
    ctx: Ctx,
    { params, body }: { params: { client_id: number }; body: z.output<typeof consentBody> },
  ): Promise<Answer> {
    const { customerId } = await clientHimself(ctx, params.client_id)
    const { third_party_id, valid_days: validDays } = body
    const until = await giveConsent(ctx, { customerId, thirdPartyId: third_party_id, validDays })
    return { status: 201, body: { ...params, third_party_id, consent: true, valid_until: until.toISOString() } }
  },
}

export const disagree: Operation = {
  section,
  summary: 'Take one’s consent back',
  extra: true,
  tokenIn: clientToken,
  params: consentParams,
  answers: { 204: { description: 'Taken back' } },
  async handle(ctx: Ctx, { params }: { params: z.output<typeof consentParams> }): Promise<Answer> {
    const { customerId } = await clientHimself(ctx, params.client_id)
    await withdrawConsent(ctx, customerId, params.third_party_id)
    return { status: 204 }
  },
}
