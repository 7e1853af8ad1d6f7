// Passwords of git's credential store: one URL a line, user and password percent-encoded.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { baseName, latin1, lines } from './text.js'

const RULE = 'git-credentials-password'
const ENTRY = /^([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:)([^\s@/]+)@([^\s/]+)/i
/** As people write it by hand: "@", "/" and "#" in the name or the password are not encoded. */
const UNENCODED = /^([a-z][a-z0-9+.-]*:\/\/[^\s:/]*:)(\S+)@([^\s/@]+)/i

/** What GitHub wants as the password of a token that is the user's name. */
const NO_PASSWORD = 'x-oauth-basic'

export const gitCredentials: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 256 * 1024,
  accepts: (path) => baseName(path) === '.git-credentials' || /(?:^|\/)(?:\.config\/)?git\/credentials$/i.test(path),
  scan(file) {
    const matches: Match[] = []
    for (const line of lines(latin1(file))) {
      const entry = ENTRY.exec(line.text) ?? UNENCODED.exec(line.text)
      if (!entry || entry[2] === NO_PASSWORD) continue
      const [, before = '', encoded = '', host = ''] = entry
      const start = line.start + before.length
      const value = percentDecoded(encoded)
      matches.push(
        ...passwordMatch({
          ruleId: RULE,
          start,
          end: start + encoded.length,
          value,
          key: host,
          decodedFrom: value === encoded ? [] : ['percent'],
        }),
      )
    }
    return matches
  },
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
