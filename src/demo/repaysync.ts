/** RepaySync's demo business: the document's customer with her two loans, visited and called, and neighbours at every stage of lateness. */
import { addDays, day, dayIn } from '#domain/day.ts'
import type { Role } from '#domain/permission.ts'
import {
  createCustomer,
  createLoan,
  makePromise,
  type NewCollectionCustomer,
  recordInteraction,
} from '#modules/collections/collections.ts'
import { customersAfter } from '#modules/collections/views.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { receiveBatch } from '#modules/payments/payments.ts'
import {
  type Actor,
  type Door,
  doorAt,
  type Organisation,
  type Services,
  systemDoor,
  transact,
} from '#platform/context.ts'

const DAY_MS = 86_400_000

/** As the document has him, with the code of its answers. */
const JOHN = {
  code: 'A1B2C3D4',
  name: 'John Doe',
  phone: '+91-9876543210',
  email: 'john@example.com',
  addressLine1: '123 Main St',
  addressLine2: 'Apt 4B',
  city: 'Kolkata',
  state: 'WB',
  pincode: '700001',
  dateOfBirth: day('1990-01-01'),
} satisfies Omit<NewCollectionCustomer, 'assignedTo'>

const neighbour = (name: string, phone: string, pincode: string) => ({
  ...JOHN,
  ...{ code: null, name, phone, pincode, email: null },
  addressLine2: null,
})

/** Borrower, amount, months since the loan, and how many of the instalments were paid. */
const NEIGHBOURS = [
  { who: neighbour('Asha Banerjee', '+91-9830000001', '700019'), amount: 2_400_000n, months: 4, paid: 3 },
  { who: neighbour('Rahul Sen', '+91-9830000002', '700020'), amount: 6_000_000n, months: 5, paid: 2 },
  { who: neighbour('Meera Das', '+91-9830000003', '700019'), amount: 1_200_000n, months: 7, paid: 1 },
] as const

/** Seeds the demo business, once: an organisation that has customers is left alone. The first two users are the document's. */
export async function seedRepaysync(services: Services, org: Organisation): Promise<void> {
  const at = (daysAgo: number, actor: Actor): Door => doorOn(services, { org, actor, daysAgo })
  const system = systemDoor(services, org, 'demo')
  if ((await transact(system, (ctx) => customersAfter(ctx, { after: 0, limit: 1 }), true)).length > 0) return
  const [johndoe, janedoe] = [userOf(1, 'calling_agent'), userOf(2, 'collection_officer')]
  await documentsExamples(at, johndoe, janedoe)
  for (const [n, one] of NEIGHBOURS.entries()) {
    const loanDate = addDays(system.today, -30 * one.months - 5)
    const accountNo = `LN2000${n + 1}`
    await transact(at(30 * one.months, janedoe), async (ctx) => {
      const customerId = await createCustomer(ctx, { ...one.who, assignedTo: 2 })
      const terms = { ratePercent: '14', tenureMonths: 12, loanDate, loanType: 'business' }
      await createLoan(ctx, { ...terms, customerId, accountNo, principal: one.amount })
    })
    for (let nr = 1; nr <= one.paid; nr++) {
      const paying = at(30 * (one.months - nr), { kind: 'provider', name: 'mpesa' })
      const payment = { provider: 'mpesa', payerPhone: null, accountRef: accountNo, valueDay: paying.today } as const
      await transact(paying, (ctx) =>
        receiveBatch(ctx, [{ ...payment, reference: `UPI${n}${nr}`, amount: one.amount / 11n }]),
      )
    }
  }
  await closeLoans(system)
}

const userOf = (id: number, role: Role): Actor => ({ kind: 'user', id, roles: [role], sessionId: '', customerId: null })

/** Customer 1 with loans 1 and 2, a visit, a call and a promise that is still open. */
async function documentsExamples(
  at: (daysAgo: number, actor: Actor) => Door,
  johndoe: Actor,
  janedoe: Actor,
): Promise<void> {
  await transact(at(60, janedoe), async (ctx) => {
    const customerId = await createCustomer(ctx, { ...JOHN, assignedTo: 2 })
    const first = { ratePercent: '10.50', loanType: 'personal', tenureMonths: 12, loanDate: day('2025-03-09') }
    await createLoan(ctx, { ...first, customerId, accountNo: 'LN12345', principal: 5_000_000n })
    const second = { ratePercent: '11.00', loanType: 'home', tenureMonths: 36, loanDate: day('2025-04-15') }
    await createLoan(ctx, { ...second, customerId, accountNo: 'LN67890', principal: 7_500_000n })
  })
  await transact(at(6, janedoe), async (ctx) => {
    const comment = 'Visited customer; discussed repayment plan.'
    const contact = { loanId: 1, comment, disposition: 'visited', nextActionOn: addDays(ctx.today, 6) }
    await recordInteraction(ctx, { ...contact, kind: 'field' })
  })
  await transact(at(1, johndoe), async (ctx) => {
    const comment = 'Called customer to remind about due payment.'
    const contact = { loanId: 1, comment, disposition: 'called', nextActionOn: addDays(ctx.today, 11) }
    const interactionId = await recordInteraction(ctx, { ...contact, kind: 'calling' })
    await makePromise(ctx, {
      loanId: 1,
      interactionId,
      amount: 500_000n,
      dueOn: addDays(ctx.today, 5),
      channel: 'calling',
    })
  })
}

/** The door as it was some days ago: what goes through it is dated then. */
function doorOn(
  services: Services,
  { org, actor, daysAgo }: { readonly org: Organisation; readonly actor: Actor; readonly daysAgo: number },
): Door {
  const door = doorAt(services, { org, actor, contract: 'system', requestId: 'demo', address: '' })
  const now = new Date(door.now.getTime() - daysAgo * DAY_MS)
  return { ...door, now, today: addDays(dayIn(org.timeZone, door.now), -daysAgo) }
}
