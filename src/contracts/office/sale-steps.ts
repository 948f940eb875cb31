/** The steps of a sale on credit: decided, signed, paid down, handed over, taken back, cancelled. */
import { z } from 'zod'
import { MEDIA_TYPES } from '#platform/files/file-kind.ts'
import { reason, reasonBody } from '#contracts/office/asked.ts'
import { answerWithSale, byLoan, type OfSale, saleAnswer, section } from '#contracts/office/sales.ts'
import { refuse } from '#domain/refusal.ts'
import { MAX_FILE_BYTES, openFile, saveFile, type Upload } from '#modules/files/files.ts'
import {
  activateSale,
  cancelSale,
  decideSale,
  rejectDownPayment,
  signSale,
  takeDownPayment,
  undoActivation,
  verifyDownPayment,
  visibleSale,
} from '#modules/sales/sales.ts'
import { downPaymentsOf } from '#modules/sales/views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import type { Answer, Operation, Request, UploadedFile } from '#platform/http/route.ts'

const decideBody = z.object({ decision: z.enum(['by_rules', 'reject']).default('by_rules'), note: reason.optional() })

export const decideOnSale: Operation = {
  id: 'decideSale',
  section,
  summary: 'Decide on a sale: approved where no rule stands against it, else rejected with every reason',
  description:
    'Rules decide, never chance: identity, documents, age, part paid down, limits, other loans, arrears, write-offs, income. `reject` with a note rejects all the same; nobody approves against a rule. Not by who applied for it.',
  params: byLoan,
  body: decideBody,
  exampleBody: { decision: 'by_rules' },
  answers: saleAnswer,
  async handle(ctx: Ctx, { params, body }: OfSale<z.output<typeof decideBody>>): Promise<Answer> {
    await decideSale(ctx, params.loan_id, { against: body.decision === 'reject', note: body.note })
    return answerWithSale(ctx, params.loan_id)
  },
}

/** The file of a form, or none. */
function fileOf(files: readonly UploadedFile[]): Upload | null {
  const sent = files.find(({ fieldName, fileName }) => fieldName === 'file' && fileName !== '')
  return sent ? { name: sent.fileName, bytes: sent.bytes } : null
}

/** A step that may bring a file along. */
const withFile = async (
  door: Door,
  file: Upload | null,
  step: (ctx: Ctx, fileId: number | null) => Promise<Answer>,
): Promise<Answer> => (file ? saveFile(door, file, step) : transact(door, (ctx) => step(ctx, null)))

type Sent<Body = unknown> = Request<z.output<typeof byLoan>, unknown, Body>

export const signContract: Operation = {
  id: 'signSale',
  section,
  summary: 'Note that the customer has signed; a picture of the signature may come along',
  description: 'multipart/form-data with the field `file` (PDF, JPEG or PNG), or no body.',
  transaction: 'own',
  params: byLoan,
  body: z.object({}),
  upload: { maxBytes: MAX_FILE_BYTES },
  answers: saleAnswer,
  handle: (door: Door, { params, files }: Sent) =>
    withFile(door, fileOf(files), async (ctx, fileId) => {
      await signSale(ctx, params.loan_id, fileId)
      return answerWithSale(ctx, params.loan_id)
    }),
}

const downPaymentBody = z.object({
  method: z.enum(['cash', 'deposit'], 'Give cash or deposit.'),
  reference: z.string().trim().min(1).max(80).optional(),
})

