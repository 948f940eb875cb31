/** What came of a contact: the standard codes, which every organisation may add to, rename and take out of use. */

export type Channel = 'field' | 'calling'

export interface Disposition {
  readonly code: string
  readonly name: string
  /** By whom it may be chosen. */
  readonly channel: Channel | 'any'
  /** Somebody who knows the customer was spoken to. */
  readonly reached: boolean
  readonly active: boolean
}

const standard = (code: string, name: string, channel: Disposition['channel'], reached: boolean): Disposition =>
  // tidy: the rows of a table
  ({ code, name, channel, reached, active: true })

export const PROMISE_TO_PAY = 'promise_to_pay'

export const STANDARD_DISPOSITIONS: readonly Disposition[] = [
  standard('visited', 'Visited', 'any', true),
  standard('called', 'Called', 'any', true),
  standard(PROMISE_TO_PAY, 'Promise to pay', 'any', true),
  standard('paid', 'Paid', 'any', true),
  standard('claims_paid', 'Claims to have paid', 'any', true),
  standard('part_paid', 'Paid in part', 'any', true),
  standard('refuses', 'Refuses to pay', 'any', true),
  standard('dispute', 'Disputes the debt', 'any', true),
  standard('call_back', 'Asked to be called back', 'any', true),
  standard('third_party', 'Third party spoken to', 'any', false),
  standard('language_barrier', 'Language barrier', 'any', true),
  standard('deceased', 'Deceased', 'any', false),
  standard('do_not_call', 'Asked not to be called', 'any', true),
  standard('no_response', 'Ringing, no response', 'calling', false),
  standard('switched_off', 'Switched off', 'calling', false),
  standard('busy', 'Busy', 'calling', false),
  standard('wrong_number', 'Wrong number', 'calling', false),
  standard('door_locked', 'Door locked', 'field', false),
  standard('shifted', 'Moved away', 'field', false),
]

/** The standard codes with the organisation's own in their place or after them. */
export function dispositionsWith(own: readonly Disposition[]): readonly Disposition[] {
  const byCode = new Map(STANDARD_DISPOSITIONS.map((one) => [one.code, one]))
  for (const one of own) byCode.set(one.code, one)
  return [...byCode.values()]
}

/** Whether the code may be chosen for a contact of this channel. */
export const isChoice = (dispositions: readonly Disposition[], code: string, channel: Channel): boolean =>
  dispositions.some((one) => one.code === code && one.active && (one.channel === 'any' || one.channel === channel))
