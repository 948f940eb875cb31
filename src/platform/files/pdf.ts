/** Papers as PDF: headings, paragraphs, facts, tables and lines to sign on, in a font of the file's own, so that every accent prints. */
import { createRequire } from 'node:module'

export const PDF_TYPE = 'application/pdf'

export type Block =
  | { readonly kind: 'title' | 'heading' | 'paragraph' | 'remark'; readonly text: string }
  /** Name and value beside each other. */
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [name: string, value: string])[] }
  /** Columns of equal width, the first two from the left and the others, amounts, from the right; the header stands on every page. */
  | { readonly kind: 'table'; readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** A line to sign on for each, side by side. */
  | { readonly kind: 'signatures'; readonly under: readonly string[] }

export interface Paper {
  readonly title: string
  readonly author: string
  readonly createdAt: Date
  /** BCP 47. */
  readonly language: string
  /** What stands at the foot of a page. */
  readonly foot: (page: number, pages: number) => string
  readonly blocks: readonly Block[]
}

type Document = InstanceType<typeof import('pdfkit')>

const MARGIN = 54
const PLAIN = 'plain'
const BOLD = 'bold'
const fontAt = (name: string): string => createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)

/** Draws the paper; the whole file at once: a contract is some thirty kilobytes. */
export async function drawPdf(paper: Paper): Promise<Buffer> {
  // Loaded when the first paper is asked for: starting does not wait for it.
  const { default: PdfDocument } = await import('pdfkit')
  const document = new PdfDocument({
    ...{ size: 'LETTER', bufferPages: true, lang: paper.language, displayTitle: true },
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN + 18 },
    info: { Title: paper.title, Author: paper.author, CreationDate: paper.createdAt, ModDate: paper.createdAt },
  })
  const bytes = collect(document)
  document.registerFont(PLAIN, fontAt('DejaVuSans')).registerFont(BOLD, fontAt('DejaVuSans-Bold'))
  for (const block of paper.blocks) draw(document, block)
  drawFeet(document, paper)
  document.end()
  return bytes
}

const collect = (document: Document): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
  })

function draw(document: Document, block: Block): void {
  if (block.kind === 'facts') drawFacts(document, block.rows)
  else if (block.kind === 'table') drawTable(document, block)
  else if (block.kind === 'signatures') drawSignatures(document, block.under)
  else drawText(document, block)
}

type Text = Extract<Block, { readonly text: string }>

function drawText(document: Document, block: Text): void {
  const [font, size, before, after] = LOOKS[block.kind]
  makeRoom(document, block.kind === 'heading' ? 60 : 0)
  document.y += before
  document.font(font).fontSize(size).text(block.text, MARGIN, document.y, { align: ALIGNED[block.kind] })
  document.y += after
}

/** Font, size, room above and below. */
const LOOKS = {
  title: [BOLD, 14, 0, 8],
  heading: [BOLD, 10, 8, 4],
  paragraph: [PLAIN, 8.5, 0, 5],
  remark: [PLAIN, 7.5, 0, 4],
} as const
const ALIGNED = { title: 'center', heading: 'left', paragraph: 'justify', remark: 'left' } as const

const widthOf = ({ page }: Document): number => page.width - 2 * MARGIN
const bottomOf = ({ page }: Document): number => page.height - page.margins.bottom

/** Goes to the next page where less than so much is left of this one. */
function makeRoom(document: Document, height: number): void {
  if (document.y + height > bottomOf(document)) document.addPage()
}

const NAMES = 190

function drawFacts(document: Document, rows: readonly (readonly [string, string])[]): void {
  const width = widthOf(document) - NAMES
  for (const [name, value] of rows) {
    document.font(PLAIN).fontSize(8.5)
    const height = Math.max(document.heightOfString(value, { width }), document.heightOfString(name, { width: NAMES }))
    makeRoom(document, height + 2)
    const { y } = document
    document.text(name, MARGIN, y, { width: NAMES - 8 })
    document.font(BOLD).text(value, MARGIN + NAMES, y, { width })
    document.y = y + height + 2
  }
  document.y += 3
}

const ROW = 13

function drawTable(document: Document, { header, rows }: Extract<Block, { kind: 'table' }>): void {
  makeRoom(document, ROW * 3)
  drawRow(document, header, BOLD)
  for (const row of rows) {
    if (document.y + ROW > bottomOf(document)) {
      document.addPage()
      drawRow(document, header, BOLD)
    }
    drawRow(document, row, PLAIN)
  }
  document.y += 6
}

function drawRow(document: Document, cells: readonly string[], font: string): void {
  const width = widthOf(document) / cells.length
  const { y } = document
  document.font(font).fontSize(8)
  cells.forEach((text, n) => {
    const align = n < 2 ? 'left' : 'right'
    document.text(text, MARGIN + n * width, y, { width: width - 4, align, lineBreak: false })
  })
  document
    .moveTo(MARGIN, y + ROW - 3)
    .lineTo(MARGIN + widthOf(document), y + ROW - 3)
    .lineWidth(0.25)
    .strokeColor('#999999')
    .stroke()
  document.y = y + ROW
}

function drawSignatures(document: Document, under: readonly string[]): void {
  makeRoom(document, 90)
  const width = widthOf(document) / under.length
  const y = document.y + 50
  under.forEach((text, n) => {
    const x = MARGIN + n * width
    document
      .moveTo(x + 10, y)
      .lineTo(x + width - 10, y)
      .lineWidth(0.5)
      .strokeColor('#000000')
      .stroke()
    document
      .font(PLAIN)
      .fontSize(8)
      .text(text, x + 10, y + 5, { width: width - 20, align: 'center' })
  })
  document.y = y + 40
}

function drawFeet(document: Document, { foot }: Paper): void {
  const { start, count } = document.bufferedPageRange()
  for (let n = 0; n < count; n++) {
    document.switchToPage(start + n)
    // Below the margin: without this a new page would begin.
    document.page.margins.bottom = 0
    const at = { width: widthOf(document), align: 'center', lineBreak: false } as const
    document
      .font(PLAIN)
      .fontSize(7)
      .text(foot(n + 1, count), MARGIN, document.page.height - MARGIN, at)
  }
}
