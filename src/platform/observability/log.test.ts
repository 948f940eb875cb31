import { describe, expect, test } from 'vitest'
import { openLog } from '#platform/observability/log.ts'

/** What is written of a line. */
function logged(line: object): Record<string, unknown> & { err: Record<string, unknown> } {
  const lines: string[] = []
  openLog('info', { write: (text) => lines.push(text) }).info(line)
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0]!)
}

const coded = (code: string, rest: object = {}) => Object.assign(new Error('no'), { code, ...rest })

describe('an error in the log', () => {
  test.each(['23505', '40P01', '57P03', 'ECONNREFUSED', 'ERR_HTTP2_ERROR', 'FST_ERR_CTP_BODY_TOO_LARGE'])(
    'keeps its code %s: it says what went wrong',
    (code) => {
      expect(logged({ err: coded(code) }).err).toMatchObject({ type: 'Error', message: 'no', code })
    },
  )

  test.each(['123456', '00000000', 'secret', 'AbC12'])(
    'with the code %s, which may have been sent to somebody',
    (code) => {
      expect(logged({ err: coded(code) }).err).toMatchObject({ code: '[redacted]' })
    },
  )

  test('tells nothing of the row that the database refused', () => {
    const detail = 'Key (org_id, phone)=(1, +254712345678) already exists.'
    const { err } = logged({ err: coded('23505', { detail, constraint: 'users_by_phone' }) })
    expect(err).toMatchObject({ code: '23505', constraint: 'users_by_phone', detail: '[redacted]' })
  })
})

test.each([
  [{ code: '23505' }],
  [{ body: { otp: '123456', code: '123456' } }],
  [{ request: { body: { password: 'hunter22', refresh_token: 'abc' } } }],
  [{ headers: { authorization: 'Bearer abc', cookie: 'abc' } }],
])('%j: nothing of it is written', (line) => {
  const text = JSON.stringify(logged(line))
  expect(text).not.toMatch(/23505|123456|hunter22|abc/)
  expect(text).toContain('[redacted]')
})
