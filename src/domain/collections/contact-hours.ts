/** When a customer may be contacted: hours of the organisation's day, and customers who are not to be called at all. */

export interface ContactHours {
  /** HH:MM, local; contact is allowed from here … */
  readonly from: string
  /** … until just before here. */
  readonly to: string
}

const ROUND_THE_CLOCK: ContactHours = { from: '00:00', to: '24:00' }

/** By law or usage of the country: India 08:00–19:00 (Reserve Bank); elsewhere what the organisation says. */
const BY_COUNTRY: Readonly<Record<string, ContactHours>> = { IN: { from: '08:00', to: '19:00' } }

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/

/** The organisation's hours: its policy `contact_hours` {from, to}, else its country's. */
export function contactHoursOf(org: { country: string; policies: Readonly<Record<string, unknown>> }): ContactHours {
  const given = org.policies.contact_hours as Partial<ContactHours> | undefined
  const usual = BY_COUNTRY[org.country] ?? ROUND_THE_CLOCK
  if (!given || !TIME.test(given.from ?? '') || !TIME.test(given.to ?? '')) return usual
  return { from: given.from!, to: given.to! }
}

/** The time of day, HH:MM, that it is in a time zone at an instant. */
export function timeIn(timeZone: string, instant: Date): string {
  const options = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('en-GB', options).format(instant)
}

export const isWithin = (hours: ContactHours, time: string): boolean => time >= hours.from && time < hours.to

const USUAL_NOTICE_HOUR = 8

/** The hour of the day, 0 to 23, at which customers are reminded and warned: the policy `noticeHour`, else eight. */
export function noticeHourOf({ policies }: { readonly policies: Readonly<Record<string, unknown>> }): number {
  const { noticeHour } = policies
  const isHour = typeof noticeHour === 'number' && Number.isInteger(noticeHour) && noticeHour >= 0 && noticeHour <= 23
  return isHour ? noticeHour : USUAL_NOTICE_HOUR
}
