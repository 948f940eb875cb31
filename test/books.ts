/** The last line of a test that moves money: everything that is written agrees. */
import { expect } from 'vitest'
import { verify } from '#modules/ledger/ledger.ts'
import { reconcile } from '#modules/reconciliation/reconciliation.ts'
import { type Ctx, systemDoor, transact } from '#platform/context.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import type { World } from '#test/world.ts'

/**
 * Chain, balances and trial balance hold, and every sub-ledger (loans by component, savings, suspense …) says what the books
 * say; of one organisation, or of all. What differs, and by how much, stands in the failure.
 */
export async function expectBooksAgree(world: World, slug?: string): Promise<void> {
  const all = await allOrganisations(world.services.db)
  for (const org of all.filter((one) => slug === undefined || one.slug === slug)) {
    await transact(systemDoor(world.services, org, 'test'), booksAgree, true)
  }
}

/** The same in a transaction at hand. */
export async function booksAgree(ctx: Ctx): Promise<void> {
  expect(await verify(ctx)).toMatchObject({ ok: true, problems: [] })
  await subLedgersAgree(ctx)
}

/** Only the comparisons with the sub-ledgers: quick however long the books are, for after each step of a long life. */
export async function subLedgersAgree(ctx: Ctx): Promise<void> {
  const { findings } = await reconcile(ctx)
  expect(findings.map(({ text }) => text)).toEqual([])
}
