/** Files of ours and of the reference pages, read once and kept compressed; no folder is ever exposed. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const compress = promisify(gzip)

export interface Asset {
  readonly etag: string
  readonly plain: Buffer
  readonly gzipped: Buffer
}

/** Serves one file or text at one address; browsers keep it for a day. */
export function serveAsset(
  app: FastifyInstance,
  url: string,
  { type, read }: { type: string; read: () => Promise<Buffer> },
): void {
  let loading: Promise<Asset> | undefined
  app.get(url, async (request, reply) => {
    loading ??= load(read)
    const asset = await loading.catch((error) => {
      loading = undefined
      throw error
    })
    reply.header('cache-control', 'public, max-age=86400').header('content-type', type)
    return sendAsset(request, reply, asset)
  })
}

/** Reads a file of the package. */
export const fileAt = (path: string) => (): Promise<Buffer> => readFile(path)

/** Reads it and compresses it once. */
export async function load(read: () => Promise<Buffer>): Promise<Asset> {
  const plain = await read()
  return {
    plain,
    gzipped: await compress(plain),
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 20)}"`,
  }
}

/** Sends it as the client takes it, or says that the client has it already. */
export function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  reply.header('etag', asset.etag).header('vary', 'Accept-Encoding')
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
  const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  return takesGzip ? reply.header('content-encoding', 'gzip').send(asset.gzipped) : reply.send(asset.plain)
}
