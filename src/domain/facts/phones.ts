/** Facts about the phones that were sold: activated, locked, unlocked, told what to do, let go. */
import { LOCK_CAUSES, LOCK_STATUSES } from '#domain/devices/lock.ts'
import { fact } from '#domain/facts/fact.ts'
import { count, day, flag, id, oneOf, orNull, text } from '#domain/facts/field.ts'

const device = {
  device_id: id('The phone.'),
  loan_id: id('The loan that pays for it.'),
  customer_id: id('Whose phone it is.'),
}
const reason = text('Why, as the customer is shown.')
const lock = {
  ...device,
  reason,
  cause: orNull(oneOf(LOCK_CAUSES, 'What the lock follows.')),
  was: oneOf(LOCK_STATUSES, 'How the lock stood before.'),
}
const code = { ...device, counter: count('Which of the phone’s codes. The code itself is never in the log.') }
const command = {
  ...device,
  command: id('The command.'),
  kind: oneOf(['enrol', 'lock', 'unlock', 'release'], 'What it told the phone to do.'),
}

export const PHONES = {
  'device.registered': fact('device', 'A phone was bound to the loan it is bought with.', {
    ...device,
    imei_doubtful: flag('Whether the check digit of its IMEI is wrong.'),
  }),
  'device.activated': fact('device', 'The application on a phone was activated.', device),
  'device.activation_reset': fact('device', 'The application may be activated anew.', device),
  'device.activation_code_issued': fact(
    'device',
    'A phone got a new activation code, which is never in the log.',
    device,
  ),
  'device.lock_warned': fact('device', 'The customer is to be warned that their phone will be locked.', {
    ...device,
    days_left: count('Days until then.'),
    days_past_due: count('Days that the loan is overdue.'),
  }),
  'device.lock_requested': fact('device', 'A phone is to be locked; it is not locked before that is confirmed.', lock),
  'device.lock_cause_changed': fact('device', 'A lock follows another cause: the phone was stolen, say.', {
    ...device,
    reason,
    cause: oneOf(LOCK_CAUSES, 'What the lock follows now.'),
    was: orNull(oneOf(LOCK_CAUSES, 'What it followed before.')),
  }),
  'device.locked': fact('device', 'The lock is on the phone.', lock),
  'device.unlocked': fact('device', 'A lock was lifted, or called off before it was on the phone.', lock),
  'device.spared': fact('device', 'No lock is asked for some days, while a receipt is looked at.', {
    ...device,
    until: day('Until when.'),
  }),
  'device.released': fact('device', 'A phone is paid in full, and never locked again.', device),
  'device.rebound': fact('device', 'A released phone is bound again: what had paid it was taken back.', device),
  'device.unbound': fact('device', 'The sale came to nothing: the phone is free for another.', device),
  'device.command_acknowledged': fact('device', 'A phone has done what it was told.', command),
  'device.command_failed': fact('device', 'A phone could not do what it was told.', {
    ...command,
    why: orNull(text('What the service said.')),
    again: flag('Whether the command is given once more by itself.'),
  }),
  'device.command_expired': fact('device', 'A phone was not reached in time.', command),
  'device.command_repeated': fact('device', 'Somebody had a command given again.', { ...device, kind: command.kind }),
  'device.unlock_code_issued': fact('device', 'A code to unlock a phone without a network was issued.', {
    ...code,
    valid_until: day('Its last day.'),
    reason,
  }),
  'device.unlock_code_redeemed': fact('device', 'Such a code was typed in.', {
    ...code,
    used_on: day('When it was typed in.'),
  }),
}
