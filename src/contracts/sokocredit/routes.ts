/** The operations of sokocredit.md, one line each, in the document's order. */
import {
  applyForLoan,
  approveLoan,
  disburseLoan,
  rejectLoan,
  statusCheck,
  viewLoans,
  viewSchedules,
} from '#contracts/sokocredit/loans.ts'
import { mpesaWebhook, viewRepayments } from '#contracts/sokocredit/repayments.ts'
import { type Route, route } from '#platform/route.ts'

export const routes: readonly Route[] = [
  // 🔐 Auth Routes (/auth)
  // 👤 User Routes (/api/users)
  // 👥 Customer Routes (/customers)
  // 💸 Loan Routes (/loans)
  route('GET', '/loans/', 'open', statusCheck, { slash: 'exact' }),
  route('POST', '/loans', 'loan.apply', applyForLoan),
  route('GET', '/loans', 'loan.read', viewLoans, { slash: 'exact' }),
  route('PATCH', '/loans/:id/approve', 'loan.approve', approveLoan),
  route('PATCH', '/loans/:id/reject', 'loan.approve', rejectLoan),
  route('PATCH', '/loans/loans/:id/disburse', 'loan.disburse', disburseLoan, { aliases: ['/loans/:id/disburse'] }),
  // 🏦 Loan Product Routes (/loan-products)
  // 💰 Repayment Routes (/repayment-schedules, /repayments)
  route('GET', '/repayment-schedules', 'schedule.own', viewSchedules),
  route('GET', '/repayments', 'repayment.read', viewRepayments),
  route('POST', '/repayments/mpesa-webhook', 'open', mpesaWebhook),
]
