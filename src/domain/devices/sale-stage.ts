/** How far a sale on credit has come, and which step may follow: the loan, the signature and the down payment say it together. */

export const SALE_STAGES = [
  'applied',
  'approved',
  'signed',
  'ready', // what was to be paid down is there: the phone may be handed over
  'active',
  'completed',
  'written_off',
  'rejected',
  'cancelled',
] as const
export type SaleStage = (typeof SALE_STAGES)[number]

export interface SaleStanding {
  /** The status of the loan that pays for it. */
  readonly loanStatus: string
  readonly signed: boolean
  /** The down payment is in the books, or none was agreed on. */
  readonly paidDown: boolean
}

/** A sale's stage. While its loan is approved and not paid out, signature and down payment tell how far it has come. */
export function stageOf({ loanStatus, signed, paidDown }: SaleStanding): SaleStage {
  if (loanStatus === 'approved') return signed ? (paidDown ? 'ready' : 'signed') : 'approved'
  return OF_LOAN[loanStatus] ?? 'applied'
}

const OF_LOAN: Readonly<Record<string, SaleStage>> = {
  active: 'active',
  completed: 'completed',
  written_off: 'written_off',
  rejected: 'rejected',
  withdrawn: 'cancelled',
}

export type SaleStep =
  | 'decide'
  | 'sign'
  | 'pay_down'
  | 'verify_down_payment'
  | 'activate'
  | 'undo_activation'
  | 'cancel'

const FROM: Readonly<Record<SaleStep, readonly SaleStage[]>> = {
  decide: ['applied'],
  sign: ['approved'],
  pay_down: ['signed'],
  verify_down_payment: ['signed'],
  activate: ['ready'],
  undo_activation: ['active'],
  cancel: ['applied', 'approved', 'signed', 'ready'],
}

/** Whether the step may be taken from the stage. */
export const mayTake = (step: SaleStep, stage: SaleStage): boolean => FROM[step].includes(stage)
