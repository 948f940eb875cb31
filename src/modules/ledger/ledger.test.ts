import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { CAPITAL, CUSTOMER_CREDIT, INTEREST_INCOME, LOAN_PRINCIPAL, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit, type NewEntry } from '#domain/ledger/entry.ts'
import { openBooks, post, postOne, reverse, verify } from '#modules/ledger/ledger.ts'
import { accountStatement, balanceAsOf, balanceOf, trialBalance } from '#modules/ledger/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { tampered } from '#test/tampering.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
const inBooks = <T>(work: (ctx: Ctx) => Promise<T>, slug = 'sokocredit'): Promise<T> => transact(world.door(slug), work)

beforeAll(async () => {
  world = await openWorld()
  for (const slug of ['sokocredit', 'visionfund', 'chamahub']) await inBooks(openBooks, slug)
})
afterAll(() => world.close())

const entry = (idemKey: string, more: Partial<NewEntry> = {}): NewEntry => ({
  kind: 'capital',
  effectiveDay: day('2026-02-15'),
  reference: null,
  idemKey,
  lines: [debit(MOBILE_MONEY, 100n), credit(CAPITAL, 100n)],
  ...more,
})

describe('post', () => {
  test('numbers entries without gaps and answers each of a batch for itself', async () => {
    const outcomes = await inBooks((ctx) =>
      post(ctx, [
        entry('a'),
        entry('unbalanced', { lines: [debit(MOBILE_MONEY, 100n), credit(CAPITAL, 99n)] }),
        entry('nobody', { lines: [debit(9999, 100n), credit(CAPITAL, 100n)] }),
        entry('owner missing', { lines: [debit(LOAN_PRINCIPAL, 100n), credit(CAPITAL, 100n)] }),
        entry('one line', { lines: [debit(MOBILE_MONEY, 100n)] }),
        entry('a'),
        entry('b'),
      ]),
    )
    expect(outcomes.map((o) => (o.status === 'refused' ? o.code : o.status))).toEqual([
      'posted',
      'entry_unbalanced',
      'account_unknown',
      'account_unknown',
      'entry_unbalanced',
      'duplicate',
      'posted',
    ])
    expect(outcomes.flatMap((o) => (o.status === 'refused' ? [] : [o.entryId]))).toEqual([1n, 1n, 2n])
  })

  test('the same key is never posted twice; with other content it is a conflict', async () => {
    const before = await inBooks((ctx) => balanceOf(ctx, MOBILE_MONEY, 0))
    const [again, other] = await inBooks((ctx) =>
      post(ctx, [entry('a'), entry('b', { lines: [debit(MOBILE_MONEY, 1n), credit(CAPITAL, 1n)] })]),
    )
    expect(again).toEqual({ status: 'duplicate', entryId: 1n })
    expect(other).toEqual({ status: 'conflict', entryId: 2n })
    expect(await inBooks((ctx) => balanceOf(ctx, MOBILE_MONEY, 0))).toBe(before)
  })

  test('a guarded balance never passes to the other side, also within one batch', async () => {
    const owe = (key: string, amount: bigint, side: 'gets' | 'uses'): NewEntry =>
      entry(key, {
        lines:
          side === 'gets'
            ? [debit(MOBILE_MONEY, amount), credit(CUSTOMER_CREDIT, amount, 7)]
            : [debit(CUSTOMER_CREDIT, amount, 7), credit(MOBILE_MONEY, amount)],
      })
    const outcomes = await inBooks((ctx) =>
      post(ctx, [owe('g1', 50n, 'gets'), owe('g2', 60n, 'uses'), owe('g3', 50n, 'uses'), owe('g4', 1n, 'uses')]),
    )
    expect(outcomes.map((o) => o.status)).toEqual(['posted', 'refused', 'posted', 'refused'])
    await expect(inBooks((ctx) => postOne(ctx, owe('g5', 1n, 'uses')))).rejects.toMatchObject({
      code: 'insufficient_funds',
      data: { account: CUSTOMER_CREDIT, owner: 7 },
    })
  })

  test('twenty withdrawals of the whole balance at once: exactly one succeeds', async () => {
    await inBooks((ctx) =>
      postOne(ctx, entry('stock', { lines: [debit(MOBILE_MONEY, 500n), credit(CUSTOMER_CREDIT, 500n, 8)] })),
    )
    const tries = Array.from({ length: 20 }, (_, n) =>
      inBooks((ctx) =>
        post(ctx, [entry(`take ${n}`, { lines: [debit(CUSTOMER_CREDIT, 500n, 8), credit(MOBILE_MONEY, 500n)] })]),
      ),
    )
    const outcomes = (await Promise.all(tries)).flat()
    expect(outcomes.filter((o) => o.status === 'posted')).toHaveLength(1)
    expect(await inBooks((ctx) => balanceOf(ctx, CUSTOMER_CREDIT, 8))).toBe(0n)
  })

  test('an entry is taken back once', async () => {
    const id = await inBooks((ctx) => postOne(ctx, entry('mistake')))
    const as = { effectiveDay: day('2026-02-15'), reference: null, idemKey: 'undo' }
    await inBooks((ctx) => reverse(ctx, id, as))
    await expect(inBooks((ctx) => reverse(ctx, id, { ...as, idemKey: 'undo again' }))).rejects.toMatchObject({
      code: 'entry_already_reversed',
    })
    await expect(inBooks((ctx) => reverse(ctx, 10_000n, as))).rejects.toMatchObject({ code: 'entry_not_found' })
  })

  test('a transaction that is rolled back leaves neither entry nor number', async () => {
    const before = await inBooks(verify)
    await expect(
      inBooks(async (ctx) => {
        await postOne(ctx, entry('lost'))
        throw new Error('later trouble')
      }),
    ).rejects.toThrow('later trouble')
    expect(await inBooks(verify)).toEqual(before)
  })
})

