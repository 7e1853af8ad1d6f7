// Tables in Markdown whose head names a column of passwords or keys, as people keep them in wikis and readmes. What looks random is believed;
// what a person typed only under a head that says "password".
import { isPlaceholder } from '../placeholder.js'
import type { FileDetector, Match } from '../types.js'
import { looksRandom, looksTyped } from '../value-shape.js'
import { passwordMatch } from './match.js'
import { type Line, latin1, lines } from './text.js'

const RULE = 'markdown-table-secret'
const PASSWORD = /^(?:[\w ]{0,24}[ _-])?(?:password|passwort|kennwort|passwd|passphrase|pwd|pass|pin ?code)$/i
const KEY = /^(?:[\w ]{0,24}[ _-])?(?:key|token|secret|credentials?|api[ _-]?key|value)$/i
/** A head and the line below it: | --- | :---: | */
const HEAD =
  /^([^\n]{0,400}\|[^\n]{0,400})\n[ \t]{0,8}\|?[ \t]{0,8}:?-{2,80}:?[ \t]{0,80}\|[ \t:|-]{0,800}\r?(?:\n|$)/gm
const EMPHASIS = '*_`"\'<>'
const MOST_ROWS = 1000

export const markdownTables: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path) => /\.(?:md|markdown|mdx|wiki|txt|org)$/i.test(path),
  scan(file) {
    const text = latin1(file)
    const matches: Match[] = []
    for (const { 0: whole, 1: head = '', index } of text.matchAll(HEAD)) {
      const heads = cellsOf({ text: head, start: 0 }).map((cell) => cell.text)
      if (heads.some(isOfSecrets)) matches.push(...secretsOfRows(text, index + whole.length, heads))
    }
    return matches
  },
}

const isOfSecrets = (head: string): boolean => PASSWORD.test(head) || KEY.test(head)

function secretsOfRows(text: string, start: number, heads: readonly string[]): Match[] {
  const matches: Match[] = []
  let rows = 0
  for (const line of lines(text.slice(start))) {
    if (!line.text.includes('|') || ++rows > MOST_ROWS) break
    const row = cellsOf({ text: line.text, start: start + line.start })
    matches.push(...row.flatMap((cell, column) => secretIn(cell, heads[column] ?? '')))
  }
  return matches
}

/** The cells of a row without the marks of emphasis and code round them; the bar that begins a row begins no cell. */
function cellsOf({ text, start }: Line): readonly Line[] {
  const cells: Line[] = []
  let at = /^\s*\|?/.exec(text)?.[0].length ?? 0
  for (const written of text.slice(at).split('|')) {
    cells.push(withoutMarks(written, start + at))
    at += written.length + 1
  }
  return cells
}

function withoutMarks(text: string, start: number): Line {
  const isMark = (place: number): boolean => EMPHASIS.includes(text[place] ?? '') || /\s/.test(text[place] ?? '')
  let [from, to] = [0, text.length]
  while (from < to && isMark(from)) from++
  while (to > from && isMark(to - 1)) to--
  return { text: text.slice(from, to), start: start + from }
}

function secretIn({ text, start }: Line, head: string): readonly Match[] {
  const isPassword = PASSWORD.test(head)
  if ((!isPassword && !KEY.test(head)) || text.length > 200 || /\s/.test(text) || isPlaceholder(text)) return []
  if (!looksRandom(text) && !(isPassword && isTyped(text))) return []
  return passwordMatch({ ruleId: RULE, start, end: start + text.length, value: text, key: head, confidence: 'medium' })
}

/** Typed by a person, and no name of a variable or a file, no range and no type: `DB_PASSWORD`, `8-64`, `varchar(64)`. */
const isTyped = (text: string): boolean =>
  looksTyped(text) && !/^[A-Z0-9_]+$|[()[\]{}]|^[\d.-]+$|^[\w-]+\.\w{1,5}$|^https?:/.test(text)
