import { answers, errorBody, errorContentType } from '#contracts/office/answers.ts'
import { authenticate, CONTRACT, homeOf } from '#contracts/office/auth.ts'
import { routes } from '#contracts/office/routes.ts'
import type { Contract } from '#platform/http/route.ts'

/** Our own API: a sixth contract, without special rights over the modules. */
export const office: Contract = {
  name: CONTRACT,
  title: 'Mkopo office',
  description:
    'Staff and customers’ own API. Money as decimal strings, problems as RFC 9457, X-Organisation chooses the organisation.',
  prefixes: ['/office/v1'],
  organisationBy: 'header',
  homeOf,
  routes,
  authenticate,
  answers,
  errorBody,
  errorContentType,
}
