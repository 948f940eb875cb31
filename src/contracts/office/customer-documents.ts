/** A customer's documents for the office: what he showed, kept in private. */
import { z } from 'zod'
import { MEDIA_TYPES } from '#platform/files/file-kind.ts'
import { byId } from '#contracts/office/asked.ts'
import { refuse } from '#domain/refusal.ts'
import { openDocument, uploadDocument } from '#modules/customers/customers.ts'
import { MAX_FILE_BYTES } from '#modules/files/files.ts'
import { type Door, transact } from '#platform/context.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const section = 'Customers'

const byDocument = byId.extend({ type: z.string().regex(/^[a-z0-9_]{1,50}$/, 'Give small letters, digits and _.') })
type OfDocument = Request<z.output<typeof byDocument>>

export const putDocument: Operation = {
  id: 'uploadCustomerDocument',
  section,
  summary: 'Upload a document of a customer: id_front, id_back, face …',
  description:
    'multipart/form-data with the field `file`: one PDF, JPEG or PNG of at most 10 MB, in the place of the one of the same type. Which ones a sale asks for is the organisation’s policy.',
  transaction: 'own',
  params: byDocument,
  body: z.object({}),
  upload: { maxBytes: MAX_FILE_BYTES },
  answers: {
    200: {
      description: 'The types on record',
      schema: z.object({ documents: z.array(z.string()) }),
      example: { documents: ['id_back', 'id_front'] },
    },
  },
  refusals: { file_missing: [422, 'Send the document in the field `file`.'] },
  async handle(door: Door, { params, files }: OfDocument): Promise<Answer> {
    const sent = files.find(({ fieldName, fileName }) => fieldName === 'file' && fileName !== '')
    const file = sent ? { name: sent.fileName, bytes: sent.bytes } : refuse('file_missing')
    const path = `customers/${params.id}/${params.type}`
    const documents = await uploadDocument(door, { customerId: params.id, docType: params.type, path, file })
    return { status: 200, body: { documents: documents.map(({ docType }) => docType).sort() } }
  },
}

export const readDocument: Operation = {
  id: 'readCustomerDocument',
  section,
  summary: 'See a document of a customer',
  transaction: 'own',
  params: byDocument,
  answers: { 200: { description: 'The file, as it was uploaded', file: MEDIA_TYPES } },
  async handle(door: Door, { params }: OfDocument): Promise<Answer> {
    const document = await transact(door, (ctx) => openDocument(ctx, params.id, params.type), true)
    const headers = { 'content-type': document.mediaType, 'cache-control': 'private, no-store' }
    return { status: 200, headers, stream: document.content }
  },
}
