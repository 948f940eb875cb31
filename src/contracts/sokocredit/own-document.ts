/** 🔐 Auth Routes: the document that the registration screen's client sends right after registering. */
import { refuse } from '#domain/refusal.ts'
import { uploadCustomerDocument } from '#contracts/sokocredit/customer-documents.ts'
import type { Door } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const { params: _customerId, ...upload } = uploadCustomerDocument as Extract<Operation, { transaction: 'own' }>

export const uploadOwnDocument: Operation = {
  ...upload,
  section: '🔐 Auth Routes (/auth)',
  summary: 'Upload a document of one’s own (file + document_type)',
  description: 'As POST /customers/:customer_id/upload, for the customer profile of the caller.',
  extra: true,
  async handle(door: Door, request: Request): Promise<Answer> {
    const own = door.actor.kind === 'user' ? door.actor.customerId : null
    return upload.handle(door, { ...request, params: { customer_id: own ?? refuse('customer_profile_missing') } })
  },
}
