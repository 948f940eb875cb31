/** What Daraja posts to our result URLs, read: the result of a payout, and the answer to a question about one. */
import { z } from 'zod'
import type { ProviderAnswer, Verdict } from '#domain/payouts/order.ts'
import { parseMinor } from '#domain/money.ts'

const text = z.union([z.string(), z.number()]).transform(String)
const parameter = z.object({ Key: z.string(), Value: z.union([z.string(), z.number()]).optional() })

const resultSchema = z.object({
  Result: z.object({
    ResultCode: text,
    ResultDesc: z.string().default(''),
    OriginatorConversationID: z.string().default(''),
    ConversationID: z.string().default(''),
    TransactionID: z.string().default(''),
    ResultParameters: z
      .object({ ResultParameter: z.union([z.array(parameter), parameter.transform((one) => [one])]) })
      .optional(),
  }),
})

export interface DarajaResult {
  readonly code: string
  readonly description: string
  readonly originatorId: string
  readonly transactionId: string
  readonly parameters: ReadonlyMap<string, string>
}

/** The body of a result callback, or null when it is none. */
export function readResult(body: unknown): DarajaResult | null {
  const parsed = resultSchema.safeParse(body)
  if (!parsed.success) return null
  const { Result: result } = parsed.data
  const given = result.ResultParameters?.ResultParameter ?? []
  return {
    code: result.ResultCode,
    description: result.ResultDesc.slice(0, 300),
    originatorId: result.OriginatorConversationID,
    transactionId: result.TransactionID,
    parameters: new Map(
      given.flatMap(({ Key, Value }) => (Value === undefined ? [] : [[Key, String(Value)] as const])),
    ),
  }
}

/** Codes that say for certain that no money moved. Any other that is not 0 leaves open what happened: the status is asked for. */
const SURELY_FAILED = new Set([
  '1',
  '2',
  '3',
  '4',
  '8',
  '11',
  '21',
  '2001',
  '2006',
  '2028',
  '2040',
  '8006',
  'SFC_IC0003',
])

const shillings = (value: string | undefined): bigint | null => (value === undefined ? null : parseMinor(value, 2))

/** What the result of a payout says. */
export function payoutVerdict(result: DarajaResult): Verdict {
  const reason = `${result.code}: ${result.description}`
  if (result.code !== '0') return { verdict: SURELY_FAILED.has(result.code) ? 'failed' : 'unclear', reason }
  const receipt = result.parameters.get('TransactionReceipt') ?? result.transactionId
  if (receipt === '') return { verdict: 'unclear', reason: 'paid, without a receipt' }
  return { verdict: 'paid', receipt, amount: shillings(result.parameters.get('TransactionAmount')) }
}

const ENDED_UNPAID = new Set(['failed', 'cancelled', 'declined', 'expired', 'reversed'])
const PENDING = new Set(['pending', 'authorized', 'submitted', 'initiated', 'processing'])

/** The question was understood, and there is no such transaction. */
const isNotFound = ({ code, description }: DarajaResult): boolean =>
  code === '2032' || /\b(not (be )?found|does not exist)\b/i.test(description)

/** What the answer to a question about a payout says. A question that itself failed says nothing about the money. */
export function statusAnswer(result: DarajaResult): ProviderAnswer {
  const status = result.parameters.get('TransactionStatus')?.toLowerCase() ?? ''
  const reason = `${result.code}: ${result.description}`
  if (result.code !== '0') return { verdict: isNotFound(result) ? 'not_found' : 'unclear', reason }
  if (status === '') return { verdict: 'unclear', reason }
  const said = `the transaction is ${status}`
  if (ENDED_UNPAID.has(status)) return { verdict: 'failed', reason: said }
  if (PENDING.has(status)) return { verdict: 'pending', reason: said }
  const receipt = result.parameters.get('ReceiptNo') ?? ''
  if (status !== 'completed' || receipt === '') return { verdict: 'unclear', reason: said }
  return { verdict: 'paid', receipt, amount: shillings(result.parameters.get('Amount')) }
}
