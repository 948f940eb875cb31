import { answers, errorBody } from '#contracts/sokocredit/answers.ts'
import { authenticate, CONTRACT } from '#contracts/sokocredit/auth.ts'
import { routes } from '#contracts/sokocredit/routes.ts'
import type { Contract } from '#platform/http/route.ts'

/** Loans for market traders: mama mbogas apply, lenders decide, M-Pesa repays. */
export const sokocredit: Contract = {
  name: CONTRACT,
  title: 'SokoCredit',
  description:
    'Loans for market traders. Tokens: `user_<id>:<role>`, Bearer. Errors: `{msg, error}`, both the same text. Real time: Socket.IO namespace `/notifications`.',
  prefixes: ['/auth', '/api/users', '/customers', '/loans', '/loan-products', '/repayment-schedules', '/repayments'],
  routes,
  authenticate,
  answers,
  errorBody,
}
