// The text of an office document, without the markup that tears it apart: what a word processor spells, marks or corrects becomes a piece of its
// own, so that a password lies in three. Reads the parts that hold text (ECMA-376, OpenDocument 1.3); knows no layout.

/** Parts of a document, by their names in its archive. */
const PART =
  /(?:^|\/)(?:word\/(?:document|comments|footnotes|endnotes|header\d*|footer\d*)|xl\/sharedStrings|ppt\/(?:slides\/slide|notesSlides\/notesSlide)\d+|content)\.xml$/
const SCHEMA = /openxmlformats\.org|opendocument|purl\.oclc\.org\/ooxml/
/** Characters that are held for the end of a tag. */
const MOST_HELD = 64 * 1024

/** true for a part of an office document that holds text; `head` as latin1. */
export const isOfficeText = (path: string, head: string): boolean =>
  path.endsWith('.xml') && PART.test(path) && SCHEMA.test(head)

/** What stands in front of the next text, by the tag that ends or is empty: lines are paragraphs, and a table's cells stand as in `Password: x`. */
const BETWEEN: ReadonlyMap<string, string> = new Map([
  ...['p', 'h', 'si', 'br', 'line-break', 'tr', 'table-row'].map((tag) => [tag, '\n'] as const),
  ...['tc', 'table-cell'].map((tag) => [tag, ': '] as const),
  ['tab', '\t'],
  ['s', ' '],
])
const TAG = /<[?!][^<>]*>|<(\/?)(?:\w+:)?([\w-]+)(?=[\s/>])([^<>]*)>|&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,8}));/gi
const ENTITIES: ReadonlyMap<string | undefined, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** The text in pieces, as its bytes come. */
export async function* officeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const plain = new PlainText()
  let held = ''
  for await (const chunk of bytes) {
    const text = held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')
    const cut = text.lastIndexOf('>') + 1
    const end = cut === 0 && text.length > MOST_HELD ? text.length : cut
    held = text.slice(end)
    if (end > 0) yield Buffer.from(plain.of(text.slice(0, end)), 'latin1')
  }
  yield Buffer.from(plain.of(held), 'latin1')
}

/** Markup to text; what a tag puts between texts waits for the next one. */
class PlainText {
  #between = ''

  of(markup: string): string {
    const parts: string[] = []
    let from = 0
    for (const found of markup.matchAll(TAG)) {
      this.#add(parts, markup.slice(from, found.index))
      from = found.index + found[0].length
      const [, closing, tag = '', rest = '', decimal, hex, entity] = found
      if (found[0].startsWith('&')) this.#add(parts, character(decimal, hex, entity) ?? found[0])
      else if (closing === '/' || rest.endsWith('/')) this.#between = BETWEEN.get(tag) ?? this.#between
    }
    this.#add(parts, markup.slice(from))
    return parts.join('')
  }

  #add(parts: string[], text: string): void {
    const isBlank = text.trim() === ''
    if (isBlank && (text === '' || this.#between !== '' || text.includes('\n'))) return
    parts.push(this.#between, text)
    this.#between = ''
  }
}

/** As UTF-8 in latin1, like the text round it. */
function character(decimal?: string, hex?: string, entity?: string): string | undefined {
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  if (Number.isNaN(code)) return ENTITIES.get(entity)
  return Buffer.from(String.fromCodePoint(Math.min(code, 0x10ffff))).toString('latin1')
}
