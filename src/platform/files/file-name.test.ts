import { describe, expect, it } from 'vitest'
import { kindOfBytes, kindOfName } from '#platform/files/file-kind.ts'
import { attachment, plainName, shownName } from '#platform/files/file-name.ts'

describe('a stranger’s file name', () => {
  it.each([
    // given | shown | plain
    ['my id (1).pdf', 'my id (1).pdf', 'my_id_1.pdf'],
    ['../../etc/passwd.pdf', 'passwd.pdf', 'passwd.pdf'],
    ['C:\\Users\\me\\scan.PNG', 'scan.PNG', 'scan.PNG'],
    ['..', '..', 'document.'],
    ['.htaccess.jpg', '.htaccess.jpg', 'htaccess.jpg'],
    ['kitambulisho çà.pdf', 'kitambulisho çà.pdf', 'kitambulisho_ca.pdf'],
    ['身分証.pdf', '身分証.pdf', 'document.pdf'],
    ['a\r\nSet-Cookie: x.pdf', 'aSet-Cookie: x.pdf', 'aSet-Cookie_x.pdf'],
    ['fdp\u202egpj.pdf', 'fdpgpj.pdf', 'fdpgpj.pdf'],
    ['a/', 'document', 'document.document'],
  ])('%j is shown as %j and written %j', (given, shown, plain) => {
    expect([shownName(given), plainName(given)]).toEqual([shown, plain])
  })

  it('is shortened before its extension', () => {
    expect(shownName(`${'x'.repeat(400)}.pdf`)).toBe(`${'x'.repeat(146)}.pdf`)
  })

  it('goes into a header without breaking out of it', () => {
    const { 'content-disposition': header } = attachment('a"b\'; x=y\r\n "ñ.pdf')
    expect(header).toBe(`attachment; filename="ab_xy_n.pdf"; filename*=UTF-8''a%22b%27%3B%20x%3Dy%20%22%C3%B1.pdf`)
  })
})

describe('a file’s kind', () => {
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    Buffer.from([0, 0, 0, 13]),
    Buffer.from('IHDR'),
  ])

  it.each([
    [Buffer.from('%PDF-1.7\n'), 'pdf'],
    [Buffer.from('%PDF-2.0'), 'pdf'],
    [Buffer.from([0xff, 0xd8, 0xff, 0xe1]), 'jpeg'],
    [Buffer.from([0xff, 0xd8, 0xff, 0xdb]), 'jpeg'],
    [png, 'png'],
    [Buffer.from('<!doctype html>%PDF-1.7'), null],
    [Buffer.from('%PDF-x'), null],
    [Buffer.from([0xff, 0xd8, 0xff]), null],
    [png.subarray(0, 8), null],
    [Buffer.from('\x89PNX\r\n\x1a\n....IHDR', 'latin1'), null],
    [Buffer.from('GIF89a'), null],
    [Buffer.alloc(0), null],
  ])('is told by its first bytes: %s', (bytes, kind) => {
    expect(kindOfBytes(bytes)).toBe(kind)
  })

  it('is promised by its extension', () => {
    expect(['a.pdf', 'a.JPG', 'a.jpeg', 'a.Png', 'a.pdf.exe', 'pdf', 'a.svg'].map(kindOfName)).toEqual([
      'pdf',
      'jpeg',
      'jpeg',
      'png',
      null,
      null,
      null,
    ])
  })
})
