/** The operations that movicuotas.md documents, in its order. */
export const documented: readonly string[] = [
  'POST /api/v1/auth/login',
  'GET /api/v1/auth/forgot_contract',
  'GET /api/v1/dashboard',
  'GET /api/v1/installments',
  'POST /api/v1/payments',
  'GET /api/v1/notifications',
]
