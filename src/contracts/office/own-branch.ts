/** What stands at another branch is not there for who sells for one branch only: loans, phones and payments, as sales. */
import { refuse } from '#domain/refusal.ts'
import { deviceById } from '#modules/devices/views.ts'
import { loansOfPayment } from '#modules/payments/views.ts'
import { isAtOwnBranch, ownBranch } from '#modules/sales/sales.ts'
import { loanIdsOfBranch } from '#modules/sales/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import type { Operation, Request } from '#platform/route.ts'

type OfOne = Request<{ readonly id: number }>

const checkedBy =
  (check: (ctx: Ctx, id: number) => Promise<void>) =>
  (operation: Operation): Operation =>
    operation.transaction === 'own'
      ? {
          ...operation,
          async handle(door, request: OfOne) {
            await transact(door, (ctx) => check(ctx, request.params.id), true)
            return operation.handle(door, request)
          },
        }
      : {
          ...operation,
          async handle(ctx, request: OfOne) {
            await check(ctx, request.params.id)
            return operation.handle(ctx, request)
          },
        }

/** An operation on the loan `:id`. Refuses loan_not_found for one at another branch. */
export const ofBranchLoan = checkedBy(async (ctx, loanId) => {
  if (!(await isAtOwnBranch(ctx, [loanId]))) refuse('loan_not_found', { loanId })
})

/** An operation on the phone `:id`. Refuses device_not_found for one at another branch. */
export const ofBranchDevice = checkedBy(async (ctx, id) => {
  const device = (await deviceById(ctx, id)) ?? refuse('device_not_found')
  if (!(await isAtOwnBranch(ctx, [device.loanId]))) refuse('device_not_found')
})

/** An operation on the payment `:id`. Refuses payment_not_found for one that paid nothing at the own branch. */
export const ofBranchPayment = checkedBy(async (ctx, id) => {
  if (!(await isAtOwnBranch(ctx, await loansOfPayment(ctx, id)))) refuse('payment_not_found')
})

/** The loans that lists are narrowed to for who sells for one branch; undefined: all. */
export async function loansToList(ctx: Ctx): Promise<readonly number[] | undefined> {
  const branch = await ownBranch(ctx)
  return branch === null ? undefined : loanIdsOfBranch(ctx, branch)
}
