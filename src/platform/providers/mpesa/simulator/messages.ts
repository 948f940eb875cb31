/** The bodies that Daraja answers with and posts back, in its own shapes. */
import { randomBytes } from 'node:crypto'

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const two = (n: number): string => String(n).padStart(2, '0')

export const conversationId = (now: Date): string =>
  `AG_${now.toISOString().slice(0, 10).replaceAll('-', '')}_${hex(10)}`

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Ten capitals and digits, like SG632NMUAB. */
export const receiptNumber = (): string =>
  [...randomBytes(10)].map((byte, n) => LETTERS[byte % (n === 0 ? 26 : LETTERS.length)]).join('')

export const errorMessage = (errorCode: string, message: string): object => ({
  requestId: `${hex(2)}-${hex(2)}-${hex(2)}-${hex(8)}`,
  errorCode,
  errorMessage: message,
})

export interface Transaction {
  readonly originatorId: string
  readonly conversationId: string
  readonly transactionId: string
  readonly phone: string
  readonly shillings: number
  readonly shortCode: string
  readonly at: Date
  /** Null until it is decided. */
  readonly result: { readonly code: string; readonly description: string } | null
}

export const accepted = (ids: { originatorId: string; conversationId: string }): object => ({
  ConversationID: ids.conversationId,
  OriginatorConversationID: ids.originatorId,
  ResponseCode: '0',
  ResponseDescription: 'Accept the service request successfully.',
})

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '0': 'The service request is processed successfully.',
  '1': 'The balance is insufficient for the transaction.',
  '8': 'Declined due to limit rule: would exceed the maximum balance.',
  '17': 'System internal error.',
  '2001': 'The initiator information is invalid.',
  '2040': "Credit Party customer type can't be supported by the service.",
}

export const descriptionOf = (code: string): string => DESCRIPTIONS[code] ?? 'The service request has failed.'

const completedAt = (at: Date): string =>
  `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}.${at.getUTCFullYear()} ${at.toISOString().slice(11, 19)}`

const REFERENCE = {
  ReferenceItem: {
    Key: 'QueueTimeoutURL',
    Value: 'https://internalsandbox.safaricom.co.ke/mpesa/b2cresults/v1/submit',
  },
}

/** The result of a payout under a code. */
export function payoutResult(transaction: Transaction, code: string): object {
  const { originatorId, conversationId, transactionId, shillings, phone, at } = transaction
  const parameters = [
    { Key: 'TransactionAmount', Value: shillings },
    { Key: 'TransactionReceipt', Value: transactionId },
    { Key: 'ReceiverPartyPublicName', Value: `${phone} - JOHN DOE` },
    { Key: 'TransactionCompletedDateTime', Value: completedAt(at) },
    { Key: 'B2CUtilityAccountAvailableFunds', Value: 8_959_269.6 },
    { Key: 'B2CWorkingAccountAvailableFunds', Value: 1_199_371 },
    { Key: 'B2CRecipientIsRegisteredCustomer', Value: 'Y' },
    { Key: 'B2CChargesPaidAccountAvailableFunds', Value: -1980 },
  ]
  return {
    Result: {
      ResultType: 0,
      ResultCode: /^\d+$/.test(code) ? Number(code) : code,
      ResultDesc: descriptionOf(code),
      OriginatorConversationID: originatorId,
      ConversationID: conversationId,
      TransactionID: transactionId,
      ...(code === '0' ? { ResultParameters: { ResultParameter: parameters } } : {}),
      ReferenceData: REFERENCE,
    },
  }
}

/** The answer to a question; about a transaction that is not there it fails. */
export function statusResult(
  asked: Omit<Transaction, 'result'> | null,
  ids: { originatorId: string; conversationId: string },
  status: string,
): object {
  const parameters = asked && [
    { Key: 'ReceiptNo', Value: asked.transactionId },
    { Key: 'Conversation ID', Value: asked.conversationId },
    { Key: 'FinalisedTime', Value: Number(asked.at.toISOString().slice(0, 19).replace(/\D/g, '')) },
    { Key: 'Amount', Value: asked.shillings },
    { Key: 'TransactionStatus', Value: status },
    { Key: 'ReasonType', Value: 'Business Payment to Customer via API' },
    { Key: 'TransactionReason' },
    { Key: 'DebitPartyCharges', Value: 'Fee For B2C Payment|KES|22.40' },
    { Key: 'DebitAccountType', Value: 'Utility Account' },
    { Key: 'OriginatorConversationID', Value: asked.originatorId },
    { Key: 'CreditPartyName', Value: `${asked.phone} - JOHN DOE` },
    { Key: 'DebitPartyName', Value: `${asked.shortCode} - Mkopo` },
  ]
  return {
    Result: {
      ResultType: 0,
      ResultCode: parameters ? 0 : 2032,
      ResultDesc: parameters ? descriptionOf('0') : 'The transaction cannot be found.',
      OriginatorConversationID: ids.originatorId,
      ConversationID: ids.conversationId,
      TransactionID: asked?.transactionId ?? 'AAA0000000',
      ...(parameters ? { ResultParameters: { ResultParameter: parameters } } : {}),
      ReferenceData: { ReferenceItem: { Key: 'Occasion', Value: ids.originatorId } },
    },
  }
}
