/** One side of the wall: a customer of a team and a branch who has one of everything, each thing with an unguessable name. */
import { addMonths } from '#domain/day.ts'
import { SALE_PRESETS } from '#domain/devices/sale-preset.ts'
import { BANK, CAPITAL, CASH } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { requestApproval } from '#modules/approvals/approvals.ts'
import {
  changeCustomer as changeFile,
  changeInteraction,
  createLoan,
  makePromise,
  recordInteraction,
} from '#modules/collections/collections.ts'
import { claimIdNumber, createCustomer, uploadDocument } from '#modules/customers/customers.ts'
import { addPhoneModel, registerToken } from '#modules/devices/devices.ts'
import { deviceOfLoan } from '#modules/devices/views.ts'
import { saveFile } from '#modules/files/files.ts'
import { openBooks, postOne } from '#modules/ledger/ledger.ts'
import { createProduct, productTermsSchema } from '#modules/loan-products/loan-products.ts'
import { apply, approve, disburse } from '#modules/loans/loans.ts'
import { PAY_WITHOUT_MONEY, repay } from '#modules/loan-money/loan-money.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { notify } from '#modules/notifications/notifications.ts'
import { receiveBatch, submitClaim, verifyClaim } from '#modules/payments/payments.ts'
import { listPayouts } from '#modules/payouts/views.ts'
import {
  activateSale,
  decideSale,
  type PresetSale,
  sellByPreset,
  signSale,
  takeDownPayment,
  termsOf,
} from '#modules/sales/sales.ts'
import { saleOfLoan } from '#modules/sales/views.ts'
import { depositFor, lend } from '#modules/teller/teller.ts'
import { giveConsent, registerThirdParty } from '#modules/third-parties/third-parties.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
import { doorOf, type Hired, hire, HOME, marker } from '#test/access/people.ts'
import type { World } from '#test/world.ts'

/** Who works on this side. */
export interface Crew {
  readonly seller: Hired
  readonly lead: Hired
  readonly collector: Hired
  readonly agent: Hired
}

/** What there is on a side, by id. */
export interface Objects {
  readonly customer: number
  readonly login: Hired
  /** Users who work on this side. */
  readonly seller: number
  readonly collector: number
  /** Sold on credit at the branch, running, late. */
  readonly loan: number
  readonly instalment: number
  readonly device: number
  readonly imei: string
  /** Sold at the branch, not decided on. */
  readonly askedSale: number
  /** Two loans in cash that nobody has decided on. */
  readonly pending: number
  readonly another: number
  readonly approved: number
  /** A loan in cash with a repayment that staff took in. */
  readonly lent: number
  readonly transaction: number
  /** A second person is asked to lower its debt. */
  readonly approval: number
  /** Entered by the collector, not running. */
  readonly filed: number
  readonly visit: number
  readonly call: number
  readonly promise: number
  readonly paid: number
  readonly claimed: number
  readonly payout: number
  readonly notification: number
  readonly removable: number
  readonly token: number
  readonly pushToken: string
  readonly institution: { readonly id: number; readonly key: string }
  readonly words: Words
}

/** Unguessable words by what they tell. */
export interface Words {
  /** Of the customer: who they are and how to reach them. */
  readonly person: readonly string[]
  /** Of loans, phones and payments. */
  readonly money: readonly string[]
  /** What was said of them after visits, and on the telephone. */
  readonly visits: readonly string[]
  readonly calls: readonly string[]
  /** What opens their account. */
  readonly secret: readonly string[]
}

export interface Shop {
  readonly world: World
  readonly manager: Hired
  readonly officer: Hired
  readonly product: number
  readonly model: number
  readonly terms: ReturnType<typeof productTermsSchema.parse>
}

const as = (world: World, person: { readonly actor: Actor }, work: (ctx: Ctx) => Promise<unknown>): Promise<unknown> =>
  transact(doorOf(world, person), work)

const run = <T>(world: World, person: { readonly actor: Actor }, work: (ctx: Ctx) => Promise<T>): Promise<T> =>
  transact(doorOf(world, person), work)

const SYSTEM = { actor: { kind: 'system', name: 'test' } } as const
const FLOAT = 100_000_000n

/** Opens the lender: books, products, a phone in the catalogue, who decides and who lends. */
export async function openShop(world: World): Promise<Shop> {
  const manager = await hire(world, HOME, { name: 'manager', role: 'manager' })
  const officer = await hire(world, HOME, { name: 'officer', role: 'loan_officer' })
  const terms = productTermsSchema.parse({ ratePercent: '10', months: 6, frequency: 'monthly' })
  const { product, model } = await run(world, SYSTEM, async (ctx) => {
    await openBooks(ctx)
    const lines = [debit(BANK, FLOAT), credit(CAPITAL, FLOAT)]
    await postOne(ctx, { kind: 'capital', effectiveDay: ctx.today, reference: null, idemKey: 'capital', lines })
    const lending = await createProduct(ctx, { name: 'Starter', maxAmount: 10_000_000n, terms })
    const sold = { ...termsOf(SALE_PRESETS[1]!, '12.5'), instalments: 12 }
    await createProduct(ctx, { name: 'movi-quincenal', maxAmount: 350_000n, terms: sold })
    return { product: lending.id, model: await addPhoneModel(ctx, { brand: 'Samsung', model: 'A05', price: 350_000n }) }
  })
  return { world, manager, officer, product, model, terms }
}

