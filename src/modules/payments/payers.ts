/** Whose money it is: the loan that the payer named, else the customer whose phone it came from. */
import { customersByPhone } from '#modules/customers/views.ts'
import { type CalledLoan, loansByAccountNo } from '#modules/loan-takeover/views.ts'
import type { Ctx } from '#platform/context.ts'

export interface Payer {
  readonly payerPhone: string | null
  readonly accountRef: string | null
}

export interface Payers {
  /** Null: nobody we know. */
  customerOf(payer: Payer): number | null
  /** The loan that the money is meant for; null: the customer's oldest debts. */
  loanOf(payer: Payer): number | null
}

/** Who sent the payments. An account number that is no running loan's says nothing: then the phone decides. */
export async function payersOf(ctx: Ctx, payers: readonly Payer[]): Promise<Payers> {
  const [byPhone, byAccount] = await Promise.all([
    customersByPhone(
      ctx,
      payers.flatMap(({ payerPhone }) => payerPhone ?? []),
    ),
    loansByAccountNo(
      ctx,
      payers.flatMap(({ accountRef }) => accountRef ?? []),
    ),
  ])
  const named = ({ accountRef }: Payer): CalledLoan | undefined => byAccount.get(accountRef ?? '')
  return {
    customerOf: (payer) => named(payer)?.customerId ?? byPhone.get(payer.payerPhone ?? '') ?? null,
    loanOf: (payer) => named(payer)?.loanId ?? null,
  }
}