describe('views', () => {
  test('balances and the trial balance as of a day go by the effective day', async () => {
    const early = day('2026-01-10')
    await inBooks((ctx) => postOne(ctx, entry('early', { effectiveDay: early })), 'visionfund')
    await inBooks((ctx) => postOne(ctx, entry('late')), 'visionfund')
    const asOf = (at: string) => inBooks((ctx) => trialBalance(ctx, day(at)), 'visionfund')
    expect(await asOf('2026-01-09')).toEqual([])
    expect((await asOf('2026-01-10')).map((row) => [row.code, row.balance])).toEqual([
      [MOBILE_MONEY, 100n],
      [CAPITAL, -100n],
    ])
    expect((await asOf('2026-02-15')).map((row) => row.balance)).toEqual([200n, -200n])
    const of = { account: MOBILE_MONEY, owner: 0 }
    expect(await inBooks((ctx) => balanceAsOf(ctx, of, early), 'visionfund')).toBe(100n)
  })

  test('a statement lists an account line by line in bounded pages', async () => {
    const query = { account: MOBILE_MONEY, from: day('2026-01-01'), to: day('2026-12-31'), after: 0n, limit: 1 }
    const [first] = await inBooks((ctx) => accountStatement(ctx, query), 'visionfund')
    const rest = await inBooks(
      (ctx) => accountStatement(ctx, { ...query, after: first!.entryId, limit: 10 }),
      'visionfund',
    )
    expect([first!.effectiveDay, ...rest.map((line) => line.effectiveDay)]).toEqual(['2026-01-10', '2026-02-15'])
    expect(first).toMatchObject({ kind: 'capital', amount: 100n, actor: 'system:test' })
  })
})

describe('verify', () => {
  test('sound books are ok', async () => {
    const proof = await inBooks(verify)
    expect(proof).toMatchObject({ ok: true, problems: [] })
    expect(proof.entries).toBeGreaterThan(5)
  })

  test.each([
    [
      'an amount',
      'update journal_lines set amount = amount * 2 where entry_id = 1',
      /block 1: its entries were changed/,
    ],
    ['an actor', "update journal_entries set actor = 'user:1' where id = 1", /block 1: its entries were changed/],
    [
      'a line taken out',
      'delete from journal_lines where entry_id = 1 and seq = 2',
      /entry 1: its lines do not balance/,
    ],
    ['a balance', 'update ledger_balances set debits = debits + 1', /kept balances differ/],
    ['a day', 'update ledger_days set credits = credits + 1', /trial balance is out/],
    ['the head', "update ledger_heads set hash = '\\x00'", /not the last block/],
    ['a block', 'delete from ledger_blocks where no = 1', /block 2: the one before it is missing/],
  ])('a change behind its back is found: %s', async (_what, statement, problem) => {
    await tampered({ world, slug: 'sokocredit', statement }, async (ctx) => {
      const proof = await verify(ctx)
      expect(proof.ok).toBe(false)
      expect(proof.problems.join('\n')).toMatch(problem)
    })
    expect(await inBooks(verify)).toMatchObject({ ok: true })
  })
})

describe('properties', () => {
  const account = fc.constantFrom(
    { account: MOBILE_MONEY, owned: false },
    { account: CAPITAL, owned: false },
    { account: INTEREST_INCOME, owned: false },
    { account: CUSTOMER_CREDIT, owned: true },
    { account: LOAN_PRINCIPAL, owned: true },
  )
  const movement = fc.record({
    from: account,
    to: account,
    owner: fc.integer({ min: 1, max: 3 }),
    amount: fc.bigInt({ min: 1n, max: 1_000_000n }),
    key: fc.integer({ min: 0, max: 60 }),
    day: fc.integer({ min: 1, max: 28 }),
  })

  test('whatever is posted, in whatever batches: entries sum to zero, balances equal entries, guards hold, the chain stands', async () => {
    const door = world.door('chamahub')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(movement, { minLength: 1, maxLength: 12 }), { maxLength: 6 }),
        async (batches) => {
          await Promise.all(batches.map((batch) => transact(door, (ctx) => post(ctx, batch.map(entryOfMovement)))))
          const proof = await transact(door, verify)
          expect(proof).toMatchObject({ ok: true, problems: [] })
          const { rows } = await transact(door, (ctx) =>
            sql<{
              bad: number
            }>`select count(*)::integer as bad from ledger_balances b join ledger_accounts a on a.org_id = b.org_id and a.code = b.account
             where (a.guard = 'never_debit' and debits > credits) or (a.guard = 'never_credit' and credits > debits)`.execute(
              ctx.tx,
            ),
          )
          expect(rows[0]!.bad).toBe(0)
        },
      ),
      { numRuns: 25 },
    )
  })

  type Movement = typeof movement extends fc.Arbitrary<infer M> ? M : never
  const entryOfMovement = (m: Movement): NewEntry =>
    entry(`p${m.key}`, {
      effectiveDay: day(`2026-01-${String(m.day).padStart(2, '0')}`),
      lines: [
        debit(m.to.account, m.amount, m.to.owned ? m.owner : 0),
        credit(m.from.account, m.amount, m.from.owned ? m.owner : 0),
      ],
    })
})
