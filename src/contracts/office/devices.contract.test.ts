/** Phones for the office: what they were told, codes for those without a network, many locks at once; who may do what. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '#platform/database/postgres-connection.ts'
import { type Movi, openMovi } from '#test/movi.ts'

const JUANS = '123456789012345'
const MARIAS = '356938035643809'

describe('devices for the office', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  })
  afterAll(() => movi?.close())

  const find = async (query: string) => (await movi.office('supervisor', `GET /devices?${query}`)).body.devices
  const byImei = async (imei: string) => (await find(`imei=${imei}`))[0]
  const activate = async (imei: string) => {
    const { activation_code } = await byImei(imei)
    const body = { activation_code, fcm_token: `push-${imei}-${'x'.repeat(60)}`, platform: 'android' }
    return movi.ask('POST /devices/activate', { body })
  }

  it('shows what a phone was told: at once pending, its command on the way, confirmed by staff all the same', async () => {
    const { id } = await byImei(JUANS)
    const asked = await movi.office('supervisor', `POST /devices/${id}/lock`, { reason: 'Pago vencido' })
    expect(asked).toMatchObject({ status: 200, body: { lock_status: 'pending', is_locked: false } })
    expect(asked.body.commands).toMatchObject([{ kind: 'lock', status: 'requested', reason: 'Pago vencido' }])
    expect(JSON.stringify(asked.body)).not.toContain('"key"')
    const confirmed = await movi.office('supervisor', `POST /devices/${id}/confirm-lock`)
    expect(confirmed).toMatchObject({ status: 200, body: { lock_status: 'locked', is_locked: true } })
    const unlocked = await movi.office('supervisor', `POST /devices/${id}/unlock`, { reason: 'Pago recibido' })
    const kinds = unlocked.body.commands.map((one: { kind: string; status: string }) => `${one.kind} ${one.status}`)
    expect(kinds).toEqual(['lock superseded', 'unlock requested'])
  })

  it('finds phones by their lock, by what they were told last, and by whether they are paid for', async () => {
    const imeis = async (query: string) => (await find(query)).map((one: { imei: string }) => one.imei)
    expect(await imeis('lock_status=locked')).toEqual([MARIAS])
    expect(await imeis(`command_status=requested&imei=${JUANS}`)).toEqual([JUANS])
    expect(await imeis(`command_status=failed`)).toEqual([])
    expect(await imeis('released=true')).toEqual([])
    expect(await imeis('released=false&limit=200')).toEqual(expect.arrayContaining([JUANS, MARIAS]))
    expect((await movi.office('supervisor', 'GET /devices?command_status=lost')).status).toBe(400)
  })

  it('tells a phone again what it should be', async () => {
    const { id } = await byImei(MARIAS)
    expect((await movi.office('vendedor', `POST /devices/${id}/repeat-command`)).status).toBe(403)
    const { body } = await movi.office('supervisor', `POST /devices/${id}/repeat-command`)
    expect(body.commands.at(-1)).toMatchObject({ kind: 'lock', status: 'requested', reason: 'Pago vencido' })
    expect(body.lock_status).toBe('locked')
  })

  it('issues a code for a phone, shows it once, and takes it once', async () => {
    const { id } = await byImei(MARIAS)
    const ask = { reason: 'Cliente sin señal', valid_days: 2 }
    const codes = `/devices/${id}/unlock-codes`
    expect((await movi.office('admin', `POST ${codes}`, ask)).status).toBe(409)
    expect((await activate(MARIAS)).body).not.toHaveProperty('offline_secret')
    expect((await movi.office('vendedor', `POST ${codes}`, ask)).status).toBe(403)
    expect(await movi.office('supervisor', `POST ${codes}`, ask)).toMatchObject({
      status: 409,
      body: { code: 'arrears_remain' },
    })
    expect((await movi.office('admin', `POST ${codes}`, { ...ask, valid_days: 31 })).status).toBe(400)
    expect((await movi.office('admin', `POST ${codes}`, { valid_days: 2 })).status).toBe(400)
    const issued = await movi.office('admin', `POST ${codes}`, ask)
    expect(issued).toMatchObject({ status: 201, body: { counter: 1, valid_until: '2026-02-17' } })
    expect(issued.body.code).toMatch(/^\d{8}$/)
    const listed = await movi.office('supervisor', `GET ${codes}`)
    expect(listed.body.unlock_codes).toMatchObject([{ counter: 1, reason: 'Cliente sin señal', used_on: null }])
    expect(JSON.stringify(listed.body)).not.toContain(issued.body.code)
    const redeem = (code: string) => movi.office('supervisor', `POST ${codes}/redeem`, { code })
    expect((await redeem('1234')).status).toBe(400)
    expect((await movi.office('supervisor', 'GET /devices/99999/unlock-codes')).body.code).toBe('device_not_found')
    const wrong = String((BigInt(issued.body.code) + 1n) % 100_000_000n).padStart(8, '0')
    expect(await redeem(wrong)).toMatchObject({ status: 422, body: { code: 'unlock_code_wrong' } })
    expect(await redeem(issued.body.code)).toMatchObject({
      status: 200,
      body: { lock_status: 'unlocked', spared_until: '2026-02-17' },
    })
    expect(await redeem(issued.body.code)).toMatchObject({ status: 409, body: { code: 'unlock_code_used' } })
  })

  it('shows what locking many would do, and does it in one go', async () => {
    const [juan, maria] = [(await byImei(JUANS)).id, (await byImei(MARIAS)).id]
    const bulk = (who: 'supervisor' | 'vendedor', body: object) =>
      movi.office(who, 'POST /devices/bulk-lock', { reason: 'Pago vencido', ...body })
    expect((await bulk('vendedor', { device_ids: [juan] })).status).toBe(403)
    expect((await bulk('supervisor', {})).status).toBe(400)
    expect((await bulk('supervisor', { device_ids: Array.from({ length: 501 }, (_, n) => n + 1) })).status).toBe(400)
    const late = await bulk('supervisor', { min_days_past_due: 30, dry_run: true })
    expect(late.body).toMatchObject({ dry_run: true, counts: { would_be_locked: 1 }, more: false })
    expect(late.body.devices).toMatchObject([{ device_id: maria, imei: MARIAS, days_past_due: 45 }])
    expect((await byImei(MARIAS)).lock_status).toBe('unlocked')
    const nowhere = await bulk('supervisor', { min_days_past_due: 30, branch: 'NOWHERE', dry_run: true })
    expect(nowhere.body).toMatchObject({ devices: [], counts: {}, more: false })
    const outcomes = async (body: object) =>
      (await bulk('supervisor', body)).body.devices.map((one: { outcome: string }) => one.outcome)
    expect(await outcomes({ device_ids: [juan, maria, 9_999], min_days_past_due: 30 })).toEqual([
      'not_late_enough',
      'lock_requested',
      'not_found',
    ])
    expect(await byImei(MARIAS)).toMatchObject({ lock_status: 'pending', lock_reason: 'Pago vencido' })
    expect(await outcomes({ device_ids: [maria, juan, juan] })).toEqual(['lock_requested', 'locked_already'])
    expect(await outcomes({ device_ids: [juan], branch: 'NOWHERE' })).toEqual(['of_another_branch'])
  })

  it('two staff lock many at once: each phone once, and nobody waits for the other for ever', async () => {
    const ids = (await find('released=false&limit=200')).map(({ id }: { id: number }) => id)
    for (const id of ids) await movi.office('admin', `POST /devices/${id}/unlock`, { reason: 'Pago recibido' })
    const bulk = { device_ids: ids, reason: 'Pago vencido' }
    const both = await Promise.all([1, 2].map(() => movi.office('supervisor', 'POST /devices/bulk-lock', bulk)))
    const locked = both.map(({ body }) => body.counts.lock_requested ?? 0)
    // One of them waits for a claim that would cure it: it is spared.
    expect(both.map(({ body }) => body.counts.claim_waiting)).toEqual([1, 1])
    expect(locked[0] + locked[1]).toBe(ids.length - 1)
  })

  it('finds a branch’s phones behind however many later sales', async () => {
    const sale = (await movi.office('admin', 'GET /sales?limit=200')).body.sales.at(-1)
    await withClient(movi.world.owner, async (client) => {
      await client.query("set session_replication_role = 'replica'")
      await client.query(
        `insert into sales (org_id, loan_id, customer_id, contract_number, branch_contract_code, branch_number, price, approved_amount,
                            down_payment, rate_shown, created_at)
         select $1, 1000000 + n, 1, 'LATER-' || n, 'LATER-' || n, $2, 1, 1, 0, '0', now() from generate_series(1, 20001) n`,
        [movi.world.org('movicuotas').id, sale.branch_number],
      )
    })
    const [phone] = await find(`loan_id=${sale.loan_id}`)
    const body = { device_ids: [phone.id], branch: sale.branch_number, reason: 'Pago vencido', dry_run: true }
    const { devices } = (await movi.office('supervisor', 'POST /devices/bulk-lock', body)).body
    expect(devices[0].outcome).not.toBe('of_another_branch')
  })
})
