import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectBooksAgree } from '#test/books.ts'
import { JUAN, type Movi, openMovi } from '#test/movi.ts'
import { applied, newBuyer, TERMS } from '#test/selling.ts'

let movi: Movi
let loanId: number
let deviceId: number
const IMEI = '123456789012345'

beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  const token = await movi.login(JUAN)
  const { loan } = (await movi.ask('GET /dashboard', { token })).body
  loanId = loan.id
  deviceId = loan.device.id
})
afterAll(() => movi?.close())

const loan = async () => (await movi.office('admin', `GET /loans/${loanId}`)).body
const phone = async () => (await movi.office('admin', `GET /devices/${deviceId}`)).body
const commands = async (): Promise<string[]> => (await phone()).commands.map((one: { kind: string }) => one.kind)

async function activate(token: string): Promise<void> {
  const body = { activation_code: (await phone()).activation_code, fcm_token: token }
  expect((await movi.ask('POST /devices/activate', { body })).status).toBe(200)
  await movi.world.settle()
}

async function payOff(): Promise<void> {
  expect((await movi.office('supervisor', `POST /loans/${loanId}/pay-off`, {})).body.status).toBe('completed')
  await movi.world.settle()
  expect((await phone()).released_on).toBe('2026-02-15')
}

async function takeBack(): Promise<void> {
  const { transactions } = (await movi.office('admin', `GET /loans/${loanId}/transactions`)).body
  const { id } = transactions.findLast((one: { kind: string }) => one.kind === 'repayment')
  const reversed = await movi.office('admin', `POST /loans/${loanId}/transactions/${id}/reverse`, { reason: 'Rebotó' })
  expect(reversed.status).toBe(200)
  await movi.world.settle()
}

it('is bound again when its pay-off is taken back, and owes what it owed, the interest that was given up too', async () => {
  await activate('a'.repeat(60))
  const before = await loan()
  await payOff()
  await takeBack()
  const { status, balance, instalments } = await loan()
  expect({ status, balance, instalments }).toEqual({
    ...{ status: 'active', balance: before.balance, instalments: before.instalments },
  })
  expect(await phone()).toMatchObject({ released_on: null, lock_status: 'unlocked' })
  expect((await commands()).slice(-3)).toEqual(['release', 'unlock', 'enrol'])
  expect((await movi.office('supervisor', `POST /devices/${deviceId}/lock`, { reason: 'Mora' })).status).toBe(200)
  expect((await movi.office('supervisor', `POST /devices/${deviceId}/unlock`, { reason: 'Error' })).status).toBe(200)
  await expectBooksAgree(movi.world)
})

it('stays with whoever bought it meanwhile', async () => {
  await payOff()
  const customer_id = await newBuyer(movi, { identity: '0801199300777' })
  const sale = { ...TERMS, customer_id, phone_model_id: 1, imei: IMEI, branch_number: 'S01' }
  expect((await movi.office('vendedor', 'POST /sales', sale)).status).toBe(201)
  await takeBack()
  expect((await loan()).status).toBe('active')
  expect((await phone()).released_on).toBe('2026-02-15')
})

it('lets nobody in with the code of a sale that came to nothing, and lifts the lock of its phone', async () => {
  const sold = (await applied(movi, { identity: '0801199300888', imei: '990000862471854' })).body
  expect((await movi.office('supervisor', `POST /devices/${sold.device.id}/lock`, { reason: 'x' })).status).toBe(200)
  expect((await movi.office('vendedor', `POST /sales/${sold.loan_id}/cancel`, { reason: 'No vino' })).status).toBe(200)
  const { body } = await movi.office('admin', `GET /devices/${sold.device.id}`)
  expect(body).toMatchObject({ lock_status: 'unlocked', released_on: '2026-02-15' })
  const again = { ...TERMS, customer_id: sold.customer.id, phone_model_id: 1, imei: '356938035643817' }
  expect((await movi.office('vendedor', 'POST /sales', again)).status).toBe(201)
  const activation = { activation_code: sold.device.activation_code, fcm_token: 'b'.repeat(60) }
  expect(await movi.ask('POST /devices/activate', { body: activation })).toMatchObject({ status: 404 })
})
