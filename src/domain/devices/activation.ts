/** The code that activates the application on a phone, and logs its customer in there: good once, and for a while. */

/** Days from when a code is issued until it is good for nothing, unless it was used. */
const ACTIVATION_CODE_DAYS = 30

export interface Activation {
  /** Null: the application has not been activated. */
  readonly activatedAt: Date | null
  /** Until when the code may be used for the first time; null: no more. */
  readonly activationCodeUntil: Date | null
}

/** Whether the code may still be used for the first time. */
export const isCodeOpen = ({ activatedAt, activationCodeUntil }: Activation, now: Date): boolean =>
  activatedAt === null && activationCodeUntil !== null && now < activationCodeUntil

/** Until when a code is good that is issued at an instant. */
export const codeIssuedAt = (now: Date): Date => new Date(now.getTime() + ACTIVATION_CODE_DAYS * 86_400_000)
