/** What stands against selling on credit: a closed list of reasons, found by rules, never by chance. */
import type { Day } from '#domain/day.ts'
import { ageOn, type SalePreset } from '#domain/devices/sale-preset.ts'

export const SALE_REASONS = [
  'identity_missing',
  'date_of_birth_missing',
  'documents_missing',
  'age_not_eligible',
  'down_payment_not_offered',
  'financed_above_limit',
  'financed_above_approved',
  'open_loan',
  'loan_in_arrears',
  'previous_write_off',
  'income_insufficient',
  'staff_judgement',
] as const
export type SaleReason = (typeof SALE_REASONS)[number]

/** What people are told, in English and in Spanish. */
export const REASON_TEXTS: Readonly<Record<SaleReason, { readonly en: string; readonly es: string }>> = {
  identity_missing: {
    en: 'No identity number of the customer is on record.',
    es: 'No consta el número de identidad del cliente.',
  },
  date_of_birth_missing: {
    en: 'The customer’s date of birth is not on record.',
    es: 'No consta la fecha de nacimiento del cliente.',
  },
  documents_missing: {
    en: 'Documents of the customer are missing.',
    es: 'Faltan documentos del cliente.',
  },
  age_not_eligible: {
    en: 'The customer’s age is outside what is offered.',
    es: 'La edad del cliente está fuera del rango permitido.',
  },
  down_payment_not_offered: {
    en: 'At this age a larger part of the price must be paid down.',
    es: 'A esta edad se requiere una prima mayor.',
  },
  financed_above_limit: {
    en: 'More would be financed than is allowed at this age.',
    es: 'El monto a financiar supera el máximo permitido para esta edad.',
  },
  financed_above_approved: {
    en: 'More would be financed than the amount approved for the customer.',
    es: 'El monto a financiar supera el monto aprobado al cliente.',
  },
  open_loan: {
    en: 'The customer has another open loan.',
    es: 'El cliente ya tiene otro crédito vigente.',
  },
  loan_in_arrears: {
    en: 'The customer has instalments overdue on another loan.',
    es: 'El cliente tiene pagos vencidos en otro crédito.',
  },
  previous_write_off: {
    en: 'An earlier loan of the customer was written off.',
    es: 'Un crédito anterior del cliente fue declarado incobrable.',
  },
  income_insufficient: {
    en: 'The instalments take too large a part of the customer’s income.',
    es: 'Los pagos superan la parte permitida del ingreso del cliente.',
  },
  staff_judgement: {
    en: 'Staff decided against it; the note says why.',
    es: 'El personal decidió no aprobar; la nota indica el motivo.',
  },
}

/** The most of a month's income that a month's instalments may take, in percent, where the organisation says nothing else. */
const USUAL_INCOME_SHARE = 40

export interface SalePolicy {
  /** Types of documents that a customer must have given. */
  readonly documents: readonly string[]
  /** Percent. */
  readonly incomeShare: number
}

/** The policy as an organisation keeps it; what is missing or makes no sense takes its usual value: no documents, 40 %. */
export function salePolicyOf(kept: unknown): SalePolicy {
  const { documents, incomeShare } = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>
  const isShare = typeof incomeShare === 'number' && Number.isInteger(incomeShare) && incomeShare >= 1
  return {
    documents: Array.isArray(documents) ? documents.filter((type) => typeof type === 'string') : [],
    incomeShare: isShare && incomeShare <= 100 ? incomeShare : USUAL_INCOME_SHARE,
  }
}

export interface SaleFacts {
  readonly today: Day
  readonly born: Day | null
  readonly identityOnRecord: boolean
  /** Documents that the organisation asks for and the customer has not given. */
  readonly missingDocuments: number
  /** Null: agreed on without a preset, whose rules then do not apply. */
  readonly preset: SalePreset | null
  readonly downPercent: number | null
  /** Minor units, as are all amounts. */
  readonly financed: bigint
  readonly approvedAmount: bigint
  readonly instalment: bigint
  /** How many instalments a year has, as a fraction: [12, 1], [365, 15]. */
  readonly instalmentsAYear: readonly [bigint, bigint]
  /** Other loans of the customer that are open, those in arrears among them. */
  readonly openLoans: number
  readonly loansInArrears: number
  readonly loansWrittenOff: number
  /** Null: the customer did not say. */
  readonly monthlyIncome: bigint | null
  /** Percent. */
  readonly incomeShare: number
}

/** Every reason that stands against the sale, in the order of the list; none: it may be approved. */
export function reasonsAgainst(facts: SaleFacts): SaleReason[] {
  const found: Partial<Record<SaleReason, boolean>> = {
    identity_missing: !facts.identityOnRecord,
    date_of_birth_missing: facts.born === null,
    documents_missing: facts.missingDocuments > 0,
    ...againstPreset(facts),
    financed_above_approved: facts.financed > facts.approvedAmount,
    open_loan: facts.openLoans > 0,
    loan_in_arrears: facts.loansInArrears > 0,
    previous_write_off: facts.loansWrittenOff > 0,
    income_insufficient: !isAffordable(facts),
  }
  return SALE_REASONS.filter((reason) => found[reason])
}

function againstPreset({ preset, born, today, downPercent, financed }: SaleFacts) {
  if (preset === null || born === null) return {}
  const age = ageOn(born, today)
  const band = preset.ages.find(({ from, to }) => age >= from && age <= to)
  if (!band) return { age_not_eligible: true }
  return {
    down_payment_not_offered: downPercent === null || !band.downPercents.includes(downPercent),
    financed_above_limit: band.mostFinanced !== null && financed > band.mostFinanced,
  }
}

/** A month's instalments (those of a year by twelve) against the share of a month's income, without rounding. */
function isAffordable({ instalment, instalmentsAYear, monthlyIncome, incomeShare }: SaleFacts): boolean {
  if (monthlyIncome === null) return true
  const [times, years] = instalmentsAYear
  return instalment * times * 100n <= monthlyIncome * BigInt(incomeShare) * 12n * years
}
