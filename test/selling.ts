/** Selling phones as MoviCuotas' staff do, over the office API. */
import { claimIdNumber, createCustomer } from '#modules/customers/customers.ts'
import { trialBalance } from '#modules/ledger/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import type { Answered, Movi } from '#test/movi.ts'

/** 3,500.00 with 1,050.00 down; 2,450.00 over twelve fortnights of 405.00. */
export const TERMS = { preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12 }

export interface Buyer {
  readonly identity: string
  readonly born?: string
  readonly name?: string
}

export const inBooks = <T>(movi: Movi, work: (ctx: Ctx) => Promise<T>): Promise<T> =>
  transact(movi.world.door('movicuotas'), work)

/** A customer with his identity number; his phone is made from it. */
export const newBuyer = (
  movi: Movi,
  { identity, born = '1993-04-01', name = 'Óscar Pineda' }: Buyer,
): Promise<number> =>
  inBooks(movi, async (ctx) => {
    const phone = `+5049${identity.slice(-7)}`
    const id = await createCustomer(ctx, { fullName: name, phone, profile: { dateOfBirth: born } })
    await claimIdNumber(ctx, id, { kind: 'national', number: identity })
    return id
  })

/** An application by the vendedor; answers what the office said. */
export const applied = async (movi: Movi, buyer: Buyer & { imei: string }, more: object = {}): Promise<Answered> =>
  movi.office('vendedor', 'POST /sales', {
    ...TERMS,
    ...{ customer_id: await newBuyer(movi, buyer), phone_model_id: 1, imei: buyer.imei, branch_number: 'S01' },
    ...more,
  })

/** A form with a picture in the field `file`. */
export function pictured(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  const bytes = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  )
  form.append('file', new Blob([bytes], { type: 'image/png' }), 'recibo.png')
  return form
}

/** What an account holds, debits less credits, minor units. */
export const held = (movi: Movi, code: number): Promise<bigint> =>
  inBooks(movi, async (ctx) => {
    const rows = await trialBalance(ctx, ctx.today)
    return rows.find((row) => row.code === code)?.balance ?? 0n
  })
