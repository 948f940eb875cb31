import { answers, errorBody } from '#contracts/repaysync/answers.ts'
import { authenticate, CONTRACT } from '#contracts/repaysync/auth.ts'
import { routes } from '#contracts/repaysync/routes.ts'
import type { Contract } from '#platform/http/route.ts'

/** Loan collections: officers visit, agents call, and what came of it is written down. */
export const repaysync: Contract = {
  name: CONTRACT,
  title: 'RepaySync',
  description:
    'Loan collections. Bearer JWT: an hour of access, a day of refresh. Bodies are JSON, or forms (urlencoded, multipart). Errors: `{errors: {field: [text]}}` for fields, else `{error, detail}`.',
  prefixes: ['/api/auth', '/api/users/register', '/api/customers', '/api/loans', '/api/interactions', '/api/logs'],
  routes,
  authenticate,
  answers,
  errorBody,
  takesForms: true,
  logsRequests: { withoutBodies: ['/api/logs'] },
}
