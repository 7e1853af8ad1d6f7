// A YAML file as a scan of its text shall see it: an anchor or a tag in front of a value, and an alias in place of one, are no part of values.
import { CST, Lexer } from 'yaml'

const PROPERTIES: ReadonlySet<CST.TokenType | null> = new Set(['anchor', 'alias', 'tag'])

/** The same bytes with spaces in place of anchors, aliases and tags, so that offsets stay. Throws nothing: what is no YAML comes as it is. */
export function withoutProperties(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8')
  if (!/[&*!]/.test(text)) return bytes
  const blanked = Buffer.from(bytes)
  let at = 0
  let isScalar = false
  for (const lexeme of new Lexer().lex(text)) {
    const isMark: boolean = !isScalar && MARKS.has(lexeme)
    const size = isMark ? 0 : Buffer.byteLength(lexeme)
    if (!isScalar && PROPERTIES.has(CST.tokenType(lexeme))) blanked.fill(' ', at, at + size)
    isScalar = isMark && lexeme === CST.SCALAR
    at += size
  }
  // Bytes that are no UTF-8 have another length as text: nothing is where it seems.
  return at === bytes.length ? blanked : bytes
}

/** What the lexer says between the parts of the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR])
