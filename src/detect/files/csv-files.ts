// Tables of logins as browsers and password managers export them: the first line names the columns, one of which holds the passwords.
import type { FileDetector, Match } from '../types.js'
import { looksRandom } from '../value-shape.js'
import { passwordMatch } from './match.js'
import { latin1, lines } from './text.js'

const RULE = 'csv-password-column'
const SECRET =
  /^(?:login[_ ])?(?:password|passwd|passwort|kennwort|passphrase|pwd|pass|api[_ ]?key|api[_ ]?token|totp)$/i
/** What says that the table is one of logins. */
const BESIDE =
  /^(?:login[_ ])?(?:user(?:[_ ]?name)?|login|e-?mail|url|uri|website|web ?site|host(?:name)?|account|benutzername|service|system|application|app|provider|vendor)$/i
/** Columns of random values, which need no such. */
const KEYS = /[a-z0-9][_ -](?:secret|token|api[_ -]?key|(?:access|secret)[_ -]key)$/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Digests are other rules'; a long text is no password. */
const NO_PASSWORD = /^(?:[0-9a-f]{32,128}|\$[0-9a-z]{1,12}\$.*|.{201,})$/i
function isValueFor(key: string, text: string): boolean {
  if (!SECRET.test(key)) return text.length >= 20 && looksRandom(text) && !UUID.test(text)
  return /^api/i.test(key) ? looksRandom(text) : !NO_PASSWORD.test(text)
}
const LONGEST_HEADER = 2000
const MOST_ROWS = 1000

interface Cell {
  readonly text: string
  readonly start: number
}

export const csvFiles: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path) => /\.(?:csv|tsv)$/i.test(path),
  scan(file) {
    const rows = lines(latin1(file))
    const head = rows.next().value
    if (head === undefined || head.text.length > LONGEST_HEADER) return []
    const separator = [',', ';', '\t'].find((each) => head.text.includes(each))
    if (separator === undefined) return []
    const names = cellsOf(head.text.replace(/^\xef\xbb\xbf/, ''), 0, separator).map(({ text }) => text.trim())
    const isLogins = names.some((name) => BESIDE.test(name))
    const secret = new Set(names.filter((name) => (isLogins && SECRET.test(name)) || KEYS.test(name)))
    if (secret.size === 0) return []
    const matches: Match[] = []
    let read = 0
    for (const { text, start } of rows) {
      if (++read > MOST_ROWS) break
      for (const [column, cell] of cellsOf(text, start, separator).entries()) {
        const key = names[column] ?? ''
        if (!secret.has(key) || cell.text.length < 4 || !isValueFor(key, cell.text)) continue
        const end = cell.start + cell.text.length
        matches.push(...passwordMatch({ ruleId: RULE, start: cell.start, end, value: cell.text, key }))
      }
    }
    return matches
  },
}

/** The cells of a line, without quotation marks; one that spans lines is not told. */
function cellsOf(line: string, start: number, separator: string): readonly Cell[] {
  const cells: Cell[] = []
  let at = 0
  while (at <= line.length) {
    const quoted = line[at] === '"'
    const from = quoted ? at + 1 : at
    const found = line.indexOf(quoted ? '"' : separator, from)
    const to = found < 0 ? line.length : found
    cells.push({ text: line.slice(from, to), start: start + from })
    const next = line.indexOf(separator, to)
    if (next < 0) break
    at = next + 1
  }
  return cells
}
