/** Activating the application on a phone: by a code of six letters, used once, shown to those who may read it and to nobody else. */
import { randomInt } from 'node:crypto'
import { codeIssuedAt, isCodeOpen } from '#domain/devices/activation.ts'
import { CODE_LETTERS } from '#domain/devices/lock.ts'
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { giveCommand } from '#modules/devices/commands.ts'
import * as store from '#modules/devices/store.ts'
import { type Device, deviceByCode } from '#modules/devices/views.ts'
import { loanSummaries } from '#modules/loan-records/views.ts'
import { attempt, type Ctx, regardless } from '#platform/context.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

const CODE_LENGTH = 6
const CODES_TRIED = 5

/** Writes something under a new code; one that is taken by chance is drawn again. */
export async function underNewCode<T>(ctx: Ctx, write: (code: string) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    const letters = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]!)
    try {
      return await attempt(ctx, () => write(letters.join('')))
    } catch (error) {
      if (violatedKey(error) !== 'devices_by_activation_code' || tried === CODES_TRIED) throw error
    }
  }
}

/**
 * The code of a phone, for those who may read such codes, while it may still be used: it opens the customer's account. Null
 * for everybody else, and once it was used or has expired.
 */
export function readableCode({ actor, now }: Pick<Ctx, 'actor' | 'now'>, device: Device): string | null {
  const mayRead = actor.kind === 'system' || ('roles' in actor && permits(actor.roles, 'device.read_code'))
  return mayRead && isCodeOpen(device, now) ? device.activationCode : null
}

/**
 * The phone whose code it is, in either case. A code that expired unused is good for nothing, nor is that of a sale that came
 * to nothing, whatever its customer buys later. Refuses activation_code_unknown.
 */
export async function deviceToActivate(ctx: Ctx, code: string): Promise<Device> {
  const device = (await deviceByCode(ctx, code.trim().toUpperCase())) ?? refuse('activation_code_unknown')
  if (device.activatedAt === null && !isCodeOpen(device, ctx.now)) refuse('activation_code_unknown')
  if (device.releasedOn === null) return device
  const [loan] = await loanSummaries(regardless(ctx), { ids: [device.loanId], limit: 1 })
  return loan?.status === 'completed' ? device : refuse('activation_code_unknown')
}

/**
 * The application on the phone shows the phone's code: from now on it stands for the phone. The same application may come
 * again. Refuses device_not_found, activation_code_used to another.
 */
export async function activate(ctx: Ctx, deviceId: number, token: store.NewToken): Promise<'first' | 'again'> {
  const device = (await store.lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
  if (device.activatedToken !== null && device.activatedToken !== token.token) refuse('activation_code_used')
  await store.putToken(ctx, token)
  if (device.activatedToken !== null) return 'again'
  await store.markActivated(ctx, deviceId, token.token)
  emit(ctx, 'device.activated', deviceFacts(device))
  // A phone that is paid for is nobody's to manage.
  if (device.releasedOn === null) await giveCommand(ctx, deviceId, { kind: 'enrol', reason: '' })
  return 'first'
}

/** Lets another application be activated with the phone's code, which is good for a while again. Refuses device_not_found. */
export async function resetActivation(ctx: Ctx, deviceId: number): Promise<void> {
  const device = (await store.lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
  await store.markReset(ctx, deviceId, codeIssuedAt(ctx.now))
  const customer = await customerForLoan(ctx, device.customerId)
  if (customer?.userId) await store.dropTokensOf(ctx, customer.userId, ctx.now)
  emit(ctx, 'device.activation_reset', deviceFacts(device))
}

/**
 * Gives a phone a new code in the place of one that was lost, seen by others, or has expired; the old one is good for nothing.
 * Refuses device_not_found, device_released, activation_code_used once the application was activated.
 */
export async function issueActivationCode(ctx: Ctx, deviceId: number): Promise<void> {
  const device = (await store.lockDevice(ctx, deviceId)) ?? refuse('device_not_found')
  if (device.releasedOn !== null) refuse('device_released')
  if (device.activatedAt !== null) refuse('activation_code_used')
  await underNewCode(ctx, (code) => store.writeCode(ctx, deviceId, { code, until: codeIssuedAt(ctx.now) }))
  emit(ctx, 'device.activation_code_issued', deviceFacts(device))
}
