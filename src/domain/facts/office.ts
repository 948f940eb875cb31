/** Facts about the organisation: closed days and books, decisions of two people, settings, messages. */
import { fact } from '#domain/facts/fact.ts'
import { changes, count, counts, day, group, id, orNull, text, texts } from '#domain/facts/field.ts'

const approval = {
  approval_id: id('The request.'),
  kind: text('What is asked for.'),
  about: text('What it is about, e.g. `loan:12`.'),
}
const closing = {
  closed_until: day('Until when the books are closed now, that day included.'),
  was: orNull(day('Until when they were closed before; null: not at all.')),
  reason: text('Why.'),
}

export const OFFICE = {
  'business_day.closed': fact('organisation', 'A business day was closed.', {
    day: day('The day.'),
    loans: count('Loans in the portfolio of that day.'),
    loans_earned: count('Loans that earned interest.'),
    reminded: count('Instalments reminded of.'),
    overdue: count('Instalments found overdue.'),
    accounts_accrued: count('Savings accounts that earned interest.'),
    differences: count('Differences between the books and what they are made of.'),
    promises: group(
      {
        kept: count('Kept.'),
        partKept: count('Kept in part.'),
        broken: count('Broken.'),
      },
      'How many promises to pay were judged.',
    ),
  }),
  'books.closed': fact('organisation', 'The books were closed up to a day.', closing),
  'books.reopened': fact('organisation', 'The books were opened again from a day on.', closing),
  'books.disagreed': fact(
    'organisation',
    'The close of a day found that the books differ from what they are made of.',
    {
      day: day('The day.'),
      differences: count('How many differences there are.'),
      sub_ledgers: counts('How many, by sub-ledger.'),
      findings: texts('The first of them.'),
      reason: text('The same in one line.'),
    },
  ),
  'approval.requested': fact('approval', 'Something waits for a second person to decide.', approval),
  'approval.approved': fact('approval', 'The second person agreed, and it was done.', approval),
  'approval.rejected': fact('approval', 'The second person declined.', approval),
  'approval.withdrawn': fact('approval', 'The request was taken back.', approval),
  'organisation.settings_changed': fact('organisation', 'Settings were changed.', {
    changed: changes('What was changed, by setting.'),
  }),
  'message.address_gone': fact('message', 'A message found nobody at its address any more.', {
    message_id: id('The message.'),
    channel: text('By which way it went, e.g. `push`.'),
  }),
}
