/** Facts about people: users and their sessions, customers, institutions that look at them. */
import { fact } from '#domain/facts/fact.ts'
import { count, flag, group, id, oneOf, optional, orNull, text, texts } from '#domain/facts/field.ts'

const user = { user_id: id('The user.') }
const customer = { customer_id: id('The customer.') }
const address = text('The network address that it came from; empty: unknown.')
const access = {
  roles: texts('What they work as.'),
  status: oneOf(['active', 'disabled'], 'Whether they may log in.'),
  manager_id: orNull(id('The user they report to; null: nobody.')),
}
const merge = {
  customer_id: id('The record that is kept.'),
  gone_id: id('The record that went into it.'),
  merge_id: id('The merge, by which it is undone.'),
}
const consent = { ...customer, third_party_id: id('The institution.') }
const look = {
  ...customer,
  what: text('What was asked for.'),
  by: orNull(text('Name of the institution that asked; null: somebody else, who is the actor.')),
}

export const PEOPLE = {
  'user.registered': fact('user', 'Somebody got a login.', {
    ...user,
    roles: access.roles,
    manager_id: access.manager_id,
  }),
  'user.logged_in': fact('user', 'Somebody logged in.', {
    ...user,
    customer_id: optional(id('The customer who logged in by their contract.')),
    session: optional(text('The session that was opened, where the server keeps it.')),
    address,
    new_address: flag('Whether they had not come from there before.'),
  }),
  'user.logged_out': fact('user', 'Somebody logged out, or was logged out everywhere.', {
    ...user,
    sessions: count('How many sessions ended.'),
  }),
  'user.session_revoked': fact('user', 'A session was ended because its token had been stolen.', {
    ...user,
    session: text('The session.'),
    reason: text('Why, as a word: `refresh_token_reused`.'),
    address,
  }),
  'user.password_changed': fact('user', 'A password was replaced.', {
    ...user,
    how: oneOf(['reset', 'change', 'staff'], 'By a token, by the user themselves, or by staff.'),
    sessions_ended: count('How many sessions ended with it.'),
  }),
  'user.password_reset_requested': fact('user', 'A token to choose another password by was sent.', {
    ...user,
    channel: oneOf(['mail', 'sms'], 'By which way.'),
    recipient: optional(text('Where it went, masked, where its owner asked. The token is never in the log.')),
  }),
  'user.verification_requested': fact('user', 'A code to prove a mailbox or phone by was sent.', {
    ...user,
    channel: oneOf(['email', 'phone'], 'What is to be proved.'),
    recipient: text('Where the code went, masked. The code is never in the log.'),
  }),
  'user.verified': fact('user', 'Somebody proved that a mailbox or phone is theirs.', {
    ...user,
    channel: oneOf(['email', 'phone'], 'What was proved.'),
  }),
  'user.updated': fact('user', 'Somebody changed what they say about themselves.', {
    ...user,
    fields: texts('Which fields; never what they hold.'),
  }),
  'user.invited': fact('user', 'A member of staff was sent an invitation.', {
    ...user,
    channel: oneOf(['mail', 'sms'], 'By which way. The token is never in the log.'),
  }),
  'user.access_changed': fact('user', 'What a member of staff may do was changed.', {
    ...user,
    ...access,
    was: group(access, 'The same before.'),
    reason: optional(text('Why, where it was said.')),
  }),
  'user.locked_out': fact('user', 'A login is closed for some minutes: too many wrong passwords.', {
    ...user,
    address,
  }),
  'customer.locked_out': fact('customer', 'A customer’s login is closed for some minutes: too many failures.', {
    ...customer,
    address,
  }),
  'address.locked_out': fact('organisation', 'Nobody logs in from an address for some minutes: too many failures.', {
    address,
  }),
  'customer.logged_in_elsewhere': fact('customer', 'A customer logged in from an address not seen before.', {
    ...customer,
    loan_id: orNull(id('The loan whose phone they logged in for.')),
    address,
  }),
  'customer.sessions_ended': fact('customer', 'Staff ended every session of a customer.', {
    ...customer,
    user_id: orNull(id('Their login; null: they have none.')),
    reason: text('Why.'),
  }),
  'customer.created': fact('customer', 'A customer record was opened.', {
    ...customer,
    user_id: orNull(id('Their login; null: they have none.')),
  }),
  'customer.updated': fact('customer', 'A customer record was changed.', {
    ...customer,
    changed: texts('Which fields; never what they hold.'),
    user_id: optional(id('The login that the record got.')),
  }),
  'customer.deleted': fact('customer', 'A customer record that nothing belonged to was deleted.', customer),
  'customer.merged': fact('customer', 'Two records of one person became one.', merge),
  'customer.parted': fact('customer', 'A merge of two records was undone.', {
    ...merge,
    reason: optional(text('Why.')),
  }),
  'customer.erased': fact('customer', 'Everything personal of a customer was erased.', {
    ...customer,
    user_id: orNull(id('The login that they had; null: none.')),
  }),
  'customer.document_uploaded': fact('customer', 'A document of a customer was taken into the files.', {
    ...customer,
    doc_type: text('Which document, e.g. `id_card`.'),
  }),
  'customer.assigned': fact('customer', 'A customer was given to another officer.', {
    ...customer,
    from_user: orNull(id('Who looked after them before; null: nobody.')),
    to_user: orNull(id('Who looks after them now; null: nobody.')),
    reason: orNull(text('Why.')),
  }),
  'customer.do_not_call_changed': fact('customer', 'A customer may not be called any more, or may be again.', {
    ...customer,
    do_not_call: flag('Whether they must not be called.'),
    reason: orNull(text('Why.')),
  }),
  'customer.looked_up': fact('customer', 'Somebody else than the customer looked at what is kept of them.', look),
  'customer.look_refused': fact('customer', 'Somebody tried to look at a customer and was refused.', {
    ...look,
    reason: oneOf(['consent_missing', 'not_yours'], 'Why not.'),
  }),
  'third_party.registered': fact('third_party', 'An institution got a key to ask about customers with.', {
    third_party_id: id('The institution.'),
    name: text('Its name.'),
  }),
  'third_party.revoked': fact('third_party', 'The key of an institution was ended.', {
    third_party_id: id('The institution.'),
  }),
  'consent.given': fact('customer', 'A customer let an institution look at them.', consent),
  'consent.withdrawn': fact('customer', 'A customer took that back.', consent),
}
