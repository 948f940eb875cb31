/** 3. Loan Information. */
import { z } from 'zod'
import { clientToken } from '#contracts/visionfund/auth.ts'
import { loanDetailsJson, statusWord } from '#contracts/visionfund/present.ts'
import { allLoansOf, type LoanView } from '#modules/loan-records/views.ts'
import { knownClient } from '#modules/teller/teller.ts'
import { lookUp } from '#modules/third-parties/third-parties.ts'
import { idText } from '#platform/http/asked-numbers.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const params = z.object({ user_id: idText })
const query = z.object({
  status: z.enum(['all', 'pending', 'previous', 'approved', 'paid'], 'Give all, pending or previous.').optional(),
})
type Query = z.output<typeof query>

export const loanDetails: Operation = {
  section: '3. Loan Information',
  summary: 'Loan Details',
  description:
    'The current loan, and all loans beside it: `?status=pending` those not repaid yet, `?status=previous` the others. The token stands in the body as documented, in the Authorization header, or in ?client_token=. Staff see it too, and institutions by their X-API-Key where the client agreed; each such look is noted.',
  transaction: 'own',
  tokenIn: { ...clientToken, fields: ['client_token', 'user_token', 'token'] },
  params,
  query,
  answers: {
    200: {
      description: 'The loans',
      example: {
        user_id: 123,
        loan_amount: 5000,
        repayment_schedule: 'monthly',
        outstanding_amount: 2500,
        status: 'approved',
        loans: [],
      },
    },
  },
  async handle(
    door: Door,
    { params: { user_id }, query: asked }: { params: { user_id: number }; query: Query },
  ): Promise<Answer> {
    return transact(door, async (ctx) => ({
      status: 200,
      body: loanDetailsJson({ userId: user_id, loans: await loansOf(ctx, user_id, asked) }, ctx),
    }))
  },
}

async function loansOf(ctx: Ctx, userId: number, { status = 'all' }: Query): Promise<readonly LoanView[]> {
  const { customerId } = await knownClient(ctx, userId)
  const looking = await lookUp(ctx, customerId, 'loans')
  const loans = await allLoansOf(looking, customerId)
  return loans.filter((loan) => matches(loan, status))
}

function matches(loan: LoanView, status: NonNullable<Query['status']>): boolean {
  const word = statusWord(loan)
  const isOpen = word === 'pending' || word === 'approved'
  if (status === 'pending') return isOpen
  return status === 'all' || (status === 'previous' ? !isOpen : word === status)
}
