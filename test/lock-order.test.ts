import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CAPITAL, CASH } from '#domain/ledger/chart.ts'
import { addDays } from '#domain/day.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { type Agreement, restructure, undoRestructure } from '#modules/loan-agreements/loan-agreements.ts'
import { apply, approve, disburse } from '#modules/loans/loans.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { match, submitClaim, takeBack, verifyClaim } from '#modules/payments/payments.ts'
import { lockLoan } from '#modules/loan-repayments/loan-repayments.ts'
import { lockedAccount, openAccount } from '#modules/savings/savings.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

describe('the lock order', () => {
  let world: World
  let lender: Lender
  beforeAll(async () => {
    world = await openWorld({ now: '2026-01-05T09:00:00Z', lockOrder: true })
    lender = await openLender(world)
  })
  // The world says whether a transaction broke it.
  afterAll(() => expect(world.close()).resolves.toBeUndefined())

  const AGREEMENTS: readonly ((ctx: Ctx) => Agreement)[] = [
    () => ({ kind: 'reschedule', instalments: 9 }),
    (ctx) => ({ kind: 're_age', instalments: 8, firstDueDay: addDays(ctx.today, 10) }),
    () => ({ kind: 're_amortise' }),
  ]

  it.each([
    ['plain', {}],
    ['recalculating', { interestMethod: 'declining', recalculation: { rest: 'daily' } }],
  ] as const)('holds where a %s loan is paid, agreed on anew, and that is undone', async (name, terms) => {
    const person = await lender.borrower(name)
    const loanId = await lender.lend(person, 1_000_000n, terms)
    lender.goTo(addDays(lender.door().today, 45))
    await lender.as(lender.officer, (ctx) => repay(ctx, { loanId, amount: 50_000n, account: CASH }))
    const boss = { ...lender.officer, id: 99_999 }
    const loan = await lender.loan(loanId)
    const early = await lender.as(lender.officer, (ctx) =>
      repay(ctx, { loanId, amount: loan.balance / 2n, account: CASH }),
    )
    await lender.as(boss, (ctx) => reverseTransaction(ctx, { loanId, transactionId: early, reason: 'bounced' }))
    for (const agreement of AGREEMENTS) {
      await lender.as(boss, (ctx) => restructure(ctx, { loanId, agreement: agreement(ctx), reason: 'drought' }))
      await lender.as(boss, (ctx) => undoRestructure(ctx, loanId, 'rain'))
    }
    await lender.expectAgreement()
  })

  it('holds where a loan tops up another, money comes in by every door, and is taken back', async () => {
    const person = await lender.borrower('achieng')
    const { customerId } = person
    const old = await lender.lend(person, 200_000n)
    const { productId, terms } = await lender.loan(old)
    const asked = {
      customerId,
      productId: productId!,
      officerId: lender.officer.id,
      amount: 500_000n,
      terms,
      topsUp: old,
    }
    const loanId = await lender.as(person.actor, (ctx) => apply(ctx, asked))
    await lender.as(lender.officer, (ctx) => approve(ctx, loanId))
    await lender.as(lender.officer, (ctx) => disburse(ctx, loanId))
    const { instalments } = await lender.loan(loanId)
    const claim = { loanId, instalmentId: instalments[0]!.id, amount: 1000n, paidOn: lender.door().today }
    const claimed = await lender.as(person.actor, (ctx) => submitClaim(ctx, { ...claim, method: 'transfer' }))
    await lender.as({ kind: 'system', name: 'boss' }, (ctx) => verifyClaim(ctx, claimed))
    const paid = await lender.pay(person.phone, 5000n, 'LOCK1')
    const lost = await lender.pay('+254799999999', 7000n, 'LOCK2')
    const boss = { ...lender.officer, id: 99_999 }
    await lender.as(boss, (ctx) => match(ctx, lost.paymentId, loanId))
    for (const { paymentId } of [paid, lost]) await lender.as(boss, (ctx) => takeBack(ctx, paymentId, 'reversed'))
    await lender.expectAgreement()
  })
})

it('is kept by the test world: what goes upwards fails it', async () => {
  const world = await openWorld({ lockOrder: true })
  await openLender(world)
  await transact(world.door('sokocredit'), async (ctx) => {
    const lines = [debit(CASH, 5n), credit(CAPITAL, 5n)]
    await postOne(ctx, { kind: 'capital', effectiveDay: ctx.today, reference: null, idemKey: 'x', lines })
    await takeNumbers(ctx, 'instalment')
  })
  await expect(world.close()).rejects.toThrow('numbers instalment after head')
})

describe('the watcher finds rows', () => {
  const watched = async (work: (ctx: Ctx, loans: readonly number[], account: number) => Promise<unknown>) => {
    const world = await openWorld({ lockOrder: true })
    const lender = await openLender(world)
    const person = await lender.borrower('wambui')
    const loans = [await lender.lend(person, 100_000n), await lender.lend(person, 200_000n)]
    const account = await lender.as(lender.officer, (ctx) =>
      openAccount(ctx, { customerId: person.customerId, accountNo: 'WAMBUI1' }),
    )
    await lender.as(lender.officer, (ctx) => work(ctx, loans, account))
    return world.close()
  }

  it('of an earlier kind after a later one, though another row of it was locked before', async () => {
    const upwards = watched(async (ctx, [one, two], account) => {
      await lockLoan(ctx, one!)
      await lockedAccount(ctx, account)
      await lockLoan(ctx, two!)
    })
    await expect(upwards).rejects.toThrow('rows loans after rows savings_accounts')
  })

  it('of one kind that do not come in the order of their ids', async () => {
    const upwards = watched(async (ctx, [one, two]) => {
      await lockLoan(ctx, two!)
      await lockLoan(ctx, one!)
    })
    await expect(upwards).rejects.toThrow('after one with a higher id')
  })

  it('and lets those pass that are locked already, or come in order', async () => {
    const downwards = watched(async (ctx, [one, two], account) => {
      await lockLoan(ctx, one!)
      await lockLoan(ctx, two!)
      await lockedAccount(ctx, account)
      await lockLoan(ctx, one!)
    })
    await expect(downwards).resolves.toBeUndefined()
  })
})
