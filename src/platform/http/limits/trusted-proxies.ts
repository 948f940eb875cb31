/** Whose word for a caller's address is taken: of how many proxies in a row, or of which. */
import { BlockList, isIP } from 'node:net'

/** Off; so many proxies in front, counted from this server; or proxies by address, subnet or named range. */
export type TrustedProxies = false | { readonly hops: number } | { readonly named: readonly string[] }

const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}
const MOST_HOPS = 10

/** `off`, `on` (one proxy), `3` (three of them), `10.0.0.7,192.168.0.0/16,loopback`; null for anything else. */
export function parseTrustedProxies(text: string): TrustedProxies | null {
  if (['off', 'false', '0'].includes(text)) return false
  if (['on', 'true'].includes(text)) return { hops: 1 }
  if (/^\d{1,2}$/.test(text)) return Number(text) <= MOST_HOPS ? { hops: Number(text) } : null
  const named = text.split(',').map((one) => one.trim())
  return named.every((one) => one in RANGES || subnetOf(one) !== null) ? { named } : null
}

interface Subnet {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

function subnetOf(text: string): Subnet | null {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(length ?? '0')) return null
  const prefix = length === undefined ? most : Number(length)
  return prefix <= most ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : null
}

/**
 * Whether an address is a proxy's, given how many proxies stand between it and this server. What a proxy says of the address
 * before it is believed, so the caller's is the first address from here that is no proxy's: callers write what they like
 * further to the left of X-Forwarded-For.
 */
export function trustFunction(proxies: TrustedProxies): false | ((address: string, hop: number) => boolean) {
  if (proxies === false) return false
  if ('hops' in proxies) return (_address, hop) => hop < proxies.hops
  const list = new BlockList()
  for (const { address, prefix, family } of proxies.named
    .flatMap((one) => RANGES[one] ?? [one])
    .map((one) => subnetOf(one)!))
    list.addSubnet(address, prefix, family)
  return (given) => {
    const address = given?.replace(/^::ffff:(?=\d+\.)/i, '') ?? ''
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
