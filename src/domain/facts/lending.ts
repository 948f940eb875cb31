/** Facts about loans: from the application to the last payment, what is taken back, and loans that came from elsewhere. */
import { fact } from '#domain/facts/fact.ts'
import { amount, count, day, id, optional, orNull, text, texts } from '#domain/facts/field.ts'

const currency = text('Of the amount, as three letters.')
const reason = text('Why.')
const people = {
  loan_id: id('The loan.'),
  customer_id: id('Whose loan it is.'),
  borrower_user_id: orNull(id('Their login; null: they have none.')),
}
const officer = { officer_id: orNull(id('The loan officer; null: none.')) }

/** Of a loan and the people it concerns, with an amount that says what the fact is about. */
const loanWith = (about: string) => ({ ...people, ...officer, amount: amount(about), currency })
const loan = loanWith('The principal.')
const product = { loan_product_id: id('The product.') }

/** Something booked on a loan by itself, no payment. */
const booked = { ...loanWith('How much.'), kind: text('What kind of transaction it is.') }

const payment = {
  transaction_id: id('The transaction on the loan.'),
  payment_id: orNull(id('The payment that it came with; null: staff took it in.')),
  payment_type: text('What the money was meant as, e.g. `repayment`.'),
  overpayment: amount('What of it nothing was owed for: the customer’s credit.'),
  reference: orNull(text('The reference of the provider, or of the receipt.')),
}
const repayment = { ...loanWith('What was paid.'), ...payment }

const instalment = {
  ...people,
  nr: count('Which instalment of the loan, from 1.'),
  due_day: day('When it is due.'),
  amount: amount('What of it is still owed.'),
  currency,
}

const restructured = { ...loan, restructure_id: id('The agreement.'), reason }
const running = {
  loan_id: people.loan_id,
  customer_id: people.customer_id,
  amount: amount('The principal.'),
  currency,
}
const file = {
  loan_id: people.loan_id,
  customer_id: people.customer_id,
  account_no: orNull(text('The number that its lender calls it by.')),
}

export const LENDING = {
  'loan_product.created': fact('loan_product', 'A loan product was added.', product),
  'loan_product.updated': fact('loan_product', 'A loan product was changed, for loans to come.', {
    ...product,
    changed: texts('Which fields, e.g. `terms.ratePercent`.'),
  }),
  'loan_product.retired': fact('loan_product', 'A loan product is on offer no more.', product),
  'loan.applied': fact('loan', 'Somebody applied for a loan.', loan),
  'loan.approved': fact('loan', 'A loan was agreed to.', loan),
  'loan.approval_undone': fact('loan', 'An approval was taken back.', { ...loan, reason }),
  'loan.rejected': fact('loan', 'A loan was declined.', { ...loan, reason: text('Why, as the customer is told.') }),
  'loan.withdrawn': fact('loan', 'An application was withdrawn.', { ...loan, reason }),
  'loan.disbursed': fact('loan', 'A loan was paid out and runs.', loan),
  'loan.disbursement_undone': fact('loan', 'A disbursement was taken back.', { ...loan, reason }),
  'loan.topped_up': fact('loan', 'A loan was paid off by a new one.', {
    ...loanWith('What was owed on it.'),
    by_loan_id: id('The new loan.'),
  }),
  'loan.charged': fact('loan', 'A fee or penalty was charged.', { ...booked, reason }),
  'loan.waived': fact('loan', 'Something owed was given up.', { ...booked, reason }),
  'loan.written_off': fact('loan', 'What was owed was written off as lost.', { ...booked, reason: orNull(reason) }),
  'loan.charged_off': fact('loan', 'A doubtful loan was taken out of the books; it is still owed.', {
    ...booked,
    reason,
  }),
  'loan.recovered': fact('loan', 'Something was paid on a loan that was lost.', repayment),
  'loan.completed': fact('loan', 'Nothing is owed on a loan any more.', {
    ...loanWith('The last payment, where the fields of a payment are there too; else the principal.'),
    transaction_id: optional(payment.transaction_id),
    payment_id: optional(payment.payment_id),
    payment_type: optional(payment.payment_type),
    overpayment: optional(payment.overpayment),
    reference: optional(payment.reference),
  }),
  'loan.reopened': fact('loan', 'A completed loan is owed again: a payment was taken back.', loan),
  'loan.paid_off': fact('loan', 'A loan was paid off before its time.', loanWith('What it took.')),
  'loan.credit_refunded': fact('loan', 'What was overpaid was paid back to the customer.', {
    ...loanWith('How much.'),
    reason,
  }),
  'loan.interest_recalculated': fact('loan', 'Interest was calculated anew, since overdue principal bears it.', loan),
  'loan.rescheduled': fact('loan', 'A new schedule was agreed on.', restructured),
  'loan.re_aged': fact('loan', 'It was agreed that arrears are paid later.', restructured),
  'loan.re_amortised': fact('loan', 'It was agreed to spread what is owed anew.', restructured),
  'loan.restructure_undone': fact('loan', 'The last such agreement was undone.', restructured),
  'transaction.reversed': fact('loan', 'Something booked on a loan was taken back; payments have their own fact.', {
    ...booked,
    transaction_id: id('What was taken back.'),
    reason: orNull(reason),
  }),
  'repayment.posted': fact('loan', 'A payment was allocated to a loan.', repayment),
  'repayment.reversed': fact('loan', 'A payment on a loan was taken back.', {
    ...loanWith('What it was.'),
    transaction_id: payment.transaction_id,
    payment_id: payment.payment_id,
    reference: payment.reference,
    reason,
  }),
  'instalment.due_soon': fact('loan', 'An instalment falls due in a few days.', { ...instalment, ...officer }),
  'instalment.overdue': fact('loan', 'An instalment was not paid on its day.', { ...instalment, ...officer }),
  'instalment.noticed': fact('loan', 'It is time to tell the buyer of a phone about an instalment.', {
    ...instalment,
    instalment_id: id('The instalment.'),
    days_from_due: count('Days since its due day; below zero: still to come.'),
  }),
  'loan.taken_over': fact('loan', 'A loan that ran elsewhere before was taken over.', running),
  'loan.amended': fact('loan', 'The terms of such a loan were put right.', running),
  'loan.handed_back': fact('loan', 'Such a loan was handed back, and left the books.', running),
  'loan.filed': fact('loan', 'A loan was entered for collection, running or not.', file),
  'loan.file_changed': fact('loan', 'What was entered of it was changed.', {
    ...file,
    changed: texts('Which fields.'),
  }),
  'loan.file_removed': fact('loan', 'What was entered of it was removed.', file),
}
