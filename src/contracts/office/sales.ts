/** Phones sold on credit: the catalogue, the quote, the agreement. */
import { z } from 'zod'
import { amount, id, minorOf, nextOf, page } from '#contracts/office/asked.ts'
import { moneyText } from '#contracts/office/present.ts'
import { parseDay } from '#domain/day.ts'
import type { Disclosure } from '#domain/devices/disclosure.ts'
import type { SaleQuote } from '#domain/devices/sale-preset.ts'
import { refuse } from '#domain/refusal.ts'
import { addPhoneModel } from '#modules/devices/devices.ts'
import { deviceOfLoan, listPhoneModels } from '#modules/devices/views.ts'
import { quoteByPreset, sellByPreset } from '#modules/sales/sales.ts'
import { saleOfLoan } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/route.ts'

const section = 'Sales on credit'
const name = z.string().trim().min(1).max(80)
const asked = {
  preset: z.string().max(40),
  price: amount,
  down_payment_percent: z.int().min(0).max(99),
  instalments: z.int().min(1).max(120),
}
const quoteBody = z.object({ ...asked, date_of_birth: z.iso.date() })
const saleBody = z.object({
  ...asked,
  customer_id: id,
  phone_model_id: id,
  imei: z.string().max(32),
  branch_number: z.string().max(12).default('001'),
})

type Asked = z.output<typeof quoteBody>

const questionOf = (ctx: Ctx, body: Omit<Asked, 'date_of_birth'>) => ({
  ...{ preset: body.preset, price: minorOf(ctx, body.price, 'price') },
  ...{ downPercent: body.down_payment_percent, instalments: body.instalments },
})

function quoteJson(ctx: Ctx, quote: SaleQuote): Record<string, unknown> {
  const money = (minor: bigint): string => moneyText(minor, ctx.org.currency)
  return {
    ...{ down_payment: money(quote.downPayment), financed: money(quote.financed) },
    ...{ instalment: money(quote.instalment), total: money(quote.total), rate: quote.rateShown },
    due_days: quote.dueDays,
    disclosure: disclosureJson(ctx, quote.disclosure),
  }
}

/** What the credit costs; rates in percent a year with two decimals. */
const disclosureJson = (ctx: Ctx, { totalInterest, totalToPay, ...rates }: Disclosure): Record<string, unknown> => ({
  nominal_annual_rate: rates.nominalAnnualRate,
  effective_annual_rate: rates.effectiveAnnualRate,
  total_interest: moneyText(totalInterest, ctx.org.currency),
  total_to_pay: moneyText(totalToPay, ctx.org.currency),
})

export const quoteForSale: Operation = {
  section,
  summary: 'Quote a sale on credit by a preset',
  body: quoteBody,
  exampleBody: {
    ...{ preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12 },
    date_of_birth: '1990-05-15',
  },
  answers: {
    200: {
      description: 'Down payment, amount financed, instalments with their due days, and what the credit costs a year',
    },
  },
  async handle(ctx: Ctx, { body }: { body: Asked }): Promise<Answer> {
    const born = parseDay(body.date_of_birth) ?? refuse('invalid_input', { fields: { date_of_birth: 'Give a day.' } })
    return { status: 200, body: quoteJson(ctx, quoteByPreset(ctx, { ...questionOf(ctx, body), born })) }
  },
}

export const agreeOnSale: Operation = {
  section,
  summary: 'Agree on a sale: application, contract number and phone together',
  description: 'Somebody else approves and disburses the loan. A customer has one loan at a time.',
  body: saleBody,
  exampleBody: {
    ...{ preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12, customer_id: 1 },
    ...{ phone_model_id: 1, imei: '356938035643809', branch_number: 'S01' },
  },
  answers: {
    201: { description: 'The loan to be approved, the contract’s numbers, the code that activates the phone' },
  },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof saleBody> }): Promise<Answer> {
    if (ctx.actor.kind !== 'user') refuse('no_officer')
    const loanId = await sellByPreset(ctx, {
      ...questionOf(ctx, body),
      ...{ customerId: body.customer_id, officerId: ctx.actor.id, branchNumber: body.branch_number },
      ...{ imei: body.imei, phoneModelId: body.phone_model_id },
    })
    const [sale, device] = [await saleOfLoan(ctx, loanId), await deviceOfLoan(ctx, loanId)]
    return {
      status: 201,
      body: {
        ...{ loan_id: loanId, contract_number: sale!.contractNumber, branch_contract_code: sale!.branchContractCode },
        device: { id: device!.id, activation_code: device!.activationCode, imei_doubtful: device!.imeiDoubtful },
      },
    }
  },
}

const modelBody = z.object({ brand: name, model: name, price: amount })

export const addToCatalogue: Operation = {
  section,
  summary: 'Add a phone model to the catalogue',
  body: modelBody,
  exampleBody: { brand: 'Samsung', model: 'Galaxy A54', price: '15000.00' },
  answers: { 201: { description: 'Its id' } },
  async handle(ctx: Ctx, { body }: { body: z.output<typeof modelBody> }): Promise<Answer> {
    const { brand, model } = body
    return {
      status: 201,
      body: { id: await addPhoneModel(ctx, { brand, model, price: minorOf(ctx, body.price, 'price') }) },
    }
  },
}

const modelQuery = z.object(page)

export const catalogue: Operation = {
  section,
  summary: 'List phone models',
  query: modelQuery,
  answers: { 200: { description: 'A page of the catalogue' } },
  async handle(ctx: Ctx, { query }: { query: z.output<typeof modelQuery> }): Promise<Answer> {
    const models = await listPhoneModels(ctx, query)
    const phone_models = models.map((one) => ({ ...one, price: moneyText(one.price, ctx.org.currency) }))
    return { status: 200, body: { phone_models, next: nextOf(models, query.limit) } }
  },
}
