/** A customer pays on the day, somebody verifies it days later: by which day it counts, and whether the phone stays free. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, day, type Day } from '#domain/day.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Movi, openMovi } from '#test/movi.ts'
import { expectStatus, register, sell } from '#test/movi-buyers.ts'

/** Warned on the first day late, a lock asked for on the fifth; a claim holds it off for four days. */
const POLICY = { warn_after_days: 1, lock_after_days: 5, claim_days: 4 }
const CLAIMED_AFTER = 3
const VERIFIED_AFTER = 6

interface Case {
  readonly name: string
  /** Days after the due day that the customer says, and that the verifier gives. */
  readonly said: number
  readonly corrected?: number
  readonly paidOn: number
}
const CASES: readonly Case[] = [
  { name: 'the day of payment that the customer gave', said: 1, paidOn: 1 },
  { name: 'the day of the claim, where the customer gave a later one', said: 20, paidOn: 3 },
  { name: 'the day that the verifier reads on the receipt', said: 2, corrected: 0, paidOn: 0 },
]

let movi: Movi
let due: Day
interface Sold {
  readonly identity: string
  readonly imei: string
  claim?: number
}
const sold = new Map<string, Sold>()
const NAMES = [...CASES.map(({ name }) => name), 'nobody decides', 'too little', 'rejected and sent again']

const at = (days: number): string => `${addDays(due, days)}T15:00:00Z`
const goTo = async (days: number): Promise<void> => {
  await movi.world.moveClock(at(days))
  await movi.world.settle()
}
const phone = async (name: string) =>
  (await movi.office('supervisor', `GET /devices?imei=${sold.get(name)!.imei}`)).body.devices[0]
const instalments = async (name: string) => {
  const token = await movi.login(sold.get(name)!.identity)
  return (await movi.ask('GET /installments', { token })).body.installments
}
const claim = async (name: string, said: number, amount?: number): Promise<number> => {
  const token = await movi.login(sold.get(name)!.identity)
  const [first] = (await movi.ask('GET /installments', { token })).body.installments
  const payment = { installment_id: first.id, amount: amount ?? first.amount, payment_date: addDays(due, said) }
  return expectStatus(201, await movi.ask('POST /payments', { token, body: { payment } })).body.id
}
const decide = (id: number, what: 'verify' | 'reject', body: object) =>
  movi.office('supervisor', `POST /payments/${id}/${what}`, body)

beforeAll(async () => {
  movi = await openMovi({ now: '2026-01-05T15:00:00Z' })
  expectStatus(200, await movi.office('admin', 'PATCH /organisation', { device_locks: POLICY }))
  for (const [n, name] of NAMES.entries()) {
    const identity = `08011991010${10 + n}`
    const imei = `3520990017620${10 + n}`
    const profile = { dateOfBirth: '1991-01-01' }
    const known = { fullName: 'Delmy Reyes', phone: `+504990001${10 + n}`, profile }
    await sell(movi, { customerId: await register(movi, { identity, ...known }), imei })
    sold.set(name, { identity, imei })
  }
  due = day((await instalments(NAMES[0]!))[0].due_date)!
  await goTo(CLAIMED_AFTER)
  for (const { name, said } of CASES) sold.get(name)!.claim = await claim(name, said)
  await claim('nobody decides', 1)
  await claim('too little', 1, 10)
  const again = 'rejected and sent again'
  expectStatus(200, await decide(await claim(again, 1), 'reject', { reason: 'Borroso' }))
  sold.get(again)!.claim = await claim(again, 1)
  await goTo(VERIFIED_AFTER)
}, 120_000)
afterAll(() => movi?.close())

describe('six days after the due day, three after the claim', () => {
  it('the phone is free where the claim would cure the arrears, and is to be locked where it would not', async () => {
    for (const { name } of CASES) expect(await phone(name)).toMatchObject({ lock_status: 'unlocked' })
    expect(await phone('nobody decides')).toMatchObject({ lock_status: 'unlocked' })
    expect(await phone('too little')).toMatchObject({ lock_status: 'pending' })
  })

  it.each(CASES)('the payment counts by $name', async ({ name, corrected, paidOn }) => {
    const body = corrected === undefined ? {} : { day: addDays(due, corrected) }
    const verified = expectStatus(200, await decide(sold.get(name)!.claim!, 'verify', body))
    expect(verified.body).toMatchObject({ status: 'applied', value_day: addDays(due, paidOn) })
    expect((await instalments(name))[0]).toMatchObject({ status: 'paid', paid_date: addDays(due, paidOn) })
    expect(await phone(name)).toMatchObject({ lock_status: 'unlocked' })
    await expectBooksAgree(movi.world)
  })

  it('names the field where the verifier gives a day to come, or one before the sale', async () => {
    const id = await claim('nobody decides', 1)
    const wrong = (days: number) => decide(id, 'verify', { day: addDays(due, days) })
    expect((await wrong(7)).body).toMatchObject({ code: 'invalid_input', errors: [{ field: 'day' }] })
    expect((await wrong(-60)).body).toMatchObject({ code: 'value_day_too_early', errors: [{ field: 'day' }] })
  })

  it('the lock is asked for when the days of the organisation are over, whatever other receipts were sent', async () => {
    const again = 'rejected and sent again'
    expectStatus(200, await decide(sold.get(again)!.claim!, 'reject', { reason: 'Otra vez' }))
    await claim(again, 1)
    await goTo(CLAIMED_AFTER + POLICY.claim_days)
    for (const name of ['nobody decides', again]) expect(await phone(name)).toMatchObject({ lock_status: 'unlocked' })
    await goTo(CLAIMED_AFTER + POLICY.claim_days + 1)
    for (const name of ['nobody decides', again]) expect(await phone(name)).toMatchObject({ lock_status: 'pending' })
  })
})
