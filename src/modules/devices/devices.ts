/** Phones given on credit: in the catalogue, bound to their loans, activated by the application on them, locked and unlocked. */
import { codeIssuedAt } from '#domain/devices/activation.ts'
import { isImei, passesLuhn } from '#domain/devices/imei.ts'
import type { EventOf, EventType } from '#domain/event.ts'
import { refuse } from '#domain/refusal.ts'
import { underNewCode } from '#modules/devices/activation.ts'
import { giveCommand } from '#modules/devices/commands.ts'
import { lift } from '#modules/devices/locks.ts'
import * as store from '#modules/devices/store.ts'
import { type Device, deviceOfLoan, type DeviceToken } from '#modules/devices/views.ts'
import { loanSummaries } from '#modules/loan-records/views.ts'
import { attempt, type Ctx } from '#platform/context.ts'
import { violatedKey } from '#platform/database/db.ts'
import { emit } from '#platform/events/events.ts'
import { recipientsOf } from '#platform/messaging/messages.ts'
import { deviceFacts } from '#modules/devices/facts.ts'

export {
  activate,
  deviceToActivate,
  issueActivationCode,
  readableCode,
  resetActivation,
} from '#modules/devices/activation.ts'
export { BULK_OUTCOMES, type BulkRow, lockInBulk } from '#modules/devices/bulk-lock.ts'
export { recordCommandHandover, recordCommandReport } from '#modules/devices/command-results.ts'
export { repeatCommand, takeCommandToAsk, takeCommandToSend } from '#modules/devices/commands.ts'
export { confirmLock, enforceLocks, LOCK_EVENTS, requestLock, unlock, unlockOnEvents } from '#modules/devices/locks.ts'
export { REBINDING_EVENTS, rebindOnEvents } from '#modules/devices/rebinding.ts'
export { spareOnClaims } from '#modules/devices/provisional-unlock.ts'
export { issueUnlockCode, offlineSecretOf, redeemUnlockCode } from '#modules/devices/unlock-codes.ts'

/** Puts a phone into the catalogue; one of the name that is there already is answered. Refuses invalid_input. */
export async function addPhoneModel(ctx: Ctx, given: store.NewPhoneModel): Promise<number> {
  const fields: Record<string, string> = {}
  if (given.brand.trim() === '') fields.brand = 'Give a brand.'
  if (given.model.trim() === '') fields.model = 'Give a model.'
  if (given.price <= 0n) fields.price = 'Give a positive price.'
  if (Object.keys(fields).length > 0) refuse('invalid_input', { fields })
  try {
    const id = await attempt(ctx, () => store.insertPhoneModel(ctx, given))
    emit(ctx, 'phone_model.added', { phone_model_id: id })
    return id
  } catch (error) {
    if (violatedKey(error) !== 'phone_models_by_name') throw error
    return refuse('invalid_input', { fields: { model: 'This model is in the catalogue already.' } })
  }
}

/** Takes a phone out of what is sold; what was sold stays. Refuses phone_model_not_found. */
export const retirePhoneModel = (ctx: Ctx, id: number): Promise<void> =>
  changeCatalogue(ctx, id, { status: 'retired', type: 'phone_model.retired' })

/** Sells a retired phone again. Refuses phone_model_not_found. */
export const restorePhoneModel = (ctx: Ctx, id: number): Promise<void> =>
  changeCatalogue(ctx, id, { status: 'active', type: 'phone_model.restored' })

interface CatalogueChange {
  readonly status: store.ModelStatus
  readonly type: 'phone_model.retired' | 'phone_model.restored'
}

/** A model that is what it shall become already is left as it is, and nothing is stated. */
async function changeCatalogue(ctx: Ctx, id: number, { status, type }: CatalogueChange): Promise<void> {
  const before = (await store.lockModelStatus(ctx, id)) ?? refuse('phone_model_not_found')
  if (before === status) return
  await store.setModelStatus(ctx, id, status)
  emit(ctx, type, { phone_model_id: id })
}

export interface NewDevice {
  /** Fifteen digits; a wrong check digit is noted, not refused. */
  readonly imei: string
  readonly phoneModelId: number
  readonly loanId: number
}

