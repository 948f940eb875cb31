/** Facts about money that comes, waits and goes: payments, payouts, savings. */
import { fact } from '#domain/facts/fact.ts'
import { amount, count, day, id, oneOf, optional, orNull, text } from '#domain/facts/field.ts'

const currency = text('Of the amount, as three letters.')
const payment = { payment_id: id('The payment.') }
const reference = text('The reference of the provider, or of the receipt.')

const claim = {
  customer_id: id('Who says that they paid.'),
  borrower_user_id: orNull(id('Their login; null: they have none.')),
  loan_id: id('The loan that it was paid on.'),
  instalment_id: orNull(id('The instalment that it was paid for.')),
  nr: orNull(count('Which instalment of the loan, from 1.')),
}

const payout = {
  payout_id: id('The payout.'),
  channel: oneOf(['mpesa', 'counter'], 'By which way.'),
  purpose: oneOf(['withdrawal', 'disbursement'], 'What for.'),
  customer_id: id('Who gets the money.'),
  amount: amount('How much.'),
  currency,
  savings_account_id: orNull(id('The account that it is drawn from.')),
  loan_id: orNull(id('The loan that is paid out.')),
  receipt: orNull(text('The provider’s receipt, once it is paid.')),
  reason: orNull(text('Why it stands as it does, as the provider or staff said.')),
}

const account = { savings_account_id: id('The account.') }
const held = { ...account, customer_id: id('Whose account it is.') }
const moved = {
  ...held,
  amount: amount('How much.'),
  currency,
  balance: amount('The balance after it.'),
}

export const MONEY = {
  'payment.suspended': fact('payment', 'A payment could not be allocated, and waits in suspense.', {
    ...payment,
    reason: orNull(text('Why, as a word, e.g. `nothing_due`.')),
    amount: amount('How much.'),
    currency,
    payer_phone: orNull(text('The payer’s phone, all but its last digits masked.')),
  }),
  'payment.matched': fact('payment', 'Staff found the loan that a payment in suspense was meant for.', {
    ...payment,
    reference,
    amount: amount('How much.'),
    currency,
    loan_id: id('The loan.'),
  }),
  'payment.claimed': fact('payment', 'A customer says that they have paid; it waits to be verified.', {
    ...payment,
    ...claim,
    amount: amount('How much.'),
    currency,
    paid_on: day('When, as they say.'),
  }),
  'payment.verified': fact('payment', 'A claimed payment was found to be there.', {
    ...payment,
    ...claim,
    amount: amount('How much.'),
    currency,
    reference,
    day: day('From when it counts.'),
    officer_id: orNull(id('The loan officer; null: none.')),
  }),
  'payment.rejected': fact('payment', 'A payment in suspense was sent back, or a claimed one was not believed.', {
    ...payment,
    reference,
    amount: amount('How much.'),
    currency,
    reason: text('Why, as the customer is told.'),
    customer_id: optional(claim.customer_id),
    borrower_user_id: optional(claim.borrower_user_id),
    loan_id: optional(claim.loan_id),
    instalment_id: optional(claim.instalment_id),
    nr: optional(claim.nr),
  }),
  'payout.reserved': fact('payout', 'A payout was ordered, and its money set aside.', payout),
  'payout.sent': fact('payout', 'A payout was handed over to its provider.', payout),
  'payout.confirmed': fact('payout', 'A payout has reached the customer.', payout),
  'payout.returned': fact('payout', 'A payout did not go through, and its money went back.', payout),
  'payout.unknown': fact('payout', 'The provider does not say what became of a payout.', payout),
  'payout.contradicted': fact('payout', 'The provider said otherwise after a payout was settled.', payout),
  'payout.asked': fact('payout', 'A person had the provider asked about a payout.', payout),
  'payout.paid_after_return': fact('payout', 'A payout was paid after its money had gone back: the customer owes it.', {
    ...payout,
    amount: amount('What the customer owes.'),
  }),
  'payout.debt_repaid': fact('payout', 'The customer paid something on such a debt.', {
    payout_id: payout.payout_id,
    customer_id: id('Who owed it.'),
    amount: amount('How much.'),
    currency,
  }),
  'savings.account_opened': fact('savings', 'A savings account was opened.', held),
  'savings.account_changed': fact('savings', 'A savings account was blocked, reopened or closed.', {
    ...held,
    status: text('What it is now.'),
  }),
  'savings.deposited': fact('savings', 'Money was paid in.', moved),
  'savings.withdrawn': fact('savings', 'Money was drawn.', { ...moved, fee: amount('What that cost, beside it.') }),
  'savings.withdrawal_returned': fact('savings', 'A withdrawal came back with its fee.', moved),
  'savings.transferred': fact('savings', 'Money went to another account.', {
    ...moved,
    to_savings_account_id: id('Where it went.'),
  }),
  'savings.held': fact('savings', 'An amount was set aside on an account.', {
    ...held,
    hold_id: id('The hold.'),
    amount: amount('How much.'),
  }),
  'savings.hold_settled': fact('savings', 'What was set aside was given back or drawn.', {
    ...account,
    hold_id: id('The hold.'),
    status: oneOf(['released', 'captured'], 'What became of it.'),
    captured: amount('What of it was drawn; the rest was given back.'),
  }),
  'savings.interest_paid': fact('savings', 'Interest was paid into an account.', {
    ...held,
    amount: amount('How much.'),
    currency,
  }),
}