export const takeSaleDownPayment: Operation = {
  id: 'takeDownPayment',
  section,
  summary: 'Take in what is to be paid down, all of it: cash, or a deposit with its receipt',
  description:
    'Cash is in the books at once. A deposit comes as multipart/form-data with its receipt in the field `file`; it waits until somebody else has verified it.',
  transaction: 'own',
  params: byLoan,
  body: downPaymentBody,
  exampleBody: { method: 'cash' },
  upload: { maxBytes: MAX_FILE_BYTES },
  answers: saleAnswer,
  refusals: { file_missing: [422, 'Send the receipt of the deposit in the field `file`.'] },
  handle: (door: Door, { params, body, files }: Sent<z.output<typeof downPaymentBody>>) =>
    withFile(door, fileOf(files), async (ctx, receiptFileId) => {
      await takeDownPayment(ctx, { loanId: params.loan_id, ...body, receiptFileId })
      return answerWithSale(ctx, params.loan_id)
    }),
}

/** A step that takes nothing but the sale. */
type Texts = Pick<Operation, 'id' | 'summary' | 'description'>
const plain = (texts: Texts, act: (ctx: Ctx, loanId: number) => Promise<void>): Operation => ({
  ...texts,
  section,
  params: byLoan,
  answers: saleAnswer,
  async handle(ctx: Ctx, { params }: OfSale): Promise<Answer> {
    await act(ctx, params.loan_id)
    return answerWithSale(ctx, params.loan_id)
  },
})

/** A step that says why. */
const reasoned = (
  { example, ...texts }: Texts & { readonly example: string },
  act: (ctx: Ctx, loanId: number, why: string) => Promise<void>,
): Operation => ({
  ...texts,
  section,
  params: byLoan,
  body: reasonBody,
  exampleBody: { reason: example },
  answers: saleAnswer,
  async handle(ctx: Ctx, { params, body }: OfSale<{ reason: string }>): Promise<Answer> {
    await act(ctx, params.loan_id, body.reason)
    return answerWithSale(ctx, params.loan_id)
  },
})

export const verifySaleDownPayment = plain(
  {
    id: 'verifyDownPayment',
    summary: 'Verify a deposit: the money is there',
    description: 'It is in the books from now on. Not by who took it. Of two who verify at once, one is told 409.',
  },
  verifyDownPayment,
)

export const rejectSaleDownPayment = reasoned(
  {
    id: 'rejectDownPayment',
    summary: 'Reject a deposit: the money is not there, or its receipt is no good',
    description: 'Nothing was booked; another may be sent.',
    example: 'Comprobante inválido o ilegible',
  },
  rejectDownPayment,
)

export const activateSoldLoan = plain(
  {
    id: 'activateSale',
    summary: 'Hand the phone over: the loan runs from today',
    description:
      'Once signed and paid down. The loan is paid out in goods and its schedule dated from today; what was paid down becomes part of the price. Not by who applied for it.',
  },
  activateSale,
)

export const undoSaleActivation = reasoned(
  {
    id: 'undoSaleActivation',
    summary: 'Undo a handover while nothing else has happened: the sale is ready again',
    description: 'The loan’s entry and that of the down payment are reversed.',
    example: 'The phone was faulty',
  },
  undoActivation,
)

export const cancelSoldLoan = reasoned(
  {
    id: 'cancelSale',
    summary: 'Cancel a sale before the phone is handed over',
    description:
      'The phone’s IMEI is free for another; what was paid down goes back, which only those may do who run the organisation.',
    example: 'The customer changed their mind',
  },
  cancelSale,
)

export const readSaleReceipt: Operation = {
  id: 'readDownPaymentReceipt',
  section,
  summary: 'See the receipt of the latest deposit',
  params: byLoan,
  answers: { 200: { description: 'The picture, or the PDF', file: MEDIA_TYPES } },
  async handle(ctx: Ctx, { params }: OfSale): Promise<Answer> {
    await visibleSale(ctx, params.loan_id)
    const paid = (await downPaymentsOf(ctx, params.loan_id)).findLast(({ receiptFileId }) => receiptFileId !== null)
    const file = await openFile(ctx, paid?.receiptFileId ?? refuse('file_not_found'))
    const headers = { 'content-type': file.mediaType, 'cache-control': 'private, no-store' }
    return { status: 200, headers, stream: file.content }
  },
}