/**
 * Binds a phone to the loan it is bought with, under a code of six letters that activates the application on it. Refuses
 * invalid_input (IMEI), phone_model_not_found, phone_model_retired, loan_not_found, imei_taken while another loan on that phone is not paid.
 */
export async function registerDevice(ctx: Ctx, given: NewDevice): Promise<Device['id']> {
  const { imei, phoneModelId, loanId } = given
  if (!isImei(imei)) refuse('invalid_input', { fields: { imei: 'Give the fifteen digits of the IMEI.' } })
  const status = (await store.phoneModelStatus(ctx, phoneModelId)) ?? refuse('phone_model_not_found')
  if (status === 'retired') refuse('phone_model_retired')
  const [loan] = await loanSummaries(ctx, { ids: [loanId], limit: 1 })
  if (!loan) refuse('loan_not_found', { loanId })
  const imeiDoubtful = !passesLuhn(imei)
  const row = { ...given, imeiDoubtful, customerId: loan.customerId }
  const id = await insertWithCode(ctx, row)
  const data = { device_id: id, loan_id: loanId, customer_id: loan.customerId, imei_doubtful: imeiDoubtful }
  emit(ctx, 'device.registered', data)
  return id
}

/** Why a lock is lifted. */
const CALLED_OFF = 'Venta anulada'

/** The sale came to nothing: its lock is lifted, and the phone's number is free for another loan. A loan without a phone is passed over. */
export async function unbindDevice(ctx: Ctx, loanId: number): Promise<void> {
  const sold = await deviceOfLoan(ctx, loanId)
  const device = sold && (await store.lockDevice(ctx, sold.id))
  if (!device || device.releasedOn !== null) return
  const mayBeManaged = device.activatedAt !== null || device.lockStatus !== 'unlocked'
  await lift(ctx, device, CALLED_OFF)
  await store.markReleased(ctx, device.id)
  emit(ctx, 'device.unbound', deviceFacts(device))
  if (mayBeManaged) await giveCommand(ctx, device.id, { kind: 'release', reason: '' })
}

async function insertWithCode(ctx: Ctx, row: Omit<store.NewDeviceRow, 'activationCode' | 'activationCodeUntil'>) {
  const activationCodeUntil = codeIssuedAt(ctx.now)
  try {
    return await underNewCode(ctx, (activationCode) =>
      store.insertDevice(ctx, { ...row, activationCode, activationCodeUntil }),
    )
  } catch (error) {
    const key = violatedKey(error)
    if (key === 'devices_by_imei') refuse('imei_taken')
    if (key === 'devices_by_loan') refuse('invalid_input', { fields: { loan_id: 'This loan has a device already.' } })
    throw error
  }
}

/** Where pushes to a user go from now on. */
export const registerToken = (ctx: Ctx, token: store.NewToken): Promise<DeviceToken> => store.putToken(ctx, token)

/** The application was started again. Refuses device_token_not_found, also for another's and one that is gone. */
export async function refreshToken(ctx: Ctx, userId: number, token: string): Promise<void> {
  if (!(await store.touchToken(ctx, userId, token, true))) refuse('device_token_not_found')
}

/** No pushes go there any more. Refuses device_token_not_found, also for another's. */
export async function dropToken(ctx: Ctx, userId: number, token: string | number): Promise<void> {
  if (!(await store.touchToken(ctx, userId, token, false))) refuse('device_token_not_found')
}

/** What takes the pushes from phones. */
export const PUSH_EVENTS = ['message.address_gone', 'customer.sessions_ended'] as const satisfies readonly EventType[]

/**
 * Applications that are gone from their phones, and those of a customer whose sessions were ended, are sent no more pushes,
 * until they show their tokens again.
 */
export async function forgetGoneTokens(
  ctx: Ctx,
  events: readonly EventOf<(typeof PUSH_EVENTS)[number]>[],
): Promise<void> {
  for (const { type, at, data } of events) {
    if (type === 'customer.sessions_ended') {
      if (data.user_id !== null) await store.dropTokensOf(ctx, data.user_id, new Date(at))
    } else if (data.channel === 'push') {
      await store.dropTokens(ctx, await recipientsOf(ctx, [data.message_id]), new Date(at))
    }
  }
}
