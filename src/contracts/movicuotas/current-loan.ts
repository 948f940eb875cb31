/** Which loan a customer means when he opens the application: the newest that he still owes on. */
import { refuse } from '#domain/refusal.ts'
import type { Bought } from '#contracts/movicuotas/present.ts'
import { deviceOfLoan } from '#modules/devices/views.ts'
import { allLoansOf, type LoanView } from '#modules/loan-records/views.ts'
import { saleOfLoan } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx' | 'today' | 'scope'>

const isOwed = ({ status, balance }: LoanView): boolean =>
  (status === 'active' || status === 'written_off') && balance > 0n
const wasDeclined = ({ status }: LoanView): boolean => status === 'rejected' || status === 'withdrawn'

/** The newest loan with debt, arrears or not. Refuses no_open_loan. */
export async function currentLoan(ctx: Reader, customerId: number): Promise<Bought> {
  const loan = (await allLoansOf(ctx, customerId)).findLast(isOwed) ?? refuse('no_open_loan')
  return boughtOn(ctx, loan)
}

/** Every loan with debt, oldest first. */
export async function owedLoans(ctx: Reader, customerId: number): Promise<Bought[]> {
  const owed: Bought[] = []
  for (const loan of (await allLoansOf(ctx, customerId)).filter(isOwed)) owed.push(await boughtOn(ctx, loan))
  return owed
}

/** The newest loan with debt, else the newest that was not declined; null: none at all. */
export async function loanToShow(ctx: Reader, customerId: number): Promise<Bought | null> {
  const loans = (await allLoansOf(ctx, customerId)).filter((loan) => !wasDeclined(loan))
  const loan = loans.findLast(isOwed) ?? loans.at(-1)
  return loan ? boughtOn(ctx, loan) : null
}

async function boughtOn(ctx: Reader, loan: LoanView): Promise<Bought> {
  return { loan, sale: await saleOfLoan(ctx, loan.id), device: await deviceOfLoan(ctx, loan.id) }
}