const digits = (length: number): string => Array.from({ length }, () => String(Math.trunc(Math.random() * 10))).join('')

/** Builds a side with its customer; the world's clock stands some weeks before what is asked of it later. */
export async function buildSide(shop: Shop, crew: Crew): Promise<Objects> {
  const who = await takeOn(shop, crew)
  const sold = await sell(shop, crew, who.customer)
  const cash = await lendCash(shop, crew, who)
  const worked = await work(shop, crew, { ...who, loan: sold.loan })
  const money = await moveMoney(shop, crew, { ...who, ...sold.ids })
  const told = await tell(shop, who)
  return {
    ...{ customer: who.customer, login: who.login, seller: crew.seller.id, collector: crew.collector.id },
    ...{ ...sold.ids, ...cash, ...worked.ids, ...money.ids, ...told.ids },
    words: {
      person: who.words,
      money: [...sold.words, ...worked.accounts, ...money.words, ...cash.words],
      visits: worked.visits,
      calls: worked.calls,
      secret: [...sold.secrets, ...told.secrets],
    },
  }
}

interface Who {
  readonly customer: number
  readonly login: Hired
  readonly phone: string
  readonly words: readonly string[]
}

async function takeOn({ world, officer }: Shop, { collector }: Crew): Promise<Who> {
  const [name, address, page, number] = [marker(), marker(), marker(), digits(13)]
  const contact = { email: `${marker()}@example.com`, phone: `+2547${digits(8)}` }
  const login = await hire(world, HOME, { name: marker(), role: 'customer', contact })
  const customer = await run(world, officer, async (ctx) => {
    const profile = { dateOfBirth: '1990-05-15', address }
    const record = { fullName: name, ...contact, userId: login.id, businessName: null, location: null, profile }
    const id = await createCustomer(ctx, record)
    await claimIdNumber(ctx, id, { kind: 'national', number })
    return id
  })
  await run(world, SYSTEM, (ctx) => changeFile(ctx, customer, { assignedTo: collector.id }))
  const bytes = Buffer.concat([PNG, Buffer.from(page)])
  const file = { name: 'id_front.png', bytes }
  await uploadDocument(doorOf(world, officer), { customerId: customer, docType: 'id_front', path: `x/${page}`, file })
  const self = { ...login, actor: { ...login.actor, customerId: customer } }
  const words = [name, address, page, number, contact.email, contact.phone.slice(-8)]
  return { customer, login: self, phone: contact.phone, words }
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

async function sell(shop: Shop, { seller }: Crew, customerId: number) {
  const { world, manager } = shop
  const sale = (of: number): PresetSale => ({
    ...{ preset: 'movi-quincenal', price: 350_000n, downPercent: 30, instalments: 12, customerId: of },
    ...{ officerId: seller.id, branchNumber: seller.actor.branch!, imei: digits(15), phoneModelId: shop.model },
    monthlyIncome: 9_000_000n,
  })
  const loan = await run(world, seller, (ctx) => sellByPreset(ctx, sale(customerId)))
  await as(world, manager, (ctx) => decideSale(ctx, loan, {}))
  await as(world, seller, (ctx) => signSale(ctx, loan))
  await as(world, seller, (ctx) => takeDownPayment(ctx, { loanId: loan, method: 'cash' }))
  await as(world, manager, (ctx) => activateSale(ctx, loan))
  const another = await run(world, shop.officer, async (ctx) => {
    const born = { dateOfBirth: '1991-05-15' }
    return createCustomer(ctx, { fullName: marker(), phone: `+2547${digits(8)}`, profile: born })
  })
  const askedSale = await run(world, seller, (ctx) => sellByPreset(ctx, sale(another)))
  return run(world, SYSTEM, async (ctx) => {
    const [device, second] = [(await deviceOfLoan(ctx, loan))!, (await deviceOfLoan(ctx, askedSale))!]
    const { contractNumber, branchContractCode } = (await saleOfLoan(ctx, loan))!
    const asked = (await saleOfLoan(ctx, askedSale))!
    const instalment = (await loanById(ctx, loan))!.instalments[0]!.id
    const numbers = [contractNumber, branchContractCode, asked.contractNumber, asked.branchContractCode]
    return {
      ids: { loan, instalment, device: device.id, imei: device.imei, askedSale },
      loan,
      words: [device.imei, second.imei, ...numbers],
      secrets: [device.activationCode, second.activationCode],
    }
  })
}

async function lendCash(shop: Shop, { seller }: Crew, { customer }: Who) {
  const { world, manager, product: productId, terms } = shop
  const word = marker()
  const lend = (amount: bigint): Promise<number> =>
    run(world, seller, (ctx) => apply(ctx, { customerId: customer, productId, officerId: seller.id, amount, terms }))
  const pending = await lend(600_000n)
  const another = await lend(650_000n)
  const approved = await lend(700_000n)
  const lent = await lend(800_000n)
  await as(world, manager, (ctx) => approve(ctx, approved))
  await as(world, manager, (ctx) => approve(ctx, lent))
  await as(world, manager, (ctx) => disburse(ctx, lent))
  const taken = { loanId: lent, amount: 10_000n, account: CASH, reference: word }
  const transaction = await run(world, manager, (ctx) => repay(ctx, taken))
  const approval = await run(world, manager, (ctx) => {
    const asked = { ...taken, amount: 1_000n, type: 'goodwillCredit' } as const
    return requestApproval(ctx, PAY_WITHOUT_MONEY, { asked, reason: word })
  })
  return { pending, another, approved, lent, transaction, approval, words: [word] }
}

/** Collection work: a file, a visit and a call that were put right since, a promise. */
async function work(shop: Shop, crew: Crew, { customer, loan }: Who & { readonly loan: number }) {
  const { world } = shop
  const [account, visited, visitedBefore, called, calledBefore] = [marker(), marker(), marker(), marker(), marker()]
  const file = { principal: null, ratePercent: null, tenureMonths: null, loanDate: null, loanType: null }
  const filed = await run(world, crew.collector, (ctx) =>
    createLoan(ctx, { ...file, customerId: customer, accountNo: account }),
  )
  const note = (who: Hired, kind: 'field' | 'calling', said: readonly [before: string, after: string]) =>
    run(world, who, async (ctx) => {
      const disposition = kind === 'field' ? 'visited' : 'called'
      const contact = { kind, loanId: loan, comment: said[0], disposition, nextActionOn: addMonths(ctx.today, 1) }
      const id = await recordInteraction(ctx, contact)
      await changeInteraction(ctx, { kind, id }, { comment: said[1] })
      return id
    })
  const visit = await note(crew.collector, 'field', [visitedBefore, visited])
  const call = await note(crew.agent, 'calling', [calledBefore, called])
  const promise = await run(world, crew.collector, (ctx) => {
    const dueOn = addMonths(ctx.today, 1)
    return makePromise(ctx, { loanId: loan, interactionId: visit, amount: 10_000n, dueOn, channel: 'field' })
  })
  return {
    ids: { filed, visit, call, promise },
    accounts: [account],
    visits: [visited, visitedBefore],
    calls: [called, calledBefore],
  }
}

type Sold = Who & Pick<Objects, 'loan' | 'instalment'>

/** Payments that were made and are said to be made on the loan, and a loan of the branch on its way out by M-Pesa. */
async function moveMoney({ world, manager }: Shop, { seller }: Crew, { login, phone, loan, instalment }: Sold) {
  const receipt = marker()
  const claim = (receiptFileId: number | null) => (ctx: Ctx) =>
    submitClaim(ctx, {
      loanId: loan,
      instalmentId: instalment,
      amount: 5_000n,
      paidOn: ctx.today,
      method: 'transfer',
      receiptFileId,
    })
  const paid = await run(world, login, claim(null))
  await as(world, manager, (ctx) => verifyClaim(ctx, paid))
  const file = { name: 'receipt.png', bytes: Buffer.concat([PNG, Buffer.from(receipt)]) }
  const claimed = await saveFile(doorOf(world, login), file, (ctx, id) => claim(id)(ctx))
  const reference = marker()
  await as(world, { actor: { kind: 'provider', name: 'mpesa' } }, (ctx) => {
    const arrived = { provider: 'mpesa', reference, payerPhone: phone, accountRef: null, amount: 1_000n } as const
    return receiveBatch(ctx, [{ ...arrived, valueDay: ctx.today }])
  })
  await as(world, seller, (ctx) => lend(ctx, { clientId: login.id, amount: 100_000n, destination: 'mpesa' }))
  const payout = (await run(world, SYSTEM, (ctx) => listPayouts(ctx, { limit: 1 })))[0]!.id
  await as(world, login, (ctx) => depositFor(ctx, { clientId: login.id, amount: 100_000n }))
  return { ids: { paid, claimed, payout }, words: [reference, receipt] }
}

/** What is told to the customer, and whom they let look. */
async function tell({ world }: Shop, { customer, login }: Who) {
  const pushToken = `${marker()}${marker()}${marker()}`
  const note = marker()
  return run(world, SYSTEM, async (ctx) => {
    const told = { userId: login.id, type: 'general', title: note, message: note, eventId: null }
    const notification = (await notify(ctx, [told, told]))!
    const removable = notification + 1
    const { id: token } = await registerToken(ctx, { token: pushToken, userId: login.id, platform: 'android' })
    const institution = await registerThirdParty(ctx, { name: marker(), validDays: 365 })
    await giveConsent(ctx, { customerId: customer, thirdPartyId: institution.id, validDays: 365 })
    const { id, key } = institution
    return {
      ids: { notification, removable, token, pushToken, institution: { id, key } },
      secrets: [note, pushToken, key],
    }
  })
}
