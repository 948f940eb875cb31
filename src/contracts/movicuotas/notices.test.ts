/** Every text that customers get, word for word: the document's where it has one, otherwise the application's own. */
import { describe, expect, it } from 'vitest'
import type { EventType } from '#domain/event.ts'
import { NOTICE_TYPES, NOTICED_EVENTS, noticeOf } from '#contracts/movicuotas/notices.ts'

const money = { amount: '116667', currency: 'HNL' }
const due = (days: number) => ({ ...money, nr: 3, instalment_id: 3, due_day: '2026-03-01', days_from_due: days })
const counter = { ...money, payment_id: null, payment_type: 'repayment', transaction_id: 9 }
const paid = { ...money, payment_id: 15, nr: 3 }

const TEXTS: readonly (readonly [EventType, Record<string, unknown>, string, string, string])[] = [
  // fact, its data                                                  | type, title, message
  [
    ...(['instalment.noticed', due(-3), 'payment_reminder', 'Recordatorio de Pago'] as const),
    'Tu próxima cuota vence en 3 días. Monto: L. 1,166.67, Fecha: 01/03/2026',
  ],
  [
    ...(['instalment.noticed', due(-1), 'payment_reminder', 'Recordatorio de Pago'] as const),
    'Tu cuota #3 vence mañana. Monto: L. 1,166.67',
  ],
  [
    ...(['instalment.noticed', due(0), 'payment_reminder', 'Pago Hoy'] as const),
    'Hoy vence tu cuota. Paga hoy L. 1,166.67 y mantén tu teléfono activo.',
  ],
  [
    ...(['instalment.noticed', due(1), 'payment_overdue', 'Cuota Vencida'] as const),
    'Tu cuota está vencida. Ponte al día para evitar restricciones en tu dispositivo.',
  ],
  [
    ...(['instalment.noticed', due(3), 'payment_overdue', 'Aviso Importante'] as const),
    'Tu dispositivo puede estar restringido. ¿Necesitas ayuda? Contáctanos.',
  ],
  [
    ...(['payment.verified', paid, 'payment_confirmed', 'Pago Recibido'] as const),
    'Tu pago de L. 1,166.67 ha sido verificado exitosamente.',
  ],
  [
    ...(['payment.rejected', { ...paid, reason: 'Comprobante ilegible' }, 'general', 'Pago rechazado'] as const),
    'Tu pago de L. 1,166.67 fue rechazado. Motivo: Comprobante ilegible. Por favor contacta a soporte.',
  ],
  [
    ...(['repayment.posted', counter, 'payment_confirmed', 'Pago Recibido'] as const),
    'Tu pago de L. 1,166.67 ha sido verificado exitosamente.',
  ],
  [
    ...(['repayment.reversed', { ...paid, reason: 'Cheque sin fondos' }, 'general', 'Pago revertido'] as const),
    'Tu pago de L. 1,166.67 fue revertido. Motivo: Cheque sin fondos. Por favor contacta a soporte.',
  ],
  [
    ...(['device.lock_warned', { days_left: 3 }, 'payment_overdue', 'Advertencia de bloqueo de dispositivo'] as const),
    'Tu dispositivo será bloqueado en 3 días debido a pagos atrasados.',
  ],
  [
    ...(['device.locked', { device_id: 1 }, 'device_blocked', 'Dispositivo Bloqueado'] as const),
    'Tu dispositivo ha sido bloqueado por pagos atrasados. Puedes enviar tu comprobante de pago desde la aplicación.',
  ],
  [
    ...(['device.unlocked', { device_id: 1, was: 'locked' }, 'device_unblocked', 'Dispositivo Desbloqueado'] as const),
    'Tu dispositivo ha sido desbloqueado. ¡Gracias por tu pago!',
  ],
  [
    ...(['device.released', { device_id: 1 }, 'general', 'Crédito Pagado'] as const),
    'Has pagado tu crédito por completo. Tu dispositivo queda desbloqueado permanentemente. ¡Gracias!',
  ],
  [
    ...(['sale.activated', { activations: 1 }, 'general', 'Contrato Firmado'] as const),
    'Tu contrato de crédito MC-2026-0001 ha sido firmado exitosamente. Tu crédito está ahora activo.',
  ],
  [
    ...(['customer.logged_in_elsewhere', {}, 'general', 'Nuevo inicio de sesión'] as const),
    'Se inició sesión en tu cuenta desde un lugar nuevo. Si no fuiste tú, contáctanos.',
  ],
]

const SALE = { contractNumber: 'MC-2026-0001' }
const said = (type: EventType, data: object) => noticeOf({ type, data } as Parameters<typeof noticeOf>[0], SALE)

describe('what customers are told', () => {
  it('does not congratulate again when a phone is handed over a second time', () => {
    expect(said('sale.activated', { activations: 2 })).toBeNull()
  })

  it.each(TEXTS)('of %s %j', (type, data, noticeType, title, message) => {
    expect(said(type, data)).toMatchObject({ type: noticeType, title, message, data: expect.any(Object) })
    expect(NOTICE_TYPES).toContain(noticeType)
  })

  it('is complete: no fact they are told of stands without its text here', () => {
    expect([...NOTICED_EVENTS].sort()).toEqual([...new Set(TEXTS.map(([type]) => type))].sort())
  })

  it('is nothing on other days, nor of a lock that was called off before it was on the phone', () => {
    expect(said('instalment.noticed', due(2))).toBeNull()
    expect(said('device.unlocked', { was: 'pending' })).toBeNull()
  })

  it('is nothing of a repayment that was verified, or that nobody paid', () => {
    expect(said('repayment.posted', { ...counter, payment_id: 15 })).toBeNull()
    expect(said('repayment.posted', { ...counter, payment_type: 'goodwillCredit' })).toBeNull()
  })
})
