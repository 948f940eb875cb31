/** MoviCuotas' demo business: the document's customer with his phone, and neighbours who wait, are late, or are locked. */
import { addDays, addMonths, type Day, make, monthOf, yearOf } from '#domain/day.ts'
import { BANK, CAPITAL } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { SALE_PRESETS } from '#domain/devices/sale-preset.ts'
import { claimIdNumber, createCustomer } from '#modules/customers/customers.ts'
import { addPhoneModel, confirmLock, enforceLocks, issueActivationCode } from '#modules/devices/devices.ts'
import { listDevices } from '#modules/devices/views.ts'
import { listUsers } from '#modules/identity/views.ts'
import { openBooks, postOne } from '#modules/ledger/ledger.ts'
import { createProduct, type LoanProduct } from '#modules/loan-products/loan-products.ts'
import { activeProducts } from '#modules/loan-products/views.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { submitClaim, verifyClaim } from '#modules/payments/payments.ts'
import {
  activateSale,
  agreeSale,
  decideSale,
  noticeInstalments,
  signSale,
  takeDownPayment,
  termsOf,
} from '#modules/sales/sales.ts'
import { type Ctx, type Door, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

const FLOAT = 100_000_000n

/** The fifth is the document's. */
const MODELS = [
  { brand: 'Samsung', model: 'Galaxy A05', price: 350_000n },
  { brand: 'Samsung', model: 'Galaxy A15', price: 480_000n },
  { brand: 'Xiaomi', model: 'Redmi 13C', price: 400_000n },
  { brand: 'Motorola', model: 'Moto G54', price: 500_000n },
  { brand: 'Samsung', model: 'Galaxy A54', price: 1_500_000n },
] as const

/** As the document has him. */
const JUAN = {
  identity: '0801199012345',
  fullName: 'Juan Carlos Pérez',
  phone: '+50489978918',
  email: 'juan@email.com',
  location: 'Tegucigalpa',
  profile: {
    ...{ dateOfBirth: '1990-05-15', gender: 'male', status: 'active' },
    ...{ address: 'Col. Kennedy, Bloque A', city: 'Tegucigalpa' },
  },
}

type Buyer = Omit<typeof JUAN, 'email'> & { readonly email: string | null }

interface Neighbour {
  readonly identity: string
  readonly fullName: string
  readonly phone: string
  readonly city: string
}

const neighbour = ({ identity, fullName, phone, city }: Neighbour): Buyer => ({
  ...{ identity, fullName, phone, email: null, location: city },
  profile: {
    dateOfBirth: `${identity.slice(4, 8)}-06-01`,
    gender: 'female',
    status: 'active',
    address: 'Centro',
    city,
  },
})

const MARIA = neighbour({
  ...{ identity: '0501198800123', fullName: 'María Fernanda López' },
  ...{ phone: '+50498765432', city: 'San Pedro Sula' },
})
const ROSA = neighbour({
  ...{ identity: '0318199500456', fullName: 'Rosa Elena Mejía' },
  ...{ phone: '+50433221100', city: 'Siguatepeque' },
})

/** Seeds the demo business, once: an organisation that offers products is left alone. */
export async function seedMovicuotas(services: Services, org: Organisation): Promise<void> {
  const now = systemDoor(services, org, 'demo')
  if ((await transact(now, (ctx) => activeProducts(ctx, { limit: 1 }), true)).length > 0) return
  const thisMonth = make(yearOf(now.today), monthOf(now.today), 1)
  const start = addMonths(thisMonth, -1)
  const at = (day: Day): Door => doorOn(now, day)
  const shop = await transact(at(addMonths(start, -2)), openShop)
  await sellTo(at, shop, { buyer: JUAN, on: start, imei: '123456789012345', branch: '001' })
  await payFirst(at(start), 1)
  await noticeInstalments(at(addDays(thisMonth, -3)))
  await noticeInstalments(at(addDays(thisMonth, -1)))
  await payFirst(at(thisMonth), 1)
  await sellTo(at, shop, { buyer: MARIA, on: addDays(now.today, -45), imei: '356938035643809', branch: '002' })
  await sellTo(at, shop, { buyer: ROSA, on: addDays(now.today, -5), imei: '490154203237518', branch: '001' })
  await claimFirst(at(addDays(now.today, -1)), 3)
  await lockLate(at, now.today)
  await renewCodes(now)
  await closeLoans(now)
}

interface Shop {
  readonly product: LoanProduct
  readonly officerId: number
  readonly phoneModelId: number
}

async function openShop(ctx: Ctx): Promise<Shop> {
  await openBooks(ctx)
  await postOne(ctx, {
    kind: 'capital',
    effectiveDay: ctx.today,
    reference: 'opening',
    idemKey: 'demo:capital',
    lines: [debit(BANK, FLOAT), credit(CAPITAL, FLOAT)],
  })
  let phoneModelId = 0
  for (const model of MODELS) phoneModelId = await addPhoneModel(ctx, model)
  const product = await createProduct(ctx, {
    name: 'movi-doc',
    description: 'Teléfonos a 12 meses, primera cuota al recibir el teléfono',
    maxAmount: 5_000_000n,
    terms: {
      ...{ interestMethod: 'flat', rateBasis: 'annual', ratePercent: '18', frequency: 'monthly', instalments: 12 },
      ...{ firstDue: { rule: 'afterDays', days: 0 }, payoffInterest: 'accrued' },
    },
  })
  await createProduct(ctx, {
    name: 'movi-quincenal',
    description: 'Teléfonos a 6, 8 o 12 quincenas',
    maxAmount: 350_000n,
    terms: { ...termsOf(SALE_PRESETS[1]!, '12.5'), instalments: 12 },
  })
  const { users } = await listUsers(ctx, { limit: 50, offset: 0 })
  const officerId = users.find((user) => user.roles.includes('loan_officer'))!.id
  return { product, officerId, phoneModelId }
}

interface Sold {
  readonly buyer: Buyer
  readonly on: Day
  readonly imei: string
  readonly branch: string
}

/** A phone of 15,000.00 with a fifth paid down; the contract prints twelve instalments of 1,166.67. */
async function sellTo(at: (day: Day) => Door, shop: Shop, { buyer, on, imei, branch }: Sold): Promise<void> {
  const { identity, ...known } = buyer
  const customerId = await transact(at(on), async (ctx) => {
    const created = await createCustomer(ctx, known)
    await claimIdNumber(ctx, created, { kind: 'national', number: identity })
    return created
  })
  await transact(at(on), async (ctx) => {
    const contractualInstalments = Array.from({ length: 12 }, () => '116667')
    const loanId = await agreeSale(ctx, {
      ...{ customerId, officerId: shop.officerId, productId: shop.product.id, imei, phoneModelId: shop.phoneModelId },
      ...{ price: 1_500_000n, downPayment: 300_000n, branchNumber: branch, rateShown: '18.0' },
      terms: { ...shop.product.terms, contractualInstalments },
    })
    await decideSale(ctx, loanId, {})
    await signSale(ctx, loanId)
    await takeDownPayment(ctx, { loanId, method: 'cash' })
    await activateSale(ctx, loanId)
  })
}

/** The customer says he has paid his oldest instalment. */
const claimFirst = (door: Door, loanId: number): Promise<number> =>
  transact(door, async (ctx) => {
    const loan = (await loanById(ctx, loanId))!
    const next = loan.instalments.find((instalment) => instalment.completedOn === null)!
    const paid = { loanId, instalmentId: next.id, amount: next.due.principal + next.due.interest, paidOn: ctx.today }
    return submitClaim(ctx, { ...paid, method: 'transfer' })
  })

async function payFirst(door: Door, loanId: number): Promise<void> {
  const paymentId = await claimFirst(door, loanId)
  await transact(door, (ctx) => verifyClaim(ctx, paymentId))
}

/** The days since the late customer's first instalment: warned, asked to be locked, locked. */
async function lockLate(at: (day: Day) => Door, today: Day): Promise<void> {
  for (let day = addDays(today, -20); day <= today; day = addDays(day, 1)) await enforceLocks(at(day))
  const [pending] = await transact(
    at(today),
    (ctx) => listDevices(ctx, { lockStatus: 'pending', after: 0, limit: 1 }),
    true,
  )
  if (pending) await transact(at(today), (ctx) => confirmLock(ctx, pending.id))
}

/** Phones were sold some time ago; what activates them is good from now on. */
async function renewCodes(now: Door): Promise<void> {
  const devices = await transact(now, (ctx) => listDevices(ctx, { after: 0, limit: 10 }), true)
  for (const { id } of devices) await transact(now, (ctx) => issueActivationCode(ctx, id))
}

/** The door as it was at noon of a day, never later than now. */
function doorOn(now: Door, day: Day): Door {
  const noon = new Date(`${day}T18:00:00Z`)
  return { ...now, now: noon < now.now ? noon : now.now, today: day }
}
