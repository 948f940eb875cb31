/** The closed list of facts, in the past tense. Data carries ids, minor units as decimal strings and days, never secrets. */

export type EventType =
  | 'user.registered'
  | 'user.logged_in'
  | 'user.password_changed'
  | 'user.password_reset_requested' // data: {channel, recipient} - the token itself never enters the log
  | 'user.verified'
  | 'user.locked_out' // data: {address}; so are the two below: too many wrong logins
  | 'customer.locked_out'
  | 'address.locked_out'
  | 'customer.logged_in_elsewhere' // from an address that was not known of him
  | 'customer.sessions_ended' // data: {reason}
  | 'user.logged_out'
  | 'user.session_revoked' // data: {session, reason}
  | 'user.verification_requested' // data: {channel, recipient} - never the code
  | 'user.updated' // data: {fields}: which, not what
  | 'user.invited' // data: {channel} - never the token
  | 'user.access_changed' // data: {roles, status, manager_id, was: {roles, status, manager_id}, reason?}
  | 'customer.created'
  | 'customer.updated'
  | 'customer.deleted'
  | 'customer.merged' // data: {customer_id, gone_id, merge_id}: the second record went into the first
  | 'customer.parted' // a merge was undone
  | 'customer.erased' // data: {user_id}: nothing personal of them is kept; never what it was
  | 'customer.document_uploaded'
  | 'loan_product.created'
  | 'loan_product.updated'
  | 'loan_product.retired'
  | 'loan.applied'
  | 'loan.approved'
  | 'loan.rejected'
  | 'loan.disbursed'
  | 'loan.completed'
  | 'loan.reopened'
  | 'loan.charged'
  | 'loan.waived'
  | 'loan.written_off'
  | 'loan.withdrawn'
  | 'loan.approval_undone'
  | 'loan.disbursement_undone'
  | 'loan.paid_off'
  | 'loan.charged_off'
  | 'loan.recovered'
  | 'loan.rescheduled'
  | 'loan.re_aged'
  | 'loan.re_amortised'
  | 'loan.restructure_undone'
  | 'loan.credit_refunded'
  | 'loan.topped_up'
  | 'loan.interest_recalculated'
  | 'transaction.reversed' // data: {transaction_id, kind, reason}
  | 'instalment.due_soon'
  | 'instalment.overdue'
  | 'repayment.posted'
  | 'repayment.reversed'
  | 'payment.suspended'
  | 'payment.matched'
  | 'payment.rejected'
  | 'business_day.closed'
  | 'approval.requested' // data: {kind, about}: a second person decides
  | 'approval.approved'
  | 'approval.rejected'
  | 'approval.withdrawn'
  | 'books.disagreed' // data: {day, differences, sub_ledgers, findings}: what sub-ledgers and books say differently
  | 'organisation.settings_changed' // data: {changed: {setting: {from, to}}}
  | 'loan.disbursement_undone'
  | 'savings.account_opened'
  | 'savings.account_changed' // data: {status}
  | 'savings.deposited'
  | 'savings.withdrawn'
  | 'savings.transferred'
  | 'savings.held'
  | 'savings.hold_settled' // data: {status: released | captured}
  | 'savings.interest_paid'
  | 'savings.withdrawal_returned'
  | 'payout.reserved'
  | 'payout.sent'
  | 'payout.confirmed'
  | 'payout.returned'
  | 'payout.unknown'
  | 'payout.contradicted' // the provider said otherwise after it was settled
  | 'payout.asked' // by a person
  | 'payout.paid_after_return' // data: {amount}: the customer has it twice, and owes it
  | 'payout.debt_repaid'
  | 'third_party.registered'
  | 'third_party.revoked'
  | 'consent.given'
  | 'consent.withdrawn'
  | 'customer.looked_up' // data: {what, by}: every look by somebody else than the customer
  | 'customer.look_refused' // data: {what, by, reason}: whoever tried, and was not let
  | 'loan.taken_over' // running already when it came to us
  | 'loan.amended'
  | 'loan.handed_back'
  | 'loan.filed' // handed over for collection, running or not
  | 'loan.file_changed'
  | 'loan.file_removed'
  | 'customer.assigned'
  | 'customer.do_not_call_changed'
  | 'interaction.recorded'
  | 'interaction.changed'
  | 'interaction.removed'
  | 'promise.made'
  | 'promise.kept'
  | 'promise.part_kept'
  | 'promise.broken'
  | 'promise.withdrawn'
  | 'payment.claimed' // a customer says that he has paid
  | 'payment.verified'
  | 'sale.agreed' // applied for
  | 'sale.decided' // data: {approved, reasons}
  | 'sale.signed'
  | 'sale.down_payment_taken' // data: {method, status}
  | 'sale.down_payment_verified'
  | 'sale.down_payment_rejected'
  | 'sale.down_payment_refunded'
  | 'sale.activated'
  | 'sale.activation_undone'
  | 'sale.cancelled'
  | 'sale.branch_assigned' // data: {user_id, branch_number}
  | 'instalment.noticed' // data: {days_from_due}: the customer is reminded, or told that it is overdue
  | 'phone_model.added'
  | 'phone_model.retired'
  | 'phone_model.restored'
  | 'books.closed'
  | 'books.reopened'
  | 'device.registered'
  | 'device.activated'
  | 'device.activation_reset'
  | 'device.activation_code_issued' // never the code
  | 'device.lock_warned'
  | 'device.lock_requested'
  | 'device.lock_cause_changed' // data: {cause, was}: a locked phone is stolen, say
  | 'device.locked'
  | 'device.unlocked'
  | 'device.released' // paid in full: never locked again
  | 'device.rebound' // what had paid it in full was taken back
  | 'message.address_gone' // data: {message_id, channel}: nobody is there any more
  | 'device.spared' // data: {until}: no lock up to then, while a receipt is looked at
  | 'device.command_acknowledged' // data: {command, kind}: the phone has done it
  | 'device.command_failed' // data: {command, kind, why, again}: again: it is given once more by itself
  | 'device.command_expired'
  | 'device.command_repeated' // by hand
  | 'device.unlock_code_issued' // never the code
  | 'device.unlock_code_redeemed'
  | 'device.unbound' // the sale came to nothing: the phone is free for another

/** What the event is about, e.g. `loan:12`. Events of one subject are read in order. */
export type Subject =
  `${'user' | 'customer' | 'loan_product' | 'loan' | 'payment' | 'organisation' | 'notification' | 'savings' | 'payout' | 'third_party' | 'interaction' | 'device' | 'phone_model' | 'message' | 'approval'}:${bigint | number}`

export interface NewEvent {
  readonly type: EventType
  readonly subject: Subject
  readonly data: Readonly<Record<string, unknown>>
}

export interface Event extends NewEvent {
  readonly orgId: number
  readonly id: number
  readonly at: Date
  readonly day: string
  readonly actor: string
  readonly contract: string
}
