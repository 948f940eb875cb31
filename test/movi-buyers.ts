/** People who buy phones from MoviCuotas in tests: registered, sold to through the office, and paying. */
import { claimIdNumber, createCustomer, loginFor } from '#modules/customers/customers.ts'
import { transact } from '#platform/context.ts'
import type { Answered, Movi } from '#test/movi.ts'

export interface Buyer {
  readonly identity: string
  readonly fullName: string
  readonly phone: string
  readonly email?: string | null
  readonly profile?: Readonly<Record<string, string>>
  /** His login, where he has one already. */
  readonly userId?: number
}

/** Registers a customer with a login, under his identity number; answers his id. */
export async function register(movi: Movi, { identity, ...known }: Buyer): Promise<number> {
  const door = movi.world.door('movicuotas')
  const id = await transact(door, async (ctx) => {
    const created = await createCustomer(ctx, { email: null, location: null, profile: {}, ...known })
    await claimIdNumber(ctx, created, { kind: 'national', number: identity })
    return created
  })
  await transact(door, (ctx) => loginFor(ctx, id))
  return id
}

export interface Phone {
  readonly customerId: number
  readonly imei: string
  readonly preset?: 'movi-doc' | 'movi-quincenal'
  readonly price?: string
  readonly downPercent?: number
  readonly instalments?: number
}

/** The office agrees on a sale, which nobody has decided on yet; answers the loan's id and the device's. */
export async function agree(movi: Movi, phone: Phone): Promise<{ loanId: number; deviceId: number }> {
  const { preset = 'movi-doc', price = '15000.00', downPercent = 20, instalments = 12 } = phone
  const agreed = await movi.office('vendedor', 'POST /sales', {
    ...{ preset, price, down_payment_percent: downPercent, instalments },
    ...{ customer_id: phone.customerId, phone_model_id: 5, imei: phone.imei, branch_number: '001' },
  })
  const { loan_id: loanId, device } = expectStatus(201, agreed).body
  return { loanId, deviceId: device.id }
}

/** What is agreed on is decided by one, signed and paid down in cash, and handed over by another: the phone is the customer's. */
export async function handOver(movi: Movi, loanId: number): Promise<void> {
  expectStatus(200, await movi.office('supervisor', `POST /sales/${loanId}/decide`, {}))
  expectStatus(200, await movi.office('vendedor', `POST /sales/${loanId}/sign`))
  expectStatus(200, await movi.office('vendedor', `POST /sales/${loanId}/down-payment`, { method: 'cash' }))
  expectStatus(200, await movi.office('admin', `POST /sales/${loanId}/activate`))
}

/** Agreed on and handed over on the day. */
export async function sell(movi: Movi, phone: Phone): Promise<{ loanId: number; deviceId: number }> {
  const sold = await agree(movi, phone)
  await handOver(movi, sold.loanId)
  return sold
}

/** The answer, if it is what the story needs. */
export function expectStatus(status: number, answered: Answered): Answered {
  if (answered.status === status) return answered
  throw new Error(`${answered.status} instead of ${status}: ${JSON.stringify(answered.body)}`)
}

/** A picture as far as anybody looks into it: the beginning of a JPEG, and bytes that differ by seed. */
export const picture = (bytes = 2_000, seed = 0): string =>
  Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(bytes - 4, seed)]).toString('base64')
