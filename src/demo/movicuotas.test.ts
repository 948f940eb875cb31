/** MoviCuotas' demo on any day that it may be started on: a customer in good standing, one locked out, one who is late. */
import { expect, test } from 'vitest'
import { readGood } from '#test/flutter-client.ts'
import { JUAN, MARIA, openMovi } from '#test/movi.ts'

test.each([
  ['the turn of the year, still December in Honduras', '2026-01-01T03:00:00Z'],
  ['a leap day', '2024-02-29T18:00:00Z'],
  ['the first of a month, before the jobs', '2026-05-01T07:00:00Z'],
  ['the last of a long month after a short one', '2026-03-31T23:59:00Z'],
  ['a day far from the document’s', '2031-08-17T12:00:00Z'],
])('%s', async (_, now) => {
  const movi = await openMovi({ now })
  try {
    const seen = async (identity: string) =>
      readGood('GET /dashboard', await movi.ask('GET /dashboard', { token: await movi.login(identity) }))
    const juan = await seen(JUAN)
    expect(juan).toMatchObject({ overdueCount: 0, loan: { status: 'active', installmentAmount: 1166.67 } })
    expect(juan.nextPayment).toMatchObject({ number: 3, status: 'pending' })
    expect(await seen(MARIA)).toMatchObject({ overdueCount: 2, deviceStatus: { isBlocked: true } })
    expect((await seen('0318199500456')).nextPayment).toMatchObject({ number: 1, status: 'overdue', daysOverdue: 5 })
    const { body } = await movi.office('admin', 'GET /ledger/verify')
    expect(body).toMatchObject({ ok: true })
  } finally {
    await movi.close()
  }
})
