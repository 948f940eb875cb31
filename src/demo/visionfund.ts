/** VisionFund's demo business: clients who save and borrow, told through the use cases on the days they happened. */
import { addDays, dayIn } from '#domain/day.ts'
import { CAPITAL, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { firstOfficer } from '#modules/identity/views.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { createProduct } from '#modules/loan-products/loan-products.ts'
import { activeProducts } from '#modules/loan-products/views.ts'
import { createSavingsProduct } from '#modules/savings/savings.ts'
import { depositFor, lend, repayFor, takeOnClient, withdrawFor } from '#modules/teller/teller.ts'
import { clientOfUser } from '#modules/teller/views.ts'
import { giveConsent, registerThirdParty } from '#modules/third-parties/third-parties.ts'
import {
  type Actor,
  type Ctx,
  type Door,
  type Organisation,
  type Services,
  systemDoor,
  transact,
} from '#platform/context.ts'

const DAY_MS = 86_400_000
const FLOAT = 500_000_000n
/** The largest amount that the contract can write. */
const MOST = 9_999_999_999n

/** Seeds it once: an organisation that offers products is left alone. The document's John Doe stays free for whoever tries it out. */
export async function seedVisionfund(services: Services, org: Organisation): Promise<void> {
  const at = doorsOf(services, org)
  if ((await transact(at(0), (ctx) => activeProducts(ctx, { limit: 1 }), true)).length > 0) return
  const staffId = await transact(at(120), openBusiness)
  const staff = userOf(staffId, null)
  const grace = await client(at, 'Grace Wambui', {
    email: 'grace.wambui@example.com',
    idNumber: '22334455',
    phone: '0722000201',
  })
  const peter = await client(at, "Peter Ng'ang'a", {
    email: 'peter.nganga@example.com',
    idNumber: '11223344',
    phone: null,
  })
  await grace.does(90, (ctx) => depositFor(ctx, { clientId: grace.id, amount: 500_000n }))
  await grace.does(60, (ctx) => withdrawFor(ctx, { clientId: grace.id, amount: 50_000n, channel: 'counter' }))
  await transact({ ...at(50), actor: staff }, (ctx) =>
    lend(ctx, { clientId: grace.id, amount: 500_000n, destination: 'account' }),
  )
  await grace.does(20, (ctx) => repayFor(ctx, { clientId: grace.id, source: 'account', amount: 250_000n }))
  await peter.does(30, (ctx) => depositFor(ctx, { clientId: peter.id, amount: 120_000n }))
  await transact({ ...at(2), actor: staff }, (ctx) => registerThirdParty(ctx, { name: 'Umoja Sacco', validDays: 365 }))
  await grace.does(1, async (ctx) => {
    const { customerId } = (await clientOfUser(ctx, grace.id))!
    await giveConsent(ctx, { customerId, thirdPartyId: 1, validDays: 365 })
  })
}

type At = (daysAgo: number) => Door

/** The door as it was some days ago. */
const doorsOf =
  (services: Services, org: Organisation): At =>
  (daysAgo) => {
    const door = systemDoor(services, org, 'demo')
    const today = addDays(dayIn(org.timeZone, door.now), -daysAgo)
    return { ...door, now: new Date(door.now.getTime() - daysAgo * DAY_MS), today }
  }

const userOf = (id: number, customerId: number | null): Actor => ({
  kind: 'user',
  id,
  roles: [customerId === null ? 'loan_officer' : 'customer'],
  sessionId: '',
  customerId,
})

async function openBusiness(ctx: Ctx): Promise<number> {
  await postOne(ctx, {
    kind: 'capital',
    effectiveDay: ctx.today,
    reference: 'opening',
    idemKey: 'demo:capital',
    lines: [debit(MOBILE_MONEY, FLOAT), credit(CAPITAL, FLOAT)],
  })
  await createSavingsProduct(ctx, { name: 'Akiba', terms: {} })
  const terms = { ratePercent: '0', months: 12, frequency: 'monthly' as const }
  await createProduct(ctx, { name: 'VisionFund Loan', description: 'Without interest', maxAmount: MOST, terms })
  return (await firstOfficer(ctx))!
}

interface Person {
  readonly email: string
  readonly idNumber: string
  readonly phone: string | null
}

async function client(at: At, name: string, person: Person) {
  const { userId, customerId } = await transact(at(100), async (ctx) => {
    const taken = await takeOnClient(ctx, { name, ...person, password: 'password' })
    return (await clientOfUser(ctx, taken.userId))!
  })
  const does = <T>(daysAgo: number, work: (ctx: Ctx) => Promise<T>): Promise<T> =>
    transact({ ...at(daysAgo), actor: userOf(userId, customerId) }, work)
  return { id: userId, does }
}
