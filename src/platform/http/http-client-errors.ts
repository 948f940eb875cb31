/** Requests that are not even HTTP: Node's parser gave up, so the answer is written on the bare socket. */
import type { Socket } from 'node:net'
import { problemBody } from '#platform/http/problem.ts'

interface ParserError extends Error {
  readonly code?: string
}

/** Answers what the parser refused as a problem document and closes the connection. */
export function answerClientError(error: ParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, reason, text } = meaningOf(error)
  const body = JSON.stringify(problemBody({ status, code: 'invalid_input', text, data: {} }))
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function meaningOf(error: ParserError): { status: number; reason: string; text: string } {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, reason: 'Request Timeout', text: 'The request did not arrive in time.' }
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, reason: 'Request Header Fields Too Large', text: 'The headers are too large.' }
  }
  return { status: 400, reason: 'Bad Request', text: 'This is not an HTTP request that can be read.' }
}
