/** A kind of fact: what it is about, when it is stated, and what it carries. */
import type { Field, Fields } from '#domain/facts/field.ts'

/** The field that holds the number of what a fact is about; null: the organisation itself. */
export const SUBJECT_ID = {
  user: 'user_id',
  customer: 'customer_id',
  third_party: 'third_party_id',
  loan_product: 'loan_product_id',
  loan: 'loan_id',
  payment: 'payment_id',
  payout: 'payout_id',
  savings: 'savings_account_id',
  device: 'device_id',
  phone_model: 'phone_model_id',
  interaction: 'interaction_id',
  approval: 'approval_id',
  message: 'message_id',
  organisation: null,
} as const

export type SubjectKind = keyof typeof SUBJECT_ID

type Identified<S extends SubjectKind> = (typeof SUBJECT_ID)[S] extends infer K extends string
  ? { readonly [N in K]: Field<number> }
  : object

export interface FactKind<S extends SubjectKind = SubjectKind, F extends Fields = Fields> {
  readonly subject: S
  /** What has happened when it is stated. */
  readonly when: string
  readonly fields: F
}

export const fact = <S extends SubjectKind, F extends Fields & Identified<S>>(
  subject: S,
  when: string,
  fields: F,
): FactKind<S, F> => ({ subject, when, fields })
