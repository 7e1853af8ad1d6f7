// A Compose file as a scan of its whole text shall see it: an anchor or a tag in front of a value, and an alias in place of one, are no part of
// values, a mapping in braces is no value of its key (db_password: {file: …}), and $$NAME is a variable of the container's shell.
import { CST, Lexer } from 'yaml'

const PROPERTIES: ReadonlySet<CST.TokenType | null> = new Set(['anchor', 'alias', 'tag'])
/** What the lexer says between the parts of the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR])
/** $$NAME, $${NAME}; inside of a word it is a dollar of that. */
const REFERENCE = /(?<![\w$])\$\$(?=[A-Za-z_{])/g
const SPACE = 0x20

/** The same bytes with spaces in place of what is no part of values, so that offsets stay. What is no YAML comes as it is. */
export function asScanned(bytes: Uint8Array): Uint8Array {
  const blanked = Buffer.from(bytes)
  // One unit for each byte.
  for (const { index } of blanked.toString('latin1').matchAll(REFERENCE)) blanked[index] = SPACE
  return withoutProperties(blanked)
}

function withoutProperties(bytes: Buffer): Uint8Array {
  const text = bytes.toString('utf8')
  if (!/[&*!{]/.test(text)) return bytes
  const blanked = Buffer.from(bytes)
  let at = 0
  let isScalar = false
  let colon: number | undefined
  for (const lexeme of new Lexer().lex(text)) {
    const isMark: boolean = !isScalar && MARKS.has(lexeme)
    const size = isMark ? 0 : Buffer.byteLength(lexeme)
    const type = isScalar || isMark ? null : CST.tokenType(lexeme)
    if (PROPERTIES.has(type)) blanked.fill(SPACE, at, at + size)
    if (type === 'flow-map-start' && colon !== undefined) blanked[colon] = SPACE
    if (type === 'map-value-ind') colon = at
    else if (type !== 'space' && !PROPERTIES.has(type)) colon = undefined
    isScalar = isMark && lexeme === CST.SCALAR
    at += size
  }
  // Bytes that are no UTF-8 have another length as text: nothing is where it seems.
  return at === bytes.length ? blanked : bytes
}
