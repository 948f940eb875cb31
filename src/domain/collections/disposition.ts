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

type Row = readonly [code: string, name: string, channel: Disposition['channel'], reached: boolean]

const standard = ([code, name, channel, reached]: Row): Disposition => ({ code, name, channel, reached, active: true })

const PROMISE_TO_PAY = 'promise_to_pay'

const ROWS: readonly Row[] = [
  ['visited', 'Visited', 'any', true],
  ['called', 'Called', 'any', true],
  [PROMISE_TO_PAY, 'Promise to pay', 'any', true],
  ['paid', 'Paid', 'any', true],
  ['claims_paid', 'Claims to have paid', 'any', true],
  ['part_paid', 'Paid in part', 'any', true],
  ['refuses', 'Refuses to pay', 'any', true],
  ['dispute', 'Disputes the debt', 'any', true],
  ['call_back', 'Asked to be called back', 'any', true],
  ['third_party', 'Third party spoken to', 'any', false],
  ['language_barrier', 'Language barrier', 'any', true],
  ['deceased', 'Deceased', 'any', false],
  ['do_not_call', 'Asked not to be called', 'any', true],
  ['no_response', 'Ringing, no response', 'calling', false],
  ['switched_off', 'Switched off', 'calling', false],
  ['busy', 'Busy', 'calling', false],
  ['wrong_number', 'Wrong number', 'calling', false],
  ['door_locked', 'Door locked', 'field', false],
  ['shifted', 'Moved away', 'field', false],
]

const STANDARD_DISPOSITIONS: readonly Disposition[] = ROWS.map(standard)

/** The standard codes with the organisation's own in their place or after them. */
export function dispositionsWith(own: readonly Disposition[]): readonly Disposition[] {
  const byCode = new Map(STANDARD_DISPOSITIONS.map((one) => [one.code, one]))
  for (const one of own) byCode.set(one.code, one)
  return [...byCode.values()]
}

/** Whether the code may be chosen for a contact of this channel. */
export const isChoice = (dispositions: readonly Disposition[], code: string, channel: Channel): boolean =>
  dispositions.some((one) => one.code === code && one.active && (one.channel === 'any' || one.channel === channel))
