// Passwords of a PostgreSQL password file: host:port:database:user:password, with "\:" and "\\" escaped.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { baseName, latin1, lines } from './text.js'

const RULE = 'pgpass-password'
const ENTRY = /^((?:(?:[^:\\]|\\.)*:){4})((?:[^:\\]|\\.)+)$/

export const pgpass: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 256 * 1024,
  accepts: (path) => ['.pgpass', 'pgpass', 'pgpass.conf'].includes(baseName(path)),
  scan(file) {
    const matches: Match[] = []
    for (const line of lines(latin1(file))) {
      const entry = line.text.startsWith('#') ? null : ENTRY.exec(line.text)
      if (!entry) continue
      const [, before = '', escaped = ''] = entry
      const start = line.start + before.length
      const value = escaped.replace(/\\(.)/g, '$1')
      matches.push(
        ...passwordMatch({
          ruleId: RULE,
          start,
          end: start + escaped.length,
          value,
          decodedFrom: value === escaped ? [] : ['backslash'],
        }),
      )
    }
    return matches
  },
}
