/** The contract of a sale as a paper to sign. */
import { contractTask } from '#contracts/office/sale-contract-task.ts'
import { byLoan, type OfSale, section } from '#contracts/office/sales.ts'
import { contractFacts } from '#modules/sales/sales.ts'
import { type Door, inThread, transact } from '#platform/context.ts'
import { PDF_TYPE } from '#platform/files/pdf.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

export const readSaleContract: Operation = {
  id: 'readSaleContract',
  section,
  summary: 'The contract of a sale as PDF, in Spanish, with its plan of payments',
  description:
    'Drawn from what is stored whenever it is asked for. Before the phone is handed over the dates are those of a handover today; afterwards they stay.',
  transaction: 'own',
  params: byLoan,
  answers: { 200: { description: 'The PDF', file: [PDF_TYPE] } },
  async handle(door: Door, { params }: OfSale): Promise<Answer> {
    const facts = await transact(door, (ctx) => contractFacts(ctx, params.loan_id), true)
    const { name, currency, policies } = door.org
    const bytes = await inThread(door, contractTask, {
      seller: { name, currency, policies },
      facts,
      createdAt: door.now,
    })
    const headers = {
      ...{ 'content-type': PDF_TYPE, 'cache-control': 'private, no-store' },
      'content-disposition': `inline; filename="contrato-${facts.sale.contractNumber}.pdf"`,
    }
    return { status: 200, headers, body: bytes }
  },
}
