import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildServer } from '#platform/http/http.ts'
import { tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let app: FastifyInstance

beforeAll(async () => {
  world = await openWorld()
  app = await buildServer(world.services, [tinyContract()])
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const post = (url: string, payload: string | Buffer, type = 'application/json') =>
  app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } })

describe('JSON bodies', () => {
  it.each([
    ['', '{}'],
    ['  \n', '{}'],
    ['null', '{}'],
    ['{"a":1}', '{"a":1}'],
    ['[1]', '[1]'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ['"__proto__"', '"__proto__"'],
    [`"${'[{,'.repeat(5_000)}"`, `"${'[{,'.repeat(5_000)}"`],
    ['"a\\\\"', '"a\\\\"'],
    ['["\\"[[",1]', '["\\"[[",1]'],
  ])('%s is read as %s', async (payload, body) => {
    const answer = await post('/tiny/echo', payload)
    expect(answer.body).toBe(`{"body":${body}}`)
  })

  it.each([
    ['not JSON', '{"a"', 400, 'body_not_json'],
    ['nested without end', '['.repeat(16_000), 400, 'body_not_json'],
    ['a quote after many backslashes', `{"a":"${'\\\\'.repeat(8_000)}\\"${'['.repeat(100)}"`, 400, 'body_not_json'],
    ['thousands of members', `[${'{},'.repeat(3_000)}{}]`, 413, 'body_too_large'],
    ['a key that reaches for the prototype', '{"a":{"__proto__":{"admin":true}}}', 400, 'body_not_json'],
    ['the same, escaped', '{"\\u005f_proto__":1}', 400, 'body_not_json'],
    ['NUL, which PostgreSQL cannot keep', '{"a":["x","\\u0000"]}', 400, 'invalid_input'],
    ['half a character', '{"a":"\\ud83d"}', 400, 'invalid_input'],
    ['half a character in a key', '{"\\ude00":1}', 400, 'invalid_input'],
    ['more than a megabyte', `"${'x'.repeat(1_048_576)}"`, 413, 'body_too_large'],
  ])('refused: %s', async (_name, payload, status, code) => {
    const answer = await post('/tiny/echo', payload)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })

  it.each([
    ['application/json; charset=utf-8', 200],
    ['application/vnd.api+json', 200],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
  ])('media type %s → %i', async (type, status) => {
    expect((await post('/tiny/echo', '{}', type)).statusCode).toBe(status)
  })

  it('takes a missing body as {}', async () => {
    expect((await app.inject({ method: 'POST', url: '/tiny/echo' })).body).toBe('{"body":{}}')
  })
})

describe('fields', () => {
  it('names every wrong field at once', async () => {
    const answer = await post('/tiny/checked', '{"amount":-1,"note":7}')
    expect([answer.statusCode, answer.json().fields]).toEqual([
      400,
      {
        name: 'This field is required.',
        amount: expect.stringContaining('>0'),
        note: expect.stringContaining('expected string'),
      },
    ])
  })

  it.each(['[]', '"x"', '1'])('names the body when it is no object: %s', async (payload) => {
    expect(Object.keys((await post('/tiny/checked', payload)).json().fields)).toEqual(['body'])
  })

  it.each([
    ['/tiny/listed', 200, { page: 1 }],
    ['/tiny/listed?page=2', 200, { page: 2 }],
    ['/tiny/listed?page=x', 400, { fields: { page: expect.any(String) } }],
    ['/tiny/listed?page=1&page=2', 400, { fields: { page: expect.any(String) } }],
    ['/tiny/listed?colour=red', 400, { fields: { colour: 'This field is not known here.' } }],
    ['/tiny/listed?page=%00', 400, { fields: { query: 'Remove the NUL characters.' } }],
  ])('query: %s → %i', async (url, status, body) => {
    const answer = await app.inject({ url })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject(body)
  })
})

describe('forms with files', () => {
  const part = (disposition: string, content: string) =>
    `--b\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`
  const form = (...parts: readonly string[]) =>
    post('/tiny/upload', `${parts.join('')}--b--\r\n`, 'multipart/form-data; boundary=b')

  it('gives fields and files', async () => {
    const answer = await form(part('name="doc_type"', 'id_card'), part('name="file"; filename="../a.pdf"', '%PDF'))
    expect(answer.json()).toEqual({ doc_type: 'id_card', files: [['file', 'a.pdf', 4]] })
  })

  it('holds one file, in the field `file`; what else is sent is passed over', async () => {
    const file = (field: string, name: string) => part(`name="${field}"; filename="${name}"`, '%PDF')
    const sent = [file('other', 'o.pdf'), file('file', 'a.pdf'), file('file', 'b.pdf'), part('name="doc_type"', 'id')]
    expect((await form(...sent)).json()).toEqual({ doc_type: 'id', files: [['file', 'a.pdf', 4]] })
  })

  it('also takes JSON', async () => {
    expect((await post('/tiny/upload', '{"doc_type":"x"}')).json()).toEqual({ doc_type: 'x', files: [] })
  })

  it.each([
    ['a file over its limit', [part('name="file"; filename="a"', 'x'.repeat(1_001))], 413, 'file_too_large'],
    ['a field over its limit', [part('name="f"', 'x'.repeat(100_001))], 413, 'body_too_large'],
    ['too many files', Array(11).fill(part('name="file"; filename="a"', 'x')), 413, 'body_too_large'],
    ['too many fields', Array(101).fill(part('name="f"', 'x')), 413, 'body_too_large'],
    ['NUL in a field', [part('name="f"', '\0')], 400, 'invalid_input'],
    ['a field of the prototype', [part('name="__proto__"', 'x')], 400, 'invalid_input'],
  ])('refuses %s', async (_name, parts, status, code) => {
    const answer = await form(...parts)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })

  it.each([
    ['without a boundary', 'multipart/form-data', '--b'],
    ['cut off', 'multipart/form-data; boundary=b', '--b\r\ncontent-disp'],
  ])('refuses a form %s', async (_name, type, payload) => {
    const answer = await post('/tiny/upload', payload, type)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_input'])
  })
})

describe('what is not HTTP', () => {
  it.each([
    ['garbage', 'hello\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is answered with a problem document', async (_name, sent, status) => {
    await app.listen({ port: 0, host: '127.0.0.1' }).catch(() => undefined)
    const { port } = app.server.address() as { port: number }
    const answer = await new Promise<string>((resolve, reject) => {
      let heard = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(sent))
      socket
        .on('data', (chunk) => (heard += chunk))
        .on('end', () => resolve(heard))
        .on('error', reject)
    })
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status, code: 'invalid_input' })
  })
})
