/** What collection work looks like: the reads that contracts may use. */
export {
  type AssignmentView,
  assignmentsOf,
  type CollectionCustomer,
  customersAfter,
} from '#modules/collections/customer-views.ts'
export {
  dispositionsOf,
  type Interaction,
  interactionsOfLoan,
  type Revision,
} from '#modules/collections/interaction-views.ts'
export { type CollectionLoan, loansAfter, type Standing, standingsOf } from '#modules/collections/loan-views.ts'
export { listPromises, promiseById, type PromiseView } from '#modules/collections/promise-views.ts'
export {
  type WorkFilter,
  type WorkItem,
  WORKLISTS,
  worklist,
} from '#modules/collections/worklist-views.ts'
