/** Facts about collection: visits and calls, promises to pay. */
import { fact } from '#domain/facts/fact.ts'
import { amount, day, id, oneOf, orNull, text } from '#domain/facts/field.ts'

const interaction = {
  interaction_id: id('The visit or call.'),
  kind: oneOf(['field', 'calling'], 'A visit or a call.'),
  loan_id: orNull(id('The loan it was about; null: the loan is gone.')),
  customer_id: orNull(id('Whose loan it is.')),
  disposition: text('What came of it, as one of the organisation’s outcomes.'),
  next_action_on: orNull(day('When something is to be done next.')),
}
const promise = {
  promise_id: id('The promise.'),
  loan_id: id('The loan.'),
  customer_id: id('Who promised.'),
  amount: amount('What was promised.'),
  paid: amount('What was paid on the loan since.'),
  currency: text('Of the amounts, as three letters.'),
  due_on: day('Until when it was promised.'),
}

export const COLLECTING = {
  'interaction.recorded': fact('interaction', 'A visit or call was recorded.', interaction),
  'interaction.changed': fact('interaction', 'What was recorded of it was put right.', interaction),
  'interaction.removed': fact('interaction', 'What was recorded of it was taken back.', interaction),
  'promise.made': fact('loan', 'A customer promised to pay so much until a day.', promise),
  'promise.kept': fact('loan', 'All that was promised was paid in time.', promise),
  'promise.part_kept': fact('loan', 'Some of what was promised was paid in time.', promise),
  'promise.broken': fact('loan', 'Nothing of what was promised was paid in time.', promise),
  'promise.withdrawn': fact('loan', 'A promise was taken back.', promise),
}
