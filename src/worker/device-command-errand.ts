/** The worker's part of managing phones: hands commands over to the service, asks about those that were not heard of. */
import { ALWAYS_ALLOWED, EMERGENCY_NUMBERS } from '#domain/devices/lock.ts'
import {
  offlineSecretOf,
  recordCommandHandover,
  recordCommandReport,
  takeCommandToAsk,
  takeCommandToSend,
} from '#modules/devices/devices.ts'
import {
  commandsAreDue,
  countOpenCommands,
  type Device,
  deviceById,
  type DeviceCommand,
} from '#modules/devices/views.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { deriveKey, keyedHash } from '#platform/security/crypto.ts'
import type { Errand } from '#platform/work/errands.ts'
import { mdmAccountOf } from '#platform/providers/mdm/mdm-account.ts'
import { type DeviceManagement, openMdm, type PhoneCommand } from '#platform/providers/mdm/mdm.ts'
import type { MdmAccount } from '#platform/config.ts'

/** Waits where this process has no account with a service: then another one does it, or commands stay requested. */
export const deviceCommandErrand: Errand = {
  name: 'device-commands',
  isWaiting: async (ctx) => mdmAccountOf(ctx.services) !== undefined && (await commandsAreDue(ctx)),
  countOpen: countOpenCommands,
  run: runCommands,
}

const AT_ONCE = 4

interface Mdm {
  readonly account: MdmAccount
  readonly service: DeviceManagement
}

type Of = Parameters<Errand['run']>[1]

async function runCommands(services: Services, of: Of): Promise<number> {
  const account = mdmAccountOf(services)
  if (!account) return 0
  const mdm = { account, service: openMdm(account) }
  const counts = await Promise.all(Array.from({ length: AT_ONCE }, () => runSome(services, of, mdm)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function runSome(services: Services, of: Of, mdm: Mdm): Promise<number> {
  for (let done = 0; ; done++) {
    if (of.stopping?.()) return done
    if (!(await sendNext(services, of.org, mdm)) && !(await askNext(services, of.org, mdm))) return done
  }
}

interface Taken {
  readonly command: DeviceCommand
  readonly device: Device
}

async function withDevice(ctx: Ctx, take: (ctx: Ctx) => Promise<DeviceCommand | null>): Promise<Taken | null> {
  const command = await take(ctx)
  return command && { command, device: (await deviceById(ctx, command.deviceId))! }
}

/** Between taking a command and noting what came of it nothing is held: after a kill it is sent again under its key. */
async function sendNext(services: Services, org: Organisation, { account, service }: Mdm): Promise<boolean> {
  const door = () => systemDoor(services, org, 'device-commands')
  const taken = await transact(door(), (ctx) => withDevice(ctx, takeCommandToSend))
  if (!taken) return false
  const { command } = taken
  const handover =
    services.clock.now() >= command.expiresAt
      ? ({ outcome: 'not_reached', reason: 'its time had passed before it could be sent' } as const)
      : await service.send(phoneCommand(services, { org, account, ...taken }))
  if (handover.outcome !== 'accepted')
    services.log.warn({ command: command.id, ...handover }, 'command was not accepted')
  await transact(door(), (ctx) => recordCommandHandover(ctx, command.key, handover))
  return true
}

async function askNext(services: Services, org: Organisation, { service }: Mdm): Promise<boolean> {
  const door = () => systemDoor(services, org, 'device-commands')
  const taken = await transact(door(), (ctx) => withDevice(ctx, takeCommandToAsk))
  if (!taken) return false
  const { command, device } = taken
  const report = await service.ask({ imei: device.imei, key: command.key })
  await transact(door(), (ctx) => recordCommandReport(ctx, command.key, report))
  return true
}

interface Sending extends Taken {
  readonly org: Organisation
  readonly account: MdmAccount
}

function phoneCommand(services: Services, { org, account, command, device }: Sending): PhoneCommand {
  const { supportPhone } = org.policies
  return {
    ...{ imei: device.imei, key: command.key, sequence: command.id, kind: command.kind, message: command.reason },
    supportPhone: typeof supportPhone === 'string' ? supportPhone : null,
    ...{ allowed: ALWAYS_ALLOWED, emergencyNumbers: EMERGENCY_NUMBERS, expiresAt: command.expiresAt },
    offlineSecret: command.kind === 'enrol' ? offlineSecretOf({ services, org }, device) : null,
    callbackUrl: `${account.callbackUrl}/callbacks/${org.slug}/device-commands/${command.key}/${commandCallbackKey(services, org.slug, command.key)}`,
  }
}

/** The part of a callback's address that cannot be guessed: nobody but the service knows it. */
export const commandCallbackKey = ({ config }: Services, slug: string, key: string): string =>
  keyedHash(deriveKey(config.secret, 'device command callbacks'), `${slug} ${key}`).toString('hex').slice(0, 32)
