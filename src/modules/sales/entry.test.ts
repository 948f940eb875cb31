/** Letting buyers in: what is asked for beside the identity number, by the organisation's setting. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EntryAttempt, enter } from '#modules/sales/entry.ts'
import { type Door, transact } from '#platform/context.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { JUAN } from '#test/movi.ts'
import { openWorld, type World } from '#test/world.ts'

type Given = Partial<Omit<EntryAttempt, 'identity'>> & { readonly number?: string }

let world: World
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T15:00:00Z' })
  await world.demo()
})
afterAll(() => world.close())

/** At the door of an organisation that asks for the factor, from an address of one's own. */
let addresses = 0
function door(secondFactor: unknown, address = `10.8.0.${++addresses}`): Door {
  const at = world.door('movicuotas', { kind: 'anonymous' })
  return { ...at, address, org: { ...at.org, policies: { secondFactor } } }
}
const attempt = ({ number = JUAN, ...more }: Given = {}): EntryAttempt => ({
  identity: { kind: 'national', number },
  ...{ contractNumber: null, code: null, deviceToken: null },
  ...more,
})

describe('who knows an identity number', () => {
  it.each([
    // asked for          | given                                               | refused as
    [undefined, {}, null],
    ['none', {}, null],
    ['fingerprint', {}, null],
    ['none', { contractNumber: ' mc-2026-0001 ' }, null],
    ['none', { contractNumber: '001-2026-01-01-000001' }, null],
    ['none', { contractNumber: 'MC-2026-0002' }, 'credentials_invalid'],
    ['none', { number: '0801199099999' }, 'credentials_invalid'],
    ['contract_number', {}, 'second_factor_needed'],
    ['contract_number', { number: '0801199099999' }, 'second_factor_needed'],
    ['contract_number', { contractNumber: 'MC-2026-0002' }, 'credentials_invalid'],
    ['contract_number', { contractNumber: 'MC-2026-0001' }, null],
    ['sms', {}, 'second_factor_needed'],
    ['sms', { code: '000' }, 'second_factor_needed'],
    ['sms', { deviceToken: 'of nobody' }, 'second_factor_needed'],
    ['sms', { number: '0801199099999' }, 'credentials_invalid'],
  ] as const)('where %s is asked for and gives %j is refused as %s', async (factor, given, refused) => {
    expect(await refusalOf(enter(door(factor), attempt(given)))).toBe(refused)
  })

  it('is not sent a code where the record has no phone', async () => {
    const phones = (phone: string | null) =>
      transact(world.door('movicuotas'), (ctx) =>
        sql`update customers set phone = ${phone} where org_id = ${ctx.org.id} and id = 1`.execute(ctx.tx),
      )
    await phones(null)
    expect(await refusalOf(enter(door('sms'), attempt()))).toBe('phone_missing')
    await phones('+50489978918')
  })

  it('is known by where he comes from after the first time, and told of a place that is new', async () => {
    const stated = async () => (await eventsOf(world, 'movicuotas', 'customer.logged_in_elsewhere')).length
    await enter(door('none', '10.8.1.1'), attempt())
    const before = await stated()
    await enter(door('none', '10.8.1.1'), attempt())
    expect(await stated()).toBe(before)
    await enter(door('none', '10.8.1.2'), attempt())
    expect(await stated()).toBe(before + 1)
  })

  it('who guesses many at once gets no more answers than one after the other', async () => {
    const at = door('none')
    const guesses = Array.from({ length: 30 }, () => refusalOf(enter(at, attempt({ number: '0801199077777' }))))
    const codes = await Promise.all(guesses)
    expect(codes.filter((code) => code === 'credentials_invalid')).toHaveLength(10)
    expect(codes.filter((code) => code === 'too_many_attempts')).toHaveLength(20)
  })
})
