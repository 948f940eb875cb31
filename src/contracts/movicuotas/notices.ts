/** What customers are told, in Spanish, of instalments, payments and phones; written when it has happened, once each. */
import type { EventData, EventOf, EventType } from '#domain/event.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import { customerById } from '#modules/customers/views.ts'
import { activeTokensOf } from '#modules/devices/views.ts'
import { notify } from '#modules/notifications/notifications.ts'
import { type Sale, salesOfLoans } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'
import { queueMessages } from '#platform/messaging/messages.ts'

/** The document's types; the application knows no other. */
export const NOTICE_TYPES = [
  'payment_reminder',
  'payment_confirmed',
  'payment_overdue',
  'device_blocked',
  'device_unblocked',
  'general',
] as const

interface Notice {
  readonly type: (typeof NOTICE_TYPES)[number]
  readonly title: string
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Money {
  readonly amount: string
  readonly currency: string
}

/** `L. 1,166.67` */
function lempiras({ amount, currency }: Money): string {
  const [whole, cents] = formatMinor(BigInt(amount), decimalsOf(currency)).split('.')
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${currency === 'HNL' ? 'L.' : currency} ${grouped}${cents ? `.${cents}` : ''}`
}

const dateText = (day: string): string => day.split('-').reverse().join('/')

type Due = EventData<'instalment.noticed'>
type Wording = (data: Due) => Omit<Notice, 'data' | 'type'>

/** By days from the due day. */
const INSTALMENT_WORDS: Readonly<Record<number, readonly [Notice['type'], Wording]>> = {
  [-3]: [
    'payment_reminder',
    (data) => ({
      title: 'Recordatorio de Pago',
      message: `Tu próxima cuota vence en 3 días. Monto: ${lempiras(data)}, Fecha: ${dateText(data.due_day)}`,
    }),
  ],
  [-1]: [
    'payment_reminder',
    (data) => ({
      title: 'Recordatorio de Pago',
      message: `Tu cuota #${data.nr} vence mañana. Monto: ${lempiras(data)}`,
    }),
  ],
  0: [
    'payment_reminder',
    (data) => ({
      title: 'Pago Hoy',
      message: `Hoy vence tu cuota. Paga hoy ${lempiras(data)} y mantén tu teléfono activo.`,
    }),
  ],
  1: [
    'payment_overdue',
    () => ({
      title: 'Cuota Vencida',
      message: 'Tu cuota está vencida. Ponte al día para evitar restricciones en tu dispositivo.',
    }),
  ],
  3: [
    'payment_overdue',
    () => ({
      title: 'Aviso Importante',
      message: 'Tu dispositivo puede estar restringido. ¿Necesitas ayuda? Contáctanos.',
    }),
  ],
}

function ofInstalment(data: Due): Notice | null {
  const found = INSTALMENT_WORDS[data.days_from_due]
  if (!found) return null
  const [type, words] = found
  return { type, ...words(data), data: { installment_id: data.instalment_id, due_date: data.due_day } }
}

const ofMoney = (data: Money): Omit<Notice, 'data'> => ({
  type: 'payment_confirmed',
  title: 'Pago Recibido',
  message: `Tu pago de ${lempiras(data)} ha sido verificado exitosamente.`,
})

const ofPayment = (data: EventData<'payment.verified'>): Notice => ({
  ...ofMoney(data),
  data: { payment_id: data.payment_id, installment_number: data.nr },
})

/** Not of the confirmed type, which the application shows with a green tick. */
const ofRejection = (data: EventData<'payment.rejected'>): Notice => ({
  type: 'general',
  title: 'Pago rechazado',
  message: `Tu pago de ${lempiras(data)} fue rechazado. Motivo: ${data.reason}. Por favor contacta a soporte.`,
  data: { kind: 'payment_rejected', payment_id: data.payment_id, installment_number: data.nr },
})

/** Money that staff took in at the counter; what a customer claims is told of when it is verified. */
const ofCounter = (data: EventData<'repayment.posted'>): Notice | null =>
  data.payment_id === null && data.payment_type === 'repayment'
    ? { ...ofMoney(data), data: { transaction_id: data.transaction_id } }
    : null

const ofReversal = (data: EventData<'repayment.reversed'>): Notice => ({
  type: 'general',
  title: 'Pago revertido',
  message: `Tu pago de ${lempiras(data)} fue revertido. Motivo: ${data.reason}. Por favor contacta a soporte.`,
  data: { kind: 'payment_reversed', payment_id: data.payment_id },
})

const ofDevice =
  (type: Notice['type'], title: string, message: string) =>
  (data: { readonly device_id: number }): Notice => ({
    type,
    title,
    message,
    data: { device_id: data.device_id },
  })

const UNLOCKED = ofDevice(
  'device_unblocked',
  'Dispositivo Desbloqueado',
  'Tu dispositivo ha sido desbloqueado. ¡Gracias por tu pago!',
)

/** What is said of a fact about a sale. */
type Telling<T extends EventType> = (data: EventData<T>, sale: Pick<Sale, 'contractNumber'>) => Notice | null

