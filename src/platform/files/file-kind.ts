/** What a file is by its first bytes, whatever it is called. */

export type FileKind = 'pdf' | 'jpeg' | 'png'

interface Signature {
  readonly kind: FileKind
  readonly mediaType: string
  readonly extensions: readonly string[]
  begins(bytes: Uint8Array): boolean
}

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to))

const SIGNATURES: readonly Signature[] = [
  {
    kind: 'pdf',
    mediaType: 'application/pdf',
    extensions: ['pdf'],
    // %PDF-1.0 … %PDF-2.x
    begins: (bytes) => /^%PDF-[12]\.\d$/.test(ascii(bytes, 0, 8)),
  },
  {
    kind: 'jpeg',
    mediaType: 'image/jpeg',
    extensions: ['jpg', 'jpeg'],
    // Start of image, and the beginning of a marker
    begins: (bytes) => bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  },
  {
    kind: 'png',
    mediaType: 'image/png',
    extensions: ['png'],
    begins: (bytes) => bytes.length > 8 && ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n',
  },
]

/** The kind whose signature the bytes begin with; null for anything we do not take. */
export function kindOfBytes(bytes: Uint8Array): FileKind | null {
  return SIGNATURES.find((signature) => signature.begins(bytes))?.kind ?? null
}

/** The kind that a file's name promises by its extension; null for any other. */
export function kindOfName(name: string): FileKind | null {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase()
  return SIGNATURES.find((signature) => signature.extensions.includes(extension ?? ''))?.kind ?? null
}

/** Of all files that are taken. */
export const MEDIA_TYPES: readonly string[] = SIGNATURES.map(({ mediaType }) => mediaType)

export const mediaTypeOf = (kind: FileKind): string =>
  SIGNATURES.find((signature) => signature.kind === kind)!.mediaType
