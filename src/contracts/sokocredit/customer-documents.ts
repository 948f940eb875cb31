/** 👥 Customer Routes: documents in and out. */
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { byCustomerId, section } from '#contracts/sokocredit/customers.ts'
import { documentsJson } from '#contracts/sokocredit/present.ts'
import { said } from '#contracts/sokocredit/present-users.ts'
import { openDocument, uploadDocument } from '#modules/customers/customers.ts'
import { MAX_FILE_BYTES } from '#modules/files/files.ts'
import { type Door, transact } from '#platform/context.ts'
import { attachment, plainName } from '#platform/files/file-name.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const text = z.string().max(200).optional()
const uploadForm = z.object({
  doc_type: text.meta({ description: 'id_card, business_permit, shop_photo …', example: 'id_card' }),
  document_type: text.meta({ description: 'Another name for doc_type' }),
})
type Upload = Request<z.output<typeof byCustomerId>, unknown, z.output<typeof uploadForm>>

const uploadExample = {
  ...said('File uploaded'),
  path: 'uploads/customers/7/id_card_scan.pdf',
  documents: { id_card: 'uploads/customers/7/id_card_scan.pdf' },
}

export const uploadCustomerDocument: Operation = {
  section,
  summary: 'Upload document (file + doc_type)',
  description: 'One PDF, JPEG or PNG of at most 10 MB; it takes the place of the document of the same type.',
  transaction: 'own',
  params: byCustomerId,
  body: uploadForm,
  upload: { maxBytes: MAX_FILE_BYTES },
  answers: { 200: { description: 'Uploaded', example: uploadExample } },
  refusals: {
    file_missing: [400, ({ selected }) => (selected === false ? 'No selected file' : 'No file part')],
    not_yours: [403, 'Not authorized to upload files for this customer'],
  },
  async handle(door: Door, { params, body, files }: Upload): Promise<Answer> {
    const file = files.find((sent) => sent.fieldName === 'file') ?? refuse('file_missing')
    if (file.fileName === '') refuse('file_missing', { selected: false })
    const docType = docTypeOf(body.doc_type || body.document_type || '')
    const path = `uploads/customers/${params.customer_id}/${docType}_${plainName(file.fileName)}`
    const stored = { name: file.fileName, bytes: file.bytes }
    const documents = await uploadDocument(door, { customerId: params.customer_id, docType, path, file: stored })
    return { status: 200, body: { ...said('File uploaded'), path, documents: documentsJson(documents) } }
  },
}

/** "National ID (front)" is national_id_front; what has no letters or digits is unknown. */
const docTypeOf = (given: string): string =>
  given
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 50)
    .replace(/^_+|_+$/g, '') || 'unknown'

const byDocType = byCustomerId.extend({ doc_type: z.string().min(1).max(100) })

export const downloadCustomerDocument: Operation = {
  section,
  summary: 'Download a document',
  description: 'Admins and lenders any, a mama_mboga her own. 404 for a document that was only noted by its path.',
  extra: true,
  transaction: 'own',
  params: byDocType,
  answers: { 200: { description: 'The file, as it was uploaded' } },
  refusals: { not_yours: [403, 'Not authorized to view this customer'] },
  async handle(door: Door, { params }: Request<z.output<typeof byDocType>>): Promise<Answer> {
    const document = await transact(door, (ctx) => openDocument(ctx, params.customer_id, params.doc_type), true)
    const headers = {
      'content-type': document.mediaType,
      'content-length': String(document.size),
      'cache-control': 'private, no-store',
      ...attachment(document.name),
    }
    return { status: 200, headers, stream: document.content }
  },
}
