/** The office API: everything staff need that the five contracts do not offer. */
import { addCustomer, changeCustomer, listOfCustomers, readCustomer } from '#contracts/office/customers.ts'
import { listEvents } from '#contracts/office/events.ts'
import { runJob } from '#contracts/office/jobs.ts'
import { readStatement, readTrialBalance, verifyLedger } from '#contracts/office/ledger.ts'
import {
  chargeLoan,
  chargeOffLoan,
  reAgeLoan,
  reAmortiseLoan,
  rescheduleLoan,
  undoLoanRestructure,
  waiveLoan,
  writeOffLoan,
} from '#contracts/office/loan-changes.ts'
import {
  listLoanTransactions,
  payOffLoan,
  quotePayOff,
  readLoanSchedule,
  readLoanStatement,
  refundLoanCredit,
  repayLoan,
  reverseLoanTransaction,
} from '#contracts/office/loan-money.ts'
import {
  addLoanProduct,
  changeLoanProduct,
  listOfLoanProducts,
  readLoanProduct,
  retireLoanProduct,
} from '#contracts/office/loan-products.ts'
import { quoteLoan, simulateLoan } from '#contracts/office/loan-quotes.ts'
import {
  applyForLoan,
  approveLoan,
  disburseLoan,
  listOfLoans,
  quoteLoanProduct,
  readLoan,
  rejectLoan,
  undoLoanApproval,
  undoLoanDisbursement,
  withdrawLoan,
} from '#contracts/office/loans.ts'
import { listOfPayments, matchPayment, readPayment, rejectPayment, reversePayment } from '#contracts/office/payments.ts'
import { listBusinessDays, listLateLoans, readPortfolio } from '#contracts/office/portfolio.ts'
import { logIn, logOut, refreshSession, whoAmI } from '#contracts/office/sessions.ts'
import { type Route, route } from '#platform/route.ts'

export const routes: readonly Route[] = [
  route('POST', '/office/v1/auth/token', 'open', logIn),
  route('POST', '/office/v1/auth/refresh', 'open', refreshSession),
  route('POST', '/office/v1/auth/logout', 'session.own', logOut),
  route('GET', '/office/v1/auth/me', 'session.own', whoAmI),
  route('POST', '/office/v1/loan-quotes', 'open', quoteLoan),
  route('POST', '/office/v1/loan-simulations', 'open', simulateLoan),
  route('GET', '/office/v1/customers', 'customer.list', listOfCustomers),
  route('POST', '/office/v1/customers', 'customer.create', addCustomer),
  route('GET', '/office/v1/customers/:id', 'customer.read', readCustomer),
  route('PATCH', '/office/v1/customers/:id', 'customer.update', changeCustomer),
  route('GET', '/office/v1/loan-products', 'loan_product.read', listOfLoanProducts),
  route('POST', '/office/v1/loan-products', 'loan_product.manage', addLoanProduct),
  route('GET', '/office/v1/loan-products/:id', 'loan_product.read', readLoanProduct),
  route('PATCH', '/office/v1/loan-products/:id', 'loan_product.manage', changeLoanProduct),
  route('DELETE', '/office/v1/loan-products/:id', 'loan_product.manage', retireLoanProduct),
  route('POST', '/office/v1/loan-products/:id/quotes', 'loan_quote.read', quoteLoanProduct),
  route('GET', '/office/v1/loans', 'loan.read', listOfLoans),
  route('POST', '/office/v1/loans', 'loan.apply_for_customer', applyForLoan),
  route('GET', '/office/v1/loans/:id', 'loan.read', readLoan),
  route('POST', '/office/v1/loans/:id/approve', 'loan.approve', approveLoan),
  route('POST', '/office/v1/loans/:id/reject', 'loan.approve', rejectLoan),
  route('POST', '/office/v1/loans/:id/withdraw', 'loan.withdraw', withdrawLoan),
  route('POST', '/office/v1/loans/:id/undo-approval', 'loan.undo_approval', undoLoanApproval),
  route('POST', '/office/v1/loans/:id/disburse', 'loan.disburse', disburseLoan),
  route('POST', '/office/v1/loans/:id/undo-disbursement', 'loan.undo_disbursement', undoLoanDisbursement),
  route('POST', '/office/v1/loans/:id/repayments', 'loan.repay', repayLoan),
  route('GET', '/office/v1/loans/:id/pay-off-quote', 'loan.read', quotePayOff),
  route('POST', '/office/v1/loans/:id/pay-off', 'loan.repay', payOffLoan),
  route('POST', '/office/v1/loans/:id/refund-credit', 'loan.refund', refundLoanCredit),
  route('GET', '/office/v1/loans/:id/schedule', 'loan.read', readLoanSchedule),
  route('GET', '/office/v1/loans/:id/transactions', 'loan.read', listLoanTransactions),
  route('POST', '/office/v1/loans/:id/transactions/:transaction_id/reverse', 'loan.reverse', reverseLoanTransaction),
  route('GET', '/office/v1/loans/:id/statement', 'loan.read', readLoanStatement),
  route('POST', '/office/v1/loans/:id/charges', 'loan.charge', chargeLoan),
  route('POST', '/office/v1/loans/:id/waivers', 'loan.waive', waiveLoan),
  route('POST', '/office/v1/loans/:id/reschedule', 'loan.restructure', rescheduleLoan),
  route('POST', '/office/v1/loans/:id/re-age', 'loan.restructure', reAgeLoan),
  route('POST', '/office/v1/loans/:id/re-amortise', 'loan.restructure', reAmortiseLoan),
  route('POST', '/office/v1/loans/:id/undo-restructure', 'loan.restructure', undoLoanRestructure),
  route('POST', '/office/v1/loans/:id/write-off', 'loan.write_off', writeOffLoan),
  route('POST', '/office/v1/loans/:id/charge-off', 'loan.charge_off', chargeOffLoan),
  route('GET', '/office/v1/payments', 'payment.list', listOfPayments),
  route('GET', '/office/v1/payments/:id', 'payment.list', readPayment),
  route('POST', '/office/v1/payments/:id/match', 'payment.decide', matchPayment),
  route('POST', '/office/v1/payments/:id/reject', 'payment.decide', rejectPayment),
  route('POST', '/office/v1/payments/:id/reverse', 'loan.reverse', reversePayment),
  route('GET', '/office/v1/ledger/trial-balance', 'ledger.read', readTrialBalance),
  route('GET', '/office/v1/ledger/accounts/:code/statement', 'ledger.read', readStatement),
  route('GET', '/office/v1/ledger/verify', 'ledger.read', verifyLedger),
  route('GET', '/office/v1/portfolio', 'portfolio.read', readPortfolio),
  route('GET', '/office/v1/portfolio/late-loans', 'portfolio.read', listLateLoans),
  route('GET', '/office/v1/portfolio/business-days', 'portfolio.read', listBusinessDays),
  route('GET', '/office/v1/events', 'event.read', listEvents),
  route('POST', '/office/v1/jobs/:name/run', 'job.run', runJob),
]
