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
import { reading, type Subscriber } from '#platform/events/event-readers.ts'

export const SUBSCRIBERS: readonly Subscriber[] = [
  reading({ reader: 'customer-claims', types: ['user.verified'], handle: claimByVerifiedPhone }),
  reading({ reader: 'notifications', types: NOTIFIED_EVENTS, handle: notifyOnEvents }),
  reading({ reader: 'device-locks', types: LOCK_EVENTS, handle: unlockOnEvents }),
  reading({ reader: 'device-rebinding', types: REBINDING_EVENTS, handle: rebindOnEvents }),
  reading({ reader: 'provisional-unlocks', types: ['payment.claimed'], handle: spareOnClaims }),
  reading({ reader: 'push-tokens', types: PUSH_EVENTS, handle: forgetGoneTokens }),
  reading({ reader: 'instalment-plan-notices', types: NOTICED_EVENTS, handle: writeNotices }),
]
