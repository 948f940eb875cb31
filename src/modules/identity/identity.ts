export {
  actorOfSession,
  continueSession,
  currentSession,
  endAllSessions,
  endSession,
  login,
  type OpenedSession,
  requireActive,
  type Session,
  type SessionTerms,
} from '#modules/identity/sessions.ts'
export { actorOfToken, openTokenSession } from '#modules/identity/token-sessions.ts'
export { changePassword, requestPasswordReset, resetPassword } from '#modules/identity/passwords.ts'
export { type Contact, sendVerificationCode, verifyContact } from '#modules/identity/verification.ts'
export { sendLoginCode, useLoginCode } from '#modules/identity/login-codes.ts'
export { hasLoggedInFromHere, noteLogin } from '#modules/identity/login-addresses.ts'
export {
  borne,
  countAgainst,
  countFailedLogin,
  countWithin,
  type Limit,
  loginLimits,
  refuseBeyond,
  sendingLimits,
} from '#modules/identity/throttle.ts'
export {
  changeAccess,
  endUserSessions,
  inviteAgain,
  inviteUser,
  requireManageable,
  resetUserPassword,
} from '#modules/identity/staff.ts'
export { welcome } from '#modules/identity/welcome.ts'
export { sweep as sweepIdentity } from '#modules/identity/store.ts'
export { type NewUser, enrol, registerUser, updateUser } from '#modules/identity/registration.ts'
