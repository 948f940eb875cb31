import { answers, errorBody } from '#contracts/movicuotas/answers.ts'
import { authenticate, CONTRACT } from '#contracts/movicuotas/auth.ts'
import { routes } from '#contracts/movicuotas/routes.ts'
import type { Contract } from '#platform/http/route.ts'

/** Phones on credit in Honduras: what the customer's application sees of his loan, his payments and his phone. */
export const movicuotas: Contract = {
  name: CONTRACT,
  title: 'MOVICUOTAS',
  description:
    'Phones on credit: loan, schedule, payments with receipts, notifications. Bearer tokens; errors are `{error}`.',
  prefixes: [
    '/api/v1',
    '/api/v1/auth/login',
    '/api/v1/auth/forgot_contract',
    '/api/v1/dashboard',
    '/api/v1/installments',
    '/api/v1/payments',
    '/api/v1/notifications',
    '/api/v1/devices',
    '/api/v1/device_tokens',
    '/api/v1/settings',
  ],
  routes,
  authenticate,
  answers,
  errorBody,
}
