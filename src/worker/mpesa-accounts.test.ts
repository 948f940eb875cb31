/** Organisations with M-Pesa accounts of their own: each pays from its own, the others from the installation's. */
import { describe, expect, test } from 'vitest'
import { openWeb } from '#src/app.ts'
import { ConfigError, readConfig } from '#platform/config.ts'
import { payoutErrand } from '#src/worker/payout-errand.ts'
import { payoutPlace, recipientOf, reservePayout } from '#modules/payouts/payouts.ts'
import { payoutById } from '#modules/payouts/views.ts'
import { withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { mpesaServes } from '#platform/providers/mpesa/mpesa-account.ts'
import { startMpesaSimulator } from '#platform/providers/mpesa/simulator/simulator.ts'
import { freePort } from '#test/processes.ts'
import { openSavings } from '#test/saving.ts'
import { openWorld } from '#test/world.ts'

const OWN = {
  url: 'https://api.safaricom.co.ke/',
  consumerKey: 'key',
  consumerSecret: 'the secret of it',
  shortCode: '600123',
  initiator: 'api',
  securityCredential: 'the credential of it',
}
const env = (accounts: unknown, more: Record<string, string> = { MKOPO_PUBLIC_URL: 'https://loans.example/' }) => ({
  MKOPO_MPESA_ACCOUNTS: typeof accounts === 'string' ? accounts : JSON.stringify(accounts),
  ...more,
})

describe('MKOPO_MPESA_ACCOUNTS', () => {
  test('names accounts by organisation', () => {
    const { mpesa, mpesaAccounts } = readConfig(env({ visionfund: OWN }))
    expect(mpesa).toBeUndefined()
    expect([...mpesaAccounts]).toEqual([
      ['visionfund', { ...OWN, url: 'https://api.safaricom.co.ke', callbackUrl: 'https://loans.example' }],
    ])
    expect(readConfig({}).mpesaAccounts.size).toBe(0)
  })

  test.each([
    ['no JSON', '{"visionfund"', undefined, 'the whole'],
    ['a list', [OWN], undefined, 'the whole'],
    ['a part missing', { visionfund: { ...OWN, initiator: undefined } }, undefined, 'visionfund.initiator'],
    ['a part too many', { visionfund: { ...OWN, passkey: 'x' } }, undefined, 'visionfund'],
    ['a short code that is none', { visionfund: { ...OWN, shortCode: '12' } }, undefined, 'visionfund.shortCode'],
    ['nowhere for the results', { visionfund: OWN }, {}, 'MKOPO_PUBLIC_URL'],
  ])('%s: refused, and no secret is said', (_, accounts, more, named) => {
    const read = () => readConfig(env(accounts, more))
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(named)
    expect(read).not.toThrow(/the secret of it|the credential of it/)
  })

  test('in production M-Pesa serves the organisation that has an account, and no other', () => {
    const production = { DATABASE_URL: 'postgres://a@b/c', MKOPO_SECRET: 'z4V9-kq2P-77ab-Lmno-0pqr-stuv-5678' }
    const more = { ...production, MKOPO_MODE: 'production', MKOPO_PUBLIC_URL: 'https://loans.example' }
    const services = { config: readConfig(env({ visionfund: OWN }, more)) }
    const serves = (slug: string) => mpesaServes({ services, org: { slug } })
    expect([serves('visionfund'), serves('sokocredit')]).toEqual([true, false])
  })
})

test('two organisations, two accounts: each payout leaves by the account of its own organisation', async () => {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const [own, common] = [await startMpesaSimulator({ delayMs: 0 }), await startMpesaSimulator({ delayMs: 0 })]
  const { callbackUrl: _, ...ownAccount } = own.account(address)
  const shared = common.account(address)
  const world = await openWorld({
    env: {
      MKOPO_PUBLIC_URL: address,
      MKOPO_MPESA_ACCOUNTS: JSON.stringify({ visionfund: ownAccount }),
      MKOPO_MPESA_URL: shared.url,
      MKOPO_MPESA_CONSUMER_KEY: shared.consumerKey,
      MKOPO_MPESA_CONSUMER_SECRET: shared.consumerSecret,
      MKOPO_MPESA_SHORT_CODE: shared.shortCode,
      MKOPO_MPESA_INITIATOR: shared.initiator,
      MKOPO_MPESA_SECURITY_CREDENTIAL: shared.securityCredential,
    },
  })
  const { server } = await openWeb(world.services)
  await server.listen({ host: '127.0.0.1', port })
  try {
    for (const slug of ['visionfund', 'sokocredit']) await payOutOf(world, slug)
    expect([own.paidTo('254712000777'), common.paidTo('254712000777')]).toEqual([100, 100])
  } finally {
    await server.close()
    await Promise.all([own.close(), common.close()])
    await world.close()
  }
})

/** A saver of the organisation draws 100.00 to the phone, and it arrives. */
async function payOutOf(world: Awaited<ReturnType<typeof openWorld>>, slug: string): Promise<void> {
  const savings = await openSavings(world, slug)
  const accountId = await savings.account({}, 10_000n)
  const { customerId } = (await savings.run((ctx) => savingsAccountById(ctx, accountId)))!
  const id = await savings.run(async (ctx) => {
    const payout = await payoutPlace(ctx)
    const recipient = recipientOf(ctx, '+254712000777', { amount: 10_000n, channel: 'mpesa' })
    const { entryId } = await withdraw(ctx, { accountId, amount: 10_000n, to: payout.place, reference: null })
    const money = { amount: 10_000n, entryId, customerId, savingsAccountId: accountId }
    await reservePayout(ctx, { ...recipient, ...money, id: payout.id, purpose: 'withdrawal' })
    return payout.id
  })
  const status = async () => {
    await payoutErrand.run(world.services, { org: world.org(slug) })
    return (await savings.run((ctx) => payoutById(ctx, id)))!.status
  }
  await expect.poll(status, { timeout: 20_000 }).toBe('confirmed')
}
