/** Notifications on open sockets: for whoever shows a token of any contract, in the words of the documented REST object. */
import type { Server } from 'node:http'
import { Refusal } from '#domain/refusal.ts'
import { notificationJson } from '#contracts/sokocredit/present-users.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { actorOfSession } from '#modules/identity/identity.ts'
import { lastNotificationId, type Notification, notificationsAfter } from '#modules/notifications/views.ts'
import type { Services } from '#platform/context.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import type { Contract } from '#platform/http/route.ts'
import { type Admitted, openSockets, type Sockets } from '#platform/messaging/sockets.ts'

/** Serves Socket.IO's namespace /notifications. */
export function openNotificationSockets(server: Server, services: Services): Sockets {
  const organisations = openOrganisations(services.db)
  return openSockets<Notification>(server, services, {
    namespace: '/notifications',
    authenticate: (token) => firstToAdmit(services, organisations, token),
    stillAdmitted: ({ org, userId, sessionId, contract }) =>
      actorOfSession(services, org, { id: sessionId, userId, contract }).then(
        () => true,
        (error: unknown) => !(error instanceof Refusal),
      ),
    last: lastNotificationId,
    after: notificationsAfter,
    present: notificationJson,
  })
}

/** Each contract signs with a key of its own, so a token is admitted by one of them at most. */
async function firstToAdmit(services: Services, organisations: Organisations, token: string): Promise<Admitted | null> {
  for (const contract of CONTRACTS) {
    const admitted = await admittedBy(contract, { services, organisations, token }).catch(refused)
    if (admitted) return admitted
  }
  return null
}

/** Only a refusal says that the token is not this contract's; anything else is thrown. */
function refused(error: unknown): null {
  if (error instanceof Refusal) return null
  throw error
}

interface Asking {
  readonly services: Services
  readonly organisations: Organisations
  readonly token: string
}

async function admittedBy(contract: Contract, { services, organisations, token }: Asking): Promise<Admitted | null> {
  const home = contract.homeOf?.(services, token)
  const org = await (home ? organisations.bySlug(home) : organisations.boundTo(contract.name))
  if (!org) return null
  // Sockets are for users: what only institutions have is not looked for here, nor counted.
  const actor = await contract.authenticate(services, org, token, '')
  if (actor.kind !== 'user') return null
  return { org, userId: actor.id, sessionId: actor.sessionId, contract: contract.name }
}
