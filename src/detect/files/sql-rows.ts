// Rows of SQL whose columns say what is a secret: INSERT INTO users (login, password) VALUES ('anna', '…'), (…); the same where only CREATE
// TABLE names the columns, as mysqldump and sqlite3 write it; COPY … FROM stdin of pg_dump. Hashes are other rules'.
import type { FileDetector, Match } from '../types.js'
import { looksTyped } from '../value-shape.js'
import { passwordMatch } from './match.js'
import { latin1 } from './text.js'

const RULE = 'sql-row-secret'
/** Columns that name a secret, not what is derived from one or said about one. */
const COLUMN = /(?:^|_)(?:password|passwd|passwort|pwd|pass|secret|token|api_?key|secret_?key|access_?key)$/i
const INSERT =
  /\b(?:insert|replace)\s+(?:low_priority\s+|delayed\s+|ignore\s+){0,2}into\s+([`"[\]\w.$]{1,160})\s*(?:\(([^()]{1,4000})\)\s*)?values\s*(?=\()/gi
const CREATE = /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?([`"[\]\w.$]{1,160})\s*\(/gi
/** The rows follow, one a line with tabs between, up to a line of `\\.`. */
const COPY = /^copy\s+[`"[\]\w.$]{1,160}\s*\(([^()]{1,4000})\)\s+from\s+stdin\b[^;\n]{0,200};[^\n]*\n/gim
/** What CREATE TABLE lists beside columns. */
const NO_COLUMN = /^(?:primary|foreign|unique|key|index|constraint|check|fulltext|spatial)$/i
/** Characters of one CREATE TABLE. */
const LONGEST_TABLE = 20_000
/** A literal, the comma or bracket behind a value, or a call's bracket. */
const TOKEN = /'(?:[^'\\]|\\.|'')*'|[(),;]/gs
/** Rows of one statement that are read: a dump's are alike. */
const MOST_ROWS = 1000
/** A digest of a password, by whatever function: found by its own rule where it has a form. */
const DIGEST =
  /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}|\$[0-9a-z]{1,12}\$.*|\{\w+\}.*|pbkdf2_.*|scrypt:.*)$/i

export const sqlRows: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 8 * 1024 * 1024,
  accepts: (path) => /\.(?:sql|dump|ddl|mysql|pgsql|psql)(?:\.(?:bak|old|orig|txt))?$/i.test(path),
  scan(file) {
    const text = latin1(file)
    const matches: Match[] = []
    const tables = columnsByTable(text)
    eachStatement(text, INSERT, (start, [, table = '', listed]) => {
      const columns = listed === undefined ? tables.get(bareName(table)) : listed.split(',').map(bareName)
      return hasSecrets(columns) ? secretsOfRows(text, start, columns, matches) : start
    })
    eachStatement(text, COPY, (start, [, listed = '']) => {
      const columns = listed.split(',').map(bareName)
      return hasSecrets(columns) ? secretsOfLines(text, start, columns, matches) : start
    })
    return matches
  },
}

/** Calls `read` with what follows each match, which says where it stopped: what it read is not read again, whatever matches in it. */
function eachStatement(text: string, pattern: RegExp, read: (start: number, found: RegExpExecArray) => number): void {
  let free = 0
  for (const found of text.matchAll(pattern)) if (found.index >= free) free = read(found.index + found[0].length, found)
}

const hasSecrets = (columns: readonly string[] = []): columns is readonly string[] =>
  columns.some((column) => COLUMN.test(column))

/** A name without quotes and schema, in lower case. */
const bareName = (name: string): string =>
  name
    .replace(/[`"[\]\s]/g, '')
    .replace(/^.*\./, '')
    .toLowerCase()

/** The columns of each CREATE TABLE that has one of secrets, in their order. */
function columnsByTable(text: string): ReadonlyMap<string, readonly string[]> {
  const tables = new Map<string, readonly string[]>()
  eachStatement(text, CREATE, (start, [, name = '']) => {
    const { parts, end } = definitions(text.slice(start, start + LONGEST_TABLE))
    const columns = parts
      .map((definition) => /^\s*([`"[]?\w+)/.exec(definition)?.[1] ?? '')
      .filter((column) => !NO_COLUMN.test(column))
      .map(bareName)
    if (hasSecrets(columns)) tables.set(bareName(name), columns)
    return start + end
  })
  return tables
}

/** What stands between the commas of a list, up to the bracket that ends it. */
function definitions(list: string): { readonly parts: readonly string[]; readonly end: number } {
  const parts: string[] = []
  let [depth, start] = [1, 0]
  for (const { index, 0: sign } of list.matchAll(TOKEN)) {
    if (sign === '(') depth++
    else if (sign === ')') depth--
    if ((sign === ',' && depth === 1) || depth === 0) {
      parts.push(list.slice(start, index))
      start = index + 1
    }
    if (depth === 0) return { parts, end: start }
  }
  return { parts, end: list.length }
}

/** Adds the fields of the lines from `start` on that stand in a column of secrets; where the lines end. */
function secretsOfLines(text: string, start: number, columns: readonly string[], matches: Match[]): number {
  let at = start
  for (let rows = 0; at < text.length && rows < MOST_ROWS; rows++) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    if (line.startsWith('\\.')) break
    let field = at
    for (const [place, value] of line.split('\t').entries()) {
      const key = columns[place] ?? ''
      if (COLUMN.test(key)) matches.push(...secretIn(field, value, key))
      field += value.length + 1
    }
    at += line.length + 1
  }
  return at
}

/** Adds the literals of the rows from `start` on that stand in a column of secrets; where the statement ends. */
function secretsOfRows(text: string, start: number, columns: readonly string[], matches: Match[]): number {
  const tokens = new RegExp(TOKEN)
  tokens.lastIndex = start
  let [depth, place, rows] = [0, 0, 0]
  for (let token = tokens.exec(text); token !== null && rows < MOST_ROWS; token = tokens.exec(text)) {
    const [sign] = token
    if (sign === ';' || (sign === ')' && depth === 0)) return tokens.lastIndex
    if (sign === '(' && ++depth === 1) place = 0
    else if (sign === ')' && --depth === 0) rows++
    else if (sign === ',' && depth === 1) place++
    else if (sign.length > 2 && depth === 1 && COLUMN.test(columns[place] ?? ''))
      matches.push(...secretIn(token.index + 1, sign.slice(1, -1), columns[place] ?? ''))
  }
  return tokens.lastIndex === 0 ? text.length : tokens.lastIndex
}

/** `written`: the value with its escapes. */
function secretIn(start: number, written: string, key: string): readonly Match[] {
  if (written.length > 200 || DIGEST.test(written) || !looksTyped(written)) return []
  return passwordMatch({
    ruleId: RULE,
    start,
    end: start + written.length,
    value: written.replace(/''|\\(.)/gs, (all, escaped: string | undefined) => escaped ?? all[0] ?? ''),
    key,
    confidence: 'medium',
  })
}
