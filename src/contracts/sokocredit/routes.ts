/** The operations of sokocredit.md, one line each, in the document's order. */
import { downloadCustomerDocument, uploadCustomerDocument } from '#contracts/sokocredit/customer-documents.ts'
import { showCustomers, showCustomerSchema, showMyCustomers } from '#contracts/sokocredit/customer-list.ts'
import { addCustomer, changeCustomer, removeCustomer, showCustomer } from '#contracts/sokocredit/customers.ts'
import {
  addProduct,
  changeProduct,
  listProducts,
  removeProduct,
  showProduct,
} from '#contracts/sokocredit/loan-products.ts'
import {
  applyForLoan,
  approveLoan,
  disburseLoan,
  rejectLoan,
  statusCheck,
  viewLoans,
  viewSchedules,
} from '#contracts/sokocredit/loans.ts'
import { uploadOwnDocument } from '#contracts/sokocredit/own-document.ts'
import { changeOwnPassword, forgotPassword, resetForgottenPassword } from '#contracts/sokocredit/passwords.ts'
import { register } from '#contracts/sokocredit/registration.ts'
import { mpesaWebhook, viewRepayments } from '#contracts/sokocredit/repayments.ts'
import { logIn, logOut, logOutEverywhere, refreshToken, whoAmI } from '#contracts/sokocredit/sessions.ts'
import {
  createTestNotification,
  listNotifications,
  markNotificationRead,
  removeNotification,
  updateProfile,
} from '#contracts/sokocredit/users.ts'
import {
  checkAvailability,
  sendEmailOtp,
  sendPhoneOtp,
  verifyEmail,
  verifyPhone,
} from '#contracts/sokocredit/verification.ts'
import { type Route, route } from '#platform/http/route.ts'

export const routes: readonly Route[] = [
  // 🔐 Auth Routes (/auth)
  route('POST', '/auth/login', 'open', logIn),
  route('POST', '/auth/register', 'optional', register),
  route('GET', '/auth/me', 'session.own', whoAmI),
  route('POST', '/auth/refresh-token', 'open', refreshToken, { aliases: ['/auth/refresh'] }),
  route('POST', '/auth/logout', 'session.own', logOut),
  route('POST', '/auth/logout-all', 'session.own', logOutEverywhere),
  route('POST', '/auth/forgot-password', 'open', forgotPassword),
  route('POST', '/auth/reset-password', 'open', resetForgottenPassword),
  route('POST', '/auth/verify-email', 'session.own', verifyEmail),
  route('POST', '/auth/verify-phone', 'session.own', verifyPhone),
  route('POST', '/auth/send-email-otp', 'session.own', sendEmailOtp),
  route('POST', '/auth/send-phone-otp', 'session.own', sendPhoneOtp),
  route('POST', '/auth/check-availability', 'open', checkAvailability),
  route('POST', '/auth/upload-document', 'customer.update', uploadOwnDocument),
  // 👤 User Routes (/api/users)
  route('PUT', '/api/users/change-password', 'session.own', changeOwnPassword),
  route('GET', '/api/users/notifications/', 'notification.own', listNotifications),
  route('PUT', '/api/users/notifications/:id/read', 'notification.own', markNotificationRead),
  route('DELETE', '/api/users/notifications/:id', 'notification.own', removeNotification),
  route('POST', '/api/users/notifications/create-test', 'notification.own', createTestNotification),
  route('PUT', '/api/users/profile', 'session.own', updateProfile),
  // 👥 Customer Routes (/customers)
  route('POST', '/customers/', 'customer.create', addCustomer),
  route('GET', '/customers/', 'customer.list', showCustomers),
  route('GET', '/customers/my_customers', 'customer.list', showMyCustomers),
  route('GET', '/customers/:customer_id', 'customer.read', showCustomer),
  route('PATCH', '/customers/:customer_id', 'customer.update', changeCustomer),
  route('DELETE', '/customers/:customer_id', 'customer.delete', removeCustomer),
  route('POST', '/customers/:customer_id/upload', 'customer.update', uploadCustomerDocument),
  route('GET', '/customers/openapi', 'open', showCustomerSchema),
  route('GET', '/customers/:customer_id/documents/:doc_type', 'file.read', downloadCustomerDocument),
  // 💸 Loan Routes (/loans)
  route('GET', '/loans/', 'open', statusCheck, { slash: 'exact' }),
  route('POST', '/loans', 'loan.apply', applyForLoan),
  route('GET', '/loans', 'loan.read', viewLoans, { slash: 'exact' }),
  route('PATCH', '/loans/:id/approve', 'loan.approve', approveLoan),
  route('PATCH', '/loans/:id/reject', 'loan.approve', rejectLoan),
  route('PATCH', '/loans/loans/:id/disburse', 'loan.disburse', disburseLoan, { aliases: ['/loans/:id/disburse'] }),
  // 🏦 Loan Product Routes (/loan-products)
  route('GET', '/loan-products', 'loan_product.read', listProducts),
  route('GET', '/loan-products/:id', 'loan_product.read', showProduct),
  route('POST', '/loan-products', 'loan_product.manage', addProduct),
  route('PATCH', '/loan-products/:id', 'loan_product.manage', changeProduct),
  route('DELETE', '/loan-products/:id', 'loan_product.manage', removeProduct),
  // 💰 Repayment Routes (/repayment-schedules, /repayments)
  route('GET', '/repayment-schedules', 'schedule.own', viewSchedules),
  route('GET', '/repayments', 'repayment.read', viewRepayments),
  route('POST', '/repayments/mpesa-webhook', 'open', mpesaWebhook),
]
