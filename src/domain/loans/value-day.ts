/** How far back the day of a repayment may lie. */
import { addDays, type Day } from '#domain/day.ts'

/** Days that staff may date a repayment back alone where the organisation does not say. */
const USUAL_BACKDATING_DAYS = 31

/** As an organisation keeps it (`backdatingDays` of its policies); what is no number of days is the usual one. */
export const backdatingDaysOf = (kept: unknown): number =>
  typeof kept === 'number' && Number.isInteger(kept) && kept >= 0 ? kept : USUAL_BACKDATING_DAYS

/** The first day that staff may give without a second person. */
export const earliestAlone = (today: Day, kept: unknown): Day => addDays(today, -backdatingDaysOf(kept))
