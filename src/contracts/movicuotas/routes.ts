/** The document's operations in its order, then those that the application calls beyond it. */
import {
  activateDevice,
  addDeviceToken,
  checkImei,
  refreshDeviceToken,
  removeDeviceToken,
  settings,
} from '#contracts/movicuotas/devices.ts'
import { dashboard, installments } from '#contracts/movicuotas/loans.ts'
import { listNotifications, markAllRead, markRead } from '#contracts/movicuotas/notifications.ts'
import { submitPayment } from '#contracts/movicuotas/payments.ts'
import { forgotContract, login } from '#contracts/movicuotas/sessions.ts'
import { type Route, route } from '#platform/http/route.ts'

export const routes: readonly Route[] = [
  route('POST', '/api/v1/auth/login', 'open', login),
  route('GET', '/api/v1/auth/forgot_contract', 'open', forgotContract),
  route('GET', '/api/v1/dashboard', 'instalment_plan.own', dashboard),
  route('GET', '/api/v1/installments', 'instalment_plan.own', installments),
  route('POST', '/api/v1/payments', 'payment.claim', submitPayment),
  route('GET', '/api/v1/notifications', 'instalment_plan.own', listNotifications),
  route('POST', '/api/v1/notifications/mark_all_read', 'instalment_plan.own', markAllRead),
  route('POST', '/api/v1/notifications/:id/mark_read', 'instalment_plan.own', markRead),
  route('PUT', '/api/v1/notifications/:id/mark_read', 'instalment_plan.own', markRead),
  route('POST', '/api/v1/devices/activate', 'open', activateDevice),
  route('GET', '/api/v1/devices/check_imei', 'open', checkImei),
  route('POST', '/api/v1/device_tokens', 'instalment_plan.own', addDeviceToken),
  route('DELETE', '/api/v1/device_tokens', 'instalment_plan.own', removeDeviceToken),
  route('DELETE', '/api/v1/device_tokens/:id', 'instalment_plan.own', removeDeviceToken),
  route('PUT', '/api/v1/device_tokens/refresh', 'instalment_plan.own', refreshDeviceToken),
  route('GET', '/api/v1/settings', 'open', settings),
]
