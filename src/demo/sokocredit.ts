/** SokoCredit's demo business: two products, traders with loans in every state, told through the use cases on the days they happened. */
import { addDays, dayIn } from '#domain/day.ts'
import { CAPITAL, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { listUsers } from '#modules/identity/views.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { createProduct, type LoanProduct } from '#modules/loan-products/loan-products.ts'
import { activeProducts } from '#modules/loan-products/views.ts'
import { apply, approve, disburse, reject } from '#modules/loans/loans.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { receiveBatch } from '#modules/payments/payments.ts'
import { type Ctx, type Door, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

const DAY_MS = 86_400_000
const FLOAT = 100_000_000n

interface Trader {
  readonly fullName: string
  readonly phone: string
  readonly businessName: string
  readonly location: string
}

/** Nobody has the phone of the document's webhook example: it stays free for whoever tries the document out. */
const TRADERS: readonly Trader[] = [
  {
    fullName: 'Fatuma Hassan',
    phone: '0722000101',
    businessName: 'Fatuma Fresh Vegetables',
    location: 'Gikomba, Nairobi',
  },
  { fullName: 'Grace Achieng', phone: '0722000102', businessName: 'Achieng Fish', location: 'Kibuye, Kisumu' },
  { fullName: 'Joyce Mutua', phone: '0722000103', businessName: 'Joyce Cereals', location: 'Machakos' },
  { fullName: 'Halima Abdi', phone: '0722000104', businessName: 'Halima Textiles', location: 'Eastleigh, Nairobi' },
  { fullName: 'Ruth Chebet', phone: '0722000105', businessName: 'Chebet Dairy', location: 'Eldoret' },
]

/** Seeds the demo business of the last months, once: an organisation that offers products is left alone. */
export async function seedSokocredit(services: Services, org: Organisation): Promise<void> {
  const at = (daysAgo: number): Door => doorOn(services, org, daysAgo)
  if ((await transact(at(0), (ctx) => activeProducts(ctx, { limit: 1 }), true)).length > 0) return
  const people = await transact(at(240), (ctx) => openBusiness(ctx))
  const { lend, pay } = lending(at, people)
  // Mary has repaid hers in full, so the next payment from her phone goes to the next loan she takes.
  await lend({ customer: 0, amount: 600_000n, daysAgo: 200, months: 3 })
  for (const [n, daysAgo] of [170, 140, 110].entries())
    await pay({ customer: 0, amount: 225_000n, daysAgo, code: `DEMO0${n + 1}` })
  await lend({ customer: 1, amount: 1_500_000n, daysAgo: 75, months: 6 })
  for (const [n, daysAgo] of [45, 14].entries())
    await pay({ customer: 1, amount: 281_250n, daysAgo, code: `DEMO1${n + 1}` })
  await lend({ customer: 2, amount: 1_000_000n, daysAgo: 70, months: 6 })
  await pay({ customer: 2, amount: 100_000n, daysAgo: 38, code: 'DEMO21' })
  await lend({ customer: 3, amount: 2_000_000n, daysAgo: 20, months: 6 })
  await pay({ customer: 3, amount: 700_000n, daysAgo: 5, code: 'DEMO31' })
  await applications(at, people)
  await transact(at(3), (ctx) => receiveBatch(ctx, [incoming(ctx, '+254722999888', 50_000n, 'DEMO99')]))
  await closeLoans(at(0))
}

interface People {
  readonly starter: LoanProduct
  readonly officerId: number
  /** Mary, who has a login, then the traders. */
  readonly customers: readonly { readonly id: number; readonly phone: string }[]
}

async function openBusiness(ctx: Ctx): Promise<People> {
  await postOne(ctx, {
    kind: 'capital',
    effectiveDay: ctx.today,
    reference: 'opening',
    idemKey: 'demo:capital',
    lines: [debit(MOBILE_MONEY, FLOAT), credit(CAPITAL, FLOAT)],
  })
  const terms = { frequency: 'monthly' as const }
  const starter = await createProduct(ctx, {
    name: 'Starter Business Loan',
    description: 'For a first stock of goods',
    maxAmount: 2_000_000n,
    terms: { ...terms, ratePercent: '12.5', months: 6 },
  })
  await createProduct(ctx, {
    name: 'Growth Booster Loan',
    description: 'For traders with a good history',
    maxAmount: 5_000_000n,
    terms: { ...terms, ratePercent: '10', months: 12 },
  })
  const { users } = await listUsers(ctx, { limit: 50, offset: 0 })
  const officerId = users.find((user) => user.roles.includes('loan_officer'))!.id
  const mary = users.find((user) => user.roles.includes('customer'))!
  const traders = [
    {
      fullName: 'Mary Wanjiku',
      phone: mary.phone!,
      businessName: 'Mama Mary Groceries',
      location: 'Kawangware, Nairobi',
      userId: mary.id,
    },
    ...TRADERS,
  ]
  const customers: { id: number; phone: string }[] = []
  for (const trader of traders) customers.push({ id: await createCustomer(ctx, trader), phone: trader.phone })
  return { starter, officerId, customers }
}

interface Lent {
  readonly customer: number
  readonly amount: bigint
  readonly daysAgo: number
  readonly months: number
}

interface Paid {
  readonly customer: number
  readonly amount: bigint
  readonly daysAgo: number
  readonly code: string
}

type At = (daysAgo: number) => Door

function lending(at: At, { starter, officerId, customers }: People) {
  return {
    lend: ({ customer, amount, daysAgo, months }: Lent) =>
      transact(at(daysAgo), async (ctx) => {
        const customerId = customers[customer]!.id
        const terms = { ...starter.terms, months }
        const id = await apply(ctx, { customerId, productId: starter.id, officerId, amount, terms })
        await approve(ctx, id)
        await disburse(ctx, id)
      }),
    pay: ({ customer, amount, daysAgo, code }: Paid) =>
      transact(at(daysAgo), (ctx) =>
        receiveBatch(ctx, [incoming(ctx, e164(customers[customer]!.phone), amount, code)]),
      ),
  }
}

/** One that waits for a decision, one agreed on, one declined. */
async function applications(at: At, { starter, officerId, customers }: People): Promise<void> {
  const ask = (ctx: Ctx, customer: number, amount: bigint): Promise<number> =>
    apply(ctx, { customerId: customers[customer]!.id, productId: starter.id, officerId, amount, terms: starter.terms })
  await transact(at(2), (ctx) => ask(ctx, 4, 800_000n))
  await transact(at(2), async (ctx) => approve(ctx, await ask(ctx, 5, 400_000n)))
  await transact(at(1), async (ctx) => reject(ctx, await ask(ctx, 5, 1_900_000n), 'One loan at a time'))
}

const e164 = (phone: string): string => (phone.startsWith('+') ? phone : `+254${phone.slice(1)}`)

const incoming = (ctx: Ctx, payerPhone: string, amount: bigint, reference: string) =>
  ({ provider: 'mpesa', reference, payerPhone, accountRef: null, amount, valueDay: ctx.today }) as const

/** The door as it was some days ago: what goes through it is dated then. */
function doorOn(services: Services, org: Organisation, daysAgo: number): Door {
  const door = systemDoor(services, org, 'demo')
  const now = new Date(door.now.getTime() - daysAgo * DAY_MS)
  return { ...door, now, today: addDays(dayIn(org.timeZone, door.now), -daysAgo) }
}
