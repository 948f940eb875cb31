/** Who may do what: one table, deny unless listed. To whom they may do it is decided in access.ts. */

export const ROLES = [
  'platform_admin', // operates the installation; acts in every organisation
  'admin', // runs one organisation
  'manager',
  'loan_officer',
  'collection_head', // over all collection work
  'collection_manager', // over those below him
  'collection_officer',
  'calling_agent',
  'staff',
  'customer',
  'third_party', // another institution, where the customer agreed
] as const
export type Role = (typeof ROLES)[number]

const OFFICE = ['platform_admin', 'admin', 'manager'] as const
const LENDING = [...OFFICE, 'loan_officer'] as const
const STAFF = ROLES.filter((role) => role !== 'third_party' && role !== 'customer')
const EVERYBODY = ROLES.filter((role) => role !== 'third_party')

const COLLECTION_LEADERS = [...OFFICE, 'collection_head', 'collection_manager'] as const
const COLLECTORS = [...LENDING, 'collection_head', 'collection_manager', 'collection_officer'] as const

const PERMISSIONS = {
  'session.own': EVERYBODY,
  'approval.own': STAFF, // reads what it asked for or may decide; each step has its own permission
  'branch.every': OFFICE, // never narrowed to one branch
  'user.register_staff': ['platform_admin', 'admin'],
  'user.register_customer': LENDING,
  'user.list': OFFICE,
  'user.manage': ['platform_admin', 'admin'], // invite, change rights, shut out: domain/standing.ts says whom
  'notification.own': EVERYBODY,
  'customer.create': [...LENDING, 'customer'],
  'customer.list': LENDING,
  'customer.read': [...LENDING, 'customer'], // a customer: only himself
  'customer.update': [...LENDING, 'customer'],
  'customer.change_contact': [
    ...LENDING,
    'collection_head',
    'collection_manager',
    'collection_officer',
    'calling_agent',
  ],
  'customer.confirm_contact': [...LENDING, 'collection_head'], // asked for by another person
  'customer.end_sessions': OFFICE,
  'customer.merge': OFFICE, // asks and decides; never on their own record
  'customer.ask_erasure': OFFICE, // of everything personal; decided by another person, never by the customer
  'customer.erase': ['platform_admin', 'admin'],
  'customer.delete': ['platform_admin', 'admin'],
  'file.read': [...LENDING, 'customer'],
  'loan_product.read': EVERYBODY,
  'loan_product.manage': LENDING,
  'loan.apply': ['customer'],
  'loan.apply_for_customer': LENDING,
  'loan.read': [...LENDING, 'customer'],
  'loan.approve': LENDING,
  'loan.disburse': LENDING,
  'loan.repay': [...LENDING, 'staff'],
  'loan.reverse': OFFICE,
  'loan.charge': LENDING,
  'loan.waive': OFFICE,
  'loan.write_off': OFFICE,
  'loan.withdraw': [...LENDING, 'customer'], // a customer: only his own
  'loan.undo_approval': LENDING,
  'loan.undo_disbursement': OFFICE,
  'loan.restructure': LENDING,
  'loan.charge_off': OFFICE,
  'loan.refund': OFFICE,
  'loan_quote.read': EVERYBODY,
  'schedule.own': ['customer'],
  'repayment.read': [...LENDING, 'customer'],
  'payment.list': LENDING,
  'payment.decide': LENDING,
  'payment.verify': OFFICE, // what a customer claims; never who sold to him
  'portfolio.read': [...LENDING, 'collection_officer', 'calling_agent'],
  'report.read': [...OFFICE, 'collection_head'],
  'organisation.read': LENDING,
  'organisation.set_up': ['platform_admin', 'admin'],
  'ledger.read': OFFICE,
  'ledger.close': ['platform_admin', 'admin'], // a period, and open it again
  'event.read': OFFICE,
  'job.run': ['platform_admin', 'admin'],
  'user.register_colleague': LENDING,
  'savings.own': ['customer'], // deposit, withdraw, repay: only for himself
  'savings.manage': LENDING,
  'loan.lend': LENDING, // apply, approve and disburse for a customer at the counter
  'receipt.read': [...LENDING, 'customer', 'third_party'],
  'customer.look_up': [...LENDING, 'customer', 'third_party'],
  'payout.read': LENDING,
  'payout.decide': OFFICE,
  'third_party.manage': LENDING,
  'consent.own': ['customer'],
  'collection.work': [...COLLECTORS, 'calling_agent'],
  'collection.visit': COLLECTORS,
  'collection.call': ['calling_agent'],
  'collection.read_calls': [...COLLECTION_LEADERS, 'calling_agent'],
  'collection.assign': COLLECTION_LEADERS,
  'collection.set_up': OFFICE,
  'request_log.read': ['platform_admin', 'admin'],
  'instalment_plan.own': ['customer'],
  'payment.claim': ['customer'],
  'sale.read': LENDING, // who sells for one branch: its sales only
  'sale.agree': ['platform_admin', 'admin', 'loan_officer'],
  'sale.decide': OFFICE,
  'sale.take_down_payment': ['platform_admin', 'admin', 'loan_officer'],
  'sale.verify_down_payment': OFFICE,
  'sale.activate': LENDING,
  'sale.undo_activation': ['platform_admin', 'admin'],
  'sale.cancel': LENDING, // once money was taken: only the two below
  'sale.refund': ['platform_admin', 'admin'],
  'sale.set_up': ['platform_admin', 'admin'],
  'phone_model.manage': ['platform_admin', 'admin'],
  'device.read': LENDING,
  'device.read_code': LENDING, // the code that activates the application, and logs in as the customer
  'device.lock': [...OFFICE, 'collection_head', 'collection_manager'],
  'device.unlock': [...OFFICE, 'collection_head', 'collection_manager'], // with arrears: only the two below
  'device.unlock_in_arrears': ['platform_admin', 'admin'],
  'device.issue_code': LENDING, // a new one, while the application has not been activated
  'device.reset': ['platform_admin', 'admin'],
} as const satisfies Record<string, readonly Role[]>

export type Action = keyof typeof PERMISSIONS

/** Whether any of the roles may do the action at all. */
export function permits(roles: readonly Role[], action: Action): boolean {
  const allowed: readonly Role[] = PERMISSIONS[action]
  return roles.some((role) => allowed.includes(role))
}

/** The roles an action is open to, for references and refusals. */
export const rolesFor = (action: Action): readonly Role[] => PERMISSIONS[action]
