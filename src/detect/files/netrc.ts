// Passwords of .netrc (also _netrc) and of apt's auth.conf, which has its form: "machine HOST login USER password SECRET" over one or many lines.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { baseName, latin1 } from './text.js'

const RULE = 'netrc-password'
const APT = /(?:^|\/)apt\/auth\.conf(?:\.d\/[^/]+)?$/i
const WORD = /"((?:[^"\\]|\\.)*)"|#[^\n]*|\S+/g

export const netrc: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 256 * 1024,
  accepts: (path) => /^[._]?netrc$/.test(baseName(path)) || APT.test(path),
  scan(file) {
    const matches: Match[] = []
    let host: string | undefined
    let before = ''
    let anonymous = false
    for (const word of latin1(file).matchAll(WORD)) {
      const quoted = word[1] !== undefined
      const value = word[1] ?? word[0]
      const start = word.index + (quoted ? 1 : 0)
      if (before === 'password') {
        const found = { ruleId: RULE, start, end: start + value.length, value }
        if (!anonymous || !value.includes('@'))
          matches.push(...passwordMatch(host === undefined ? found : { ...found, key: host }))
        before = ''
        continue
      }
      if (before === 'machine') host = value
      // Whose password is an address, by custom.
      if (before === 'login') anonymous = /^(?:anonymous|ftp)$/i.test(value)
      // A comment is only one where a keyword could stand: "#" may begin a password.
      if (!quoted && value.startsWith('#') && before === '') continue
      before = ['machine', 'login', 'account'].includes(before) ? '' : value
      if (value === 'default') host = undefined
    }
    return matches
  },
}
