import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Movi, openMovi } from '#test/movi.ts'

let movi: Movi
beforeAll(async () => {
  movi = await openMovi()
})
afterAll(() => movi.close())

it('says for which branch somebody sells, also when several say it at once', async () => {
  const user_id = (await movi.office('vendedor', 'GET /auth/me')).body.id
  const branches = ['S01', 'S02', null, 'S01', 'S03', null, 'S02', 'S01']
  const asked = branches.map((branch_number) => movi.office('admin', `PUT /sales-staff/${user_id}`, { branch_number }))
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(branches.map(() => 200))
  await movi.office('admin', `PUT /sales-staff/${user_id}`, { branch_number: 'S02' })
  const after = (await movi.office('admin', 'GET /sales-staff')).body.sales_staff
  expect(after.find((one: { user_id: number }) => one.user_id === user_id).branch_number).toBe('S02')
})
