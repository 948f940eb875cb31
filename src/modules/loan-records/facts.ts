/** What is told of loans, and the rule that nobody decides on what is his own or what he asked for. */
import { refuse } from '#domain/refusal.ts'
import { lockLoan, type LoanRow } from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'

export type Told = Pick<LoanRow, 'id' | 'customerId' | 'borrowerUserId' | 'officerId' | 'principal'>

/** What every fact about a loan tells: the loan, the people it concerns, and its principal. */
export const loanFacts = ({ org }: Pick<Ctx, 'org'>, loan: Told) => ({
  loan_id: loan.id,
  customer_id: loan.customerId,
  borrower_user_id: loan.borrowerUserId,
  officer_id: loan.officerId,
  amount: String(loan.principal),
  currency: org.currency,
})

/** The user who acts; null for the system, a provider, and the platform's operators. */
export const userId = (ctx: Ctx): number | null => (ctx.actor.kind === 'user' ? ctx.actor.id : null)

/** Refuses own_request to the borrower: nobody lowers their own debt. */
export function refuseBorrower(ctx: Ctx, loan: Pick<LoanRow, 'id' | 'borrowerUserId'>): void {
  const by = userId(ctx)
  if (by !== null && by === loan.borrowerUserId) refuse('own_request', { loanId: loan.id })
}

/** Refuses own_request to the borrower and to whoever applied for the loan. */
export function refuseOwn(ctx: Ctx, loan: Pick<LoanRow, 'id' | 'borrowerUserId' | 'appliedBy'>): void {
  const by = userId(ctx)
  if (by !== null && (by === loan.borrowerUserId || by === loan.appliedBy)) refuse('own_request', { loanId: loan.id })
}

/** A loan by its id; one that pays for something sold is named so by the sale alone. */
export type LoanAsked = number | { readonly ofSale: number }

/** The loan, locked. Refuses loan_not_found, loan_of_sale where the sale must be asked. */
export async function lockAsked(ctx: Ctx, asked: LoanAsked): Promise<LoanRow> {
  const loanId = typeof asked === 'number' ? asked : asked.ofSale
  const loan = (await lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  return loan.againstSale && typeof asked === 'number' ? refuse('loan_of_sale', { loanId }) : loan
}
