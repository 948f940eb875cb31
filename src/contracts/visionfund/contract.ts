import { answers, errorBody } from '#contracts/visionfund/answers.ts'
import { authenticate, CONTRACT } from '#contracts/visionfund/auth.ts'
import { routes } from '#contracts/visionfund/routes.ts'
import type { Contract } from '#platform/http/route.ts'

/** Microfinance: clients with accounts, staff who lend, institutions that look up who agreed. */
export const visionfund: Contract = {
  name: CONTRACT,
  title: 'VisionFund',
  description:
    'Savings and loans of a microfinance bank. Tokens of an hour, in the body as documented or as Bearer; institutions send X-API-Key. Errors: `{error, errors?}`.',
  prefixes: ['/users', '/auth/token', '/auth/password', '/api/transactions', '/third-parties'],
  routes,
  authenticate,
  answers,
  errorBody,
}
