/** What the office says when it says no, as RFC 9457 problem documents. */
import type { RefusalCode } from '#domain/refusal.ts'
import { PROBLEM_TYPE, problemBody } from '#platform/http/problem.ts'
import type { RefusalAnswer } from '#platform/http/route.ts'
import { USUAL_ANSWERS } from '#platform/http/usual-answers.ts'

export const errorBody = problemBody
export const errorContentType = PROBLEM_TYPE

export const answers: Readonly<Record<RefusalCode, RefusalAnswer>> = {
  ...USUAL_ANSWERS,
  loan_of_sale: [409, 'This loan pays for a sale: take the step at the sale, /office/v1/sales/{loan_id}.'],
}
