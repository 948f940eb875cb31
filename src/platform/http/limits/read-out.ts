/** What is left of a request's body once it was answered, so that the next request on the connection is heard. */
import type { IncomingMessage } from 'node:http'

/**
 * Passes over the rest of a body that nobody reads any more. A parser of forms that stopped in the middle would otherwise
 * hold it back for ever, and with it everything that comes after on the same connection: behind a proxy, other people's
 * requests. A connection that still has more than so many bytes to say is ended.
 */
export function readOut(request: IncomingMessage, mostBytes: number): void {
  if (request.complete || request.destroyed) return
  let bytes = 0
  request.unpipe()
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > mostBytes) request.destroy()
  })
  request.resume()
}
