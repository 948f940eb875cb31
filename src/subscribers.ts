/** When this has happened, do that: the readers of the event log, each with its own cursor. */
import { NOTICED_EVENTS, writeNotices } from '#contracts/movicuotas/notices.ts'
import { claimByVerifiedPhone } from '#modules/customers/customers.ts'
import {
  forgetGoneTokens,
  LOCK_EVENTS,
  PUSH_EVENTS,
  REBINDING_EVENTS,
  rebindOnEvents,
  spareOnClaims,
  unlockOnEvents,
} from '#modules/devices/devices.ts'
import { NOTIFIED_EVENTS, notifyOnEvents } from '#modules/notifications/notifications.ts'
import type { Subscriber } from '#platform/events/event-readers.ts'

export const SUBSCRIBERS: readonly Subscriber[] = [
  { reader: 'customer-claims', types: ['user.verified'], handle: claimByVerifiedPhone },
  { reader: 'notifications', types: NOTIFIED_EVENTS, handle: notifyOnEvents },
  { reader: 'device-locks', types: LOCK_EVENTS, handle: unlockOnEvents },
  { reader: 'device-rebinding', types: REBINDING_EVENTS, handle: rebindOnEvents },
  { reader: 'provisional-unlocks', types: ['payment.claimed'], handle: spareOnClaims },
  { reader: 'push-tokens', types: PUSH_EVENTS, handle: forgetGoneTokens },
  { reader: 'instalment-plan-notices', types: NOTICED_EVENTS, handle: writeNotices },
]