const NOTICES = {
  'instalment.noticed': ofInstalment,
  'payment.verified': ofPayment,
  'payment.rejected': ofRejection,
  'repayment.posted': ofCounter,
  'repayment.reversed': ofReversal,
  // Told when the phone is handed over, before which the credit is not active whatever was signed; once, should that be taken back.
  'sale.activated': ({ activations }, { contractNumber }) =>
    activations !== 1
      ? null
      : {
          type: 'general',
          title: 'Contrato Firmado',
          message: `Tu contrato de crédito ${contractNumber} ha sido firmado exitosamente. Tu crédito está ahora activo.`,
          data: { kind: 'contract_signed', contract_number: contractNumber },
        },
  'device.lock_warned': (data) => ({
    type: 'payment_overdue',
    title: 'Advertencia de bloqueo de dispositivo',
    message: `Tu dispositivo será bloqueado en ${data.days_left} días debido a pagos atrasados.`,
    data: { device_id: data.device_id },
  }),
  'device.locked': ofDevice(
    'device_blocked',
    'Dispositivo Bloqueado',
    'Tu dispositivo ha sido bloqueado por pagos atrasados. Puedes enviar tu comprobante de pago desde la aplicación.',
  ),
  // A lock that was called off before it was on the phone was never there.
  'device.unlocked': (data) => (data.was === 'locked' ? UNLOCKED(data) : null),
  'device.released': (data) => ({
    type: 'general',
    title: 'Crédito Pagado',
    message: 'Has pagado tu crédito por completo. Tu dispositivo queda desbloqueado permanentemente. ¡Gracias!',
    data: { kind: 'device_released', device_id: data.device_id },
  }),
  'customer.logged_in_elsewhere': () => ({
    type: 'general',
    title: 'Nuevo inicio de sesión',
    message: 'Se inició sesión en tu cuenta desde un lugar nuevo. Si no fuiste tú, contáctanos.',
    data: { kind: 'new_login' },
  }),
} satisfies { readonly [T in EventType]?: Telling<T> }

type Noticed = keyof typeof NOTICES
const TELLINGS: { readonly [T in Noticed]: Telling<T> } = NOTICES

/** The facts that customers who bought on credit are told of. */
export const NOTICED_EVENTS = Object.keys(NOTICES) as readonly Noticed[]

/** What is said of a fact about a sale; null: nothing. */
export const noticeOf = <T extends Noticed>(
  { type, data }: { readonly [K in T]: { readonly type: K; readonly data: EventData<K> } }[T],
  sale: Pick<Sale, 'contractNumber'>,
): Notice | null => TELLINGS[type](data, sale)

/** What must reach a customer who has no application that pushes go to. */
const BY_SMS_TOO: ReadonlySet<EventType> = new Set(['customer.logged_in_elsewhere'])

/** Writes the notices of a batch of facts, dated when they happened, and pushes them to the customers' phones. */
export async function writeNotices(ctx: Ctx, events: readonly EventOf<Noticed>[]): Promise<void> {
  const loanIds = events.flatMap(({ data }) => data.loan_id ?? [])
  const sold = new Map((await salesOfLoans(ctx, [...new Set(loanIds)])).map((sale) => [sale.loanId, sale]))
  for (const event of events) {
    const sale = sold.get(event.data.loan_id ?? 0)
    const notice = sale ? noticeOf(event, sale) : null
    if (!sale || !notice) continue
    const { userId, phone } = (await customerById(ctx, sale.customerId)) ?? { userId: null, phone: null }
    if (!userId) continue
    const id = await notify({ ...ctx, now: new Date(event.at) }, [{ ...notice, userId, eventId: event.id }])
    await push(ctx, { event, notice, userId, phone, notificationId: id! })
  }
}

interface Pushing {
  readonly event: EventOf<Noticed>
  readonly notice: Notice
  readonly userId: number
  readonly phone: string | null
  readonly notificationId: number
}

/** The type under both keys: the application reads `type`, its documents say `notification_type`. */
function handedOver({ notice, notificationId }: Pushing): Record<string, string> {
  const own = Object.entries(notice.data).filter(([, value]) => value !== null && value !== undefined)
  return {
    ...Object.fromEntries(own.map(([key, value]) => [key, String(value)])),
    ...{ type: notice.type, notification_type: notice.type, notification_id: String(notificationId) },
  }
}

async function push(ctx: Ctx, pushing: Pushing): Promise<void> {
  const { event, notice, userId, phone } = pushing
  const tokens = await activeTokensOf(ctx, [userId])
  await queueMessages(
    ctx,
    tokens.map(({ id, token }) => ({
      channel: 'push' as const,
      recipient: token,
      subject: notice.title,
      body: notice.message,
      data: handedOver(pushing),
      dedupeKey: `push:${event.id}:${id}`,
    })),
  )
  if (tokens.length > 0 || phone === null || !BY_SMS_TOO.has(event.type)) return
  const body = `MOVICUOTAS: ${notice.message}`
  await queueMessages(ctx, [{ channel: 'sms', recipient: phone, body, dedupeKey: `sms:${event.id}` }])
}
