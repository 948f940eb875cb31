/** What every fact about a phone tells. */
import type { Device } from '#modules/devices/views.ts'

export const deviceFacts = ({ id, loanId, customerId }: Pick<Device, 'id' | 'loanId' | 'customerId'>) => ({
  device_id: id,
  loan_id: loanId,
  customer_id: customerId,
})
