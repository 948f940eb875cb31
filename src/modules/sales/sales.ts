import * as store from '#modules/sales/store.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export { agreeSale } from '#modules/sales/agreement.ts'
export { assignBranch } from '#modules/sales/branches.ts'
export { type ContractFacts, contractFacts } from '#modules/sales/contract-facts.ts'
export { disclosureOf } from '#modules/sales/credit-terms.ts'
export { assess, decideSale } from '#modules/sales/decision.ts'
export { rejectDownPayment, takeDownPayment, verifyDownPayment } from '#modules/sales/down-payments.ts'
export { activateSale, cancelSale, signSale, undoActivation } from '#modules/sales/handover.ts'
export { enter } from '#modules/sales/entry.ts'
export { type PresetSale, quoteByPreset, sellByPreset, termsOf } from '#modules/sales/preset-sales.ts'
export { visibleSale } from '#modules/sales/steps.ts'

/** Days from the due day on which the customer is told, before it and after. */
const NOTICE_DAYS = [-3, -1, 0, 1, 3] as const
const AT_ONCE = 1_000

/** The day's notices of instalments: to come, due today, overdue. Each goes out once, however often this runs. Answers how many. */
export async function noticeInstalments(door: Door): Promise<number> {
  for (let total = 0; ; ) {
    const count = await transact(door, noticePortion)
    if (count === 0) return total
    total += count
  }
}

async function noticePortion(ctx: Ctx): Promise<number> {
  const noticed = await store.takeNotices(ctx, NOTICE_DAYS, AT_ONCE)
  for (const one of noticed) {
    emit(ctx, 'instalment.noticed', {
      ...{ loan_id: one.loanId, customer_id: one.customerId, borrower_user_id: one.borrowerUserId },
      ...{ instalment_id: one.instalmentId, nr: one.nr, due_day: one.dueDay, days_from_due: one.daysFromDue },
      ...{ amount: String(one.amount), currency: one.currency },
    })
  }
  return noticed.length
}
