/** A customer's documents: one of each type, with a file of ours or as a path that staff noted. */
import { refuse } from '#domain/refusal.ts'
import { requireAccess } from '#modules/customers/access.ts'
import * as store from '#modules/customers/store.ts'
import { type Customer, customerById, type CustomerDocument } from '#modules/customers/views.ts'
import { discardFiles, kindOf, openFile, type OpenedFile, saveFile, tidyUp, type Upload } from '#modules/files/files.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** More types than any lender asks for: a map without end is no map of documents. */
const DOCUMENTS_AT_MOST = 50

export interface DocumentUpload {
  readonly customerId: number
  readonly docType: string
  /** The path under which the contract shows it. */
  readonly path: string
  readonly file: Upload
}

/**
 * Stores a document under its type, in place of the one before, whose bytes go. Answers all documents. Refuses
 * customer_not_found, not_yours, file_too_large, file_type_not_allowed, invalid_input (too many types).
 */
export async function uploadDocument(door: Door, upload: DocumentUpload): Promise<readonly CustomerDocument[]> {
  const { customerId, docType, path, file } = upload
  // Before anything is written: strangers fill no disk.
  await transact(door, async (ctx) => requireAccess(ctx, await customerById(ctx, customerId)), true)
  kindOf(file)
  const documents = await saveFile(door, file, async (ctx, fileId) => {
    const before = requireAccess(ctx, await store.lockCustomer(ctx, customerId))
    const others = before.documents.filter((document) => document.docType !== docType)
    if (others.length >= DOCUMENTS_AT_MOST) refuseTooMany()
    const replaced = before.documents.filter((document) => document.docType === docType)
    await store.putDocuments(ctx, customerId, [{ docType, path, fileId }])
    await discardFiles(
      ctx,
      replaced.flatMap((document) => document.fileId ?? []),
    )
    const data = { customer_id: customerId, doc_type: docType }
    emit(ctx, 'customer.document_uploaded', data)
    return [...others, { docType, path, fileId }]
  })
  await tidyUp(door)
  return documents
}

export interface OpenedDocument extends OpenedFile {
  readonly docType: string
}

/** A document's content, for staff and for the customer himself. Refuses customer_not_found, not_yours, file_not_found. */
export async function openDocument(ctx: Ctx, customerId: number, docType: string): Promise<OpenedDocument> {
  const { documents } = requireAccess(ctx, await customerById(ctx, customerId))
  const fileId = documents.find((document) => document.docType === docType)?.fileId ?? refuse('file_not_found')
  return { ...(await openFile(ctx, fileId)), docType }
}

/**
 * Makes the noted paths those of the map. A document with a file of ours stays unless the map names its type with another
 * path or with null: nobody loses a scan by not mentioning it. Answers whether anything changed.
 */
export async function noteDocuments(
  ctx: Ctx,
  customer: Pick<Customer, 'id' | 'documents'>,
  paths: Readonly<Record<string, string | null>>,
): Promise<boolean> {
  const wanted = new Map(Object.entries(paths))
  const known = new Map(customer.documents.map((document) => [document.docType, document]))
  const dropped = customer.documents.filter(({ docType, path, fileId }) =>
    wanted.has(docType) ? wanted.get(docType) !== path : fileId === null,
  )
  const added = [...wanted].flatMap(([docType, path]) =>
    path === null || known.get(docType)?.path === path ? [] : [{ docType, path, fileId: null }],
  )
  if (known.size - dropped.length + added.length > DOCUMENTS_AT_MOST) refuseTooMany()
  if (dropped.length > 0)
    await store.deleteDocuments(
      ctx,
      customer.id,
      dropped.map(({ docType }) => docType),
    )
  if (added.length > 0) await store.putDocuments(ctx, customer.id, added)
  await discardFiles(
    ctx,
    dropped.flatMap(({ fileId }) => fileId ?? []),
  )
  return dropped.length > 0 || added.length > 0
}

function refuseTooMany(): never {
  return refuse('invalid_input', { fields: { documents: `Keep at most ${DOCUMENTS_AT_MOST} documents.` } })
}
