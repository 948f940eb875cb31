/** The operations that visionfund.md documents, in its order; it prints one path twice, for deposits and for withdrawals. */
export const documented: readonly string[] = [
  'POST /users',
  'POST /auth/token',
  'POST /api/transactions/:client_id',
  'POST /api/transactions/disburse/:client_id',
  'POST /api/transactions/loans/repayment/:client_id',
  'POST /api/transactions/deposit/:client_id',
  'GET /loans/:user_id',
]
