// Rows of SQL whose columns say what is a secret: INSERT INTO users (login, password) VALUES ('anna', '…'), (…). Hashes are other rules'.
import type { FileDetector, Match } from '../types.js'
import { looksTyped } from '../value-shape.js'
import { passwordMatch } from './match.js'
import { latin1 } from './text.js'

const RULE = 'sql-row-secret'
/** Columns that name a secret, not what is derived from one or said about one. */
const COLUMN = /(?:^|_)(?:password|passwd|passwort|pwd|pass|secret|token|api_?key|secret_?key|access_?key)$/i
const INSERT =
  /\b(?:insert|replace)\s+(?:low_priority\s+|delayed\s+|ignore\s+){0,2}into\s+[`"[\]\w.$]{1,160}\s*\(([^()]{1,4000})\)\s*values\s*(?=\()/gi
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
    for (const found of text.matchAll(INSERT)) {
      const columns = (found[1] ?? '').split(',').map((column) => column.replace(/[`"[\]\s]/g, ''))
      if (columns.some((column) => COLUMN.test(column)))
        matches.push(...secretsOfRows(text, found.index + found[0].length, columns))
    }
    return matches
  },
}

/** The literals of the rows from `start` on that stand in a column of secrets. */
function secretsOfRows(text: string, start: number, columns: readonly string[]): readonly Match[] {
  const matches: Match[] = []
  const tokens = new RegExp(TOKEN)
  tokens.lastIndex = start
  let [depth, place, rows] = [0, 0, 0]
  for (let token = tokens.exec(text); token !== null && rows < MOST_ROWS; token = tokens.exec(text)) {
    const [sign] = token
    if (sign === ';' || (sign === ')' && depth === 0)) break
    if (sign === '(' && ++depth === 1) place = 0
    else if (sign === ')' && --depth === 0) rows++
    else if (sign === ',' && depth === 1) place++
    else if (sign.length > 2 && depth === 1 && COLUMN.test(columns[place] ?? ''))
      matches.push(...secretIn(token.index, sign, columns[place] ?? ''))
  }
  return matches
}

function secretIn(at: number, literal: string, key: string): readonly Match[] {
  const written = literal.slice(1, -1)
  if (written.length > 200 || DIGEST.test(written) || !looksTyped(written)) return []
  return passwordMatch({
    ruleId: RULE,
    start: at + 1,
    end: at + 1 + written.length,
    value: written.replace(/''|\\(.)/gs, (all, escaped: string | undefined) => escaped ?? all[0] ?? ''),
    key,
    confidence: 'medium',
  })
}
