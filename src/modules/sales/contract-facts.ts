/** What the contract of a sale says, from what is stored. */
import type { Day } from '#domain/day.ts'
import type { Disclosure } from '#domain/devices/disclosure.ts'
import { lockPolicyOf } from '#domain/devices/lock.ts'
import { instalmentsOf } from '#domain/loans/schedule.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { ID_KIND, idNumberOf } from '#modules/customers/customers.ts'
import { type Customer, customerById } from '#modules/customers/views.ts'
import { readableCode } from '#modules/devices/devices.ts'
import { type Device, deviceOfLoan } from '#modules/devices/views.ts'
import { fullScheduleFor } from '#modules/loan-products/loan-products.ts'
import { type LoanView, loanById } from '#modules/loan-records/views.ts'
import { disclosureOf } from '#modules/sales/credit-terms.ts'
import { visibleSale } from '#modules/sales/steps.ts'
import type { Sale } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'

/** Minor units. */
interface ContractRow {
  readonly nr: number
  readonly dueDay: Day
  readonly interest: bigint
  readonly principal: bigint
  readonly balanceAfter: bigint
}

export interface ContractFacts {
  readonly sale: Sale
  readonly loan: LoanView
  readonly customer: Customer
  readonly identity: string | null
  readonly device: Device | null
  /** Null: it was used, has expired, or the actor may not read it. */
  readonly activationCode: string | null
  readonly disclosure: Disclosure
  /** As agreed on, whatever was paid or changed since; dated from the handover, before it as if that were today. */
  readonly rows: readonly ContractRow[]
  readonly startDay: Day
  /** Days past due after which a lock may be asked for; null: staff decides. */
  readonly lockAfterDays: number | null
}

/** Reads the facts of a sale's contract; nothing is locked. Refuses sale_not_found. */
export async function contractFacts(ctx: Ctx, loanId: number): Promise<ContractFacts> {
  const sale = await visibleSale(ctx, loanId)
  const loan = (await loanById(ctx, loanId)) ?? refuse('sale_not_found')
  const customer = (await customerById(ctx, sale.customerId)) ?? refuse('customer_not_found')
  const startDay = sale.activeSince ?? ctx.today
  const device = await deviceOfLoan(ctx, loanId)
  return {
    ...{ sale, loan, customer, startDay, rows: rowsOf(loan, startDay), disclosure: disclosureOf(loan) },
    identity: await idNumberOf(ctx, customer.id, ID_KIND),
    device,
    activationCode: device && readableCode(ctx, device),
    lockAfterDays: lockPolicyOf(ctx.org.policies.deviceLocks).lockAfterDays,
  }
}

function rowsOf({ terms, principal, currency }: LoanView, startDay: Day): ContractRow[] {
  const planned = instalmentsOf(fullScheduleFor(terms, { principal, currency, startDay }))
  return planned.map(({ nr, dueDay, due }, n) => {
    const repaid = sum(planned.slice(0, n + 1).map((row) => row.due.principal))
    return { nr, dueDay, interest: due.interest, principal: due.principal, balanceAfter: principal - repaid }
  })
}
