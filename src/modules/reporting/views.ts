/** What reports are made of. Reads of every module's tables, never a write. */
export { type BranchSummary, branchSummaries } from '#modules/reporting/branch-views.ts'
export { type Claim, claimsOf, type Place, verificationQueue } from '#modules/reporting/claim-views.ts'
export type { Counted, Lock } from '#modules/reporting/collections-views.ts'
export { type Dashboard, dashboard, type Waiting } from '#modules/reporting/dashboard-views.ts'
export type { LoanRow, PaymentLine } from '#modules/reporting/lending-views.ts'
export {
  type OverdueDevice,
  type OverdueFilter,
  type OverdueOrder,
  type OverduePage,
  overdueDevices,
  overdueTotals,
} from '#modules/reporting/overdue-views.ts'
