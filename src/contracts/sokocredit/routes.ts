/** The operations of sokocredit.md, one line each, in the document's order. */
import type { Route } from '#platform/route.ts'

export const routes: readonly Route[] = [
  // 🔐 Auth Routes (/auth)
  // 👤 User Routes (/api/users)
  // 👥 Customer Routes (/customers)
  // 💸 Loan Routes (/loans)
  // 🏦 Loan Product Routes (/loan-products)
  // 💰 Repayment Routes (/repayment-schedules, /repayments)
]
