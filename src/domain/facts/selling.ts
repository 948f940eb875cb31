/** Facts about phones sold on credit, up to the day they are handed over. */
import { fact } from '#domain/facts/fact.ts'
import { amount, count, flag, id, oneOf, orNull, text, texts } from '#domain/facts/field.ts'

const sale = {
  loan_id: id('The loan that pays for the phone; it names the sale.'),
  customer_id: id('The buyer.'),
  contract_number: text('Number of the contract.'),
}
const down = { ...sale, down_payment_id: id('The down payment.') }
const reason = text('Why.')
const model = { phone_model_id: id('The phone in the catalogue.') }

export const SELLING = {
  'sale.agreed': fact('loan', 'A sale was agreed on: its credit is applied for.', {
    ...sale,
    device_id: id('The phone.'),
  }),
  'sale.decided': fact('loan', 'The credit for a sale was approved or declined.', {
    ...sale,
    approved: flag('Whether it was approved.'),
    reasons: texts('What speaks against it, as words.'),
  }),
  'sale.signed': fact('loan', 'The buyer signed the contract.', sale),
  'sale.down_payment_taken': fact('loan', 'A down payment was taken, or its receipt sent in.', {
    ...down,
    method: oneOf(['cash', 'deposit'], 'At the counter, or into the bank.'),
    status: oneOf(['received', 'pending'], 'Whether it is there, or must be looked for.'),
    amount: amount('How much.'),
  }),
  'sale.down_payment_verified': fact('loan', 'A down payment into the bank is there.', {
    ...down,
    amount: amount('How much.'),
  }),
  'sale.down_payment_rejected': fact('loan', 'A down payment is not there, or is not looked for any more.', {
    ...down,
    reason,
  }),
  'sale.down_payment_refunded': fact('loan', 'A down payment was paid back.', {
    ...down,
    amount: amount('How much.'),
    reason,
  }),
  'sale.activated': fact('loan', 'The phone was handed over, and the credit runs.', {
    ...sale,
    activations: count('How often that has happened: 2 after it was undone once.'),
  }),
  'sale.activation_undone': fact('loan', 'The phone was not handed over after all.', { ...sale, reason }),
  'sale.cancelled': fact('loan', 'A sale came to nothing before the phone was handed over.', { ...sale, reason }),
  'sale.branch_assigned': fact('user', 'Somebody sells for one branch only, or for all again.', {
    user_id: id('Who sells.'),
    branch_number: orNull(text('The branch; null: all of them.')),
  }),
  'phone_model.added': fact('phone_model', 'A phone was put into the catalogue.', model),
  'phone_model.retired': fact('phone_model', 'A phone is sold no more.', model),
  'phone_model.restored': fact('phone_model', 'A retired phone is sold again.', model),
}
