// Password hashes that systems keep: shadow and passwd, Apache's htpasswd and htdigest. A hash can be guessed off line.
import type { FileDetector, Match } from '../types.js'
import { fileMatch } from './match.js'
import { baseName, latin1, lines } from './text.js'

const SHADOW = 'shadow-password-hash'
const LOCKED = 'shadow-locked-password-hash'
const HTPASSWD = 'htpasswd-hash'
const HTDIGEST = 'htdigest-hash'

/** crypt(5): "$id$…", DES's 13 characters, BSDi's "_" form. */
const CRYPT =
  /^(?:\$(?:1|2[abxy]?|5|6|7|md5|sha1|y|gy|sm3|sm3y|apr1|argon2(?:id?|d))\$[./0-9A-Za-z$=,+*]{8,300}|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13})$/
const SHADOW_LINE = /^([a-z_][a-z0-9_.-]{0,31}\$?):([!*]{0,2})([^:*!]{13,400}):/i
const HTPASSWD_LINE =
  /^([^:\s#][^:]{0,254}):(\{SHA\}[0-9A-Za-z+/]{27}=|\{SSHA\}[0-9A-Za-z+/]{30,60}={0,2}|[^:\s]{13,300})$/
const HTDIGEST_LINE = /^([^:\s#][^:]{0,254}):([^:]{1,254}):([0-9a-f]{32})$/

export const shadow: FileDetector = {
  ruleIds: [SHADOW, LOCKED],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path) =>
    /(?:^|\/)(?:etc\/(?:shadow|gshadow|passwd|master\.passwd)(?:[-~]|\.bak|\.old|\.orig)?|shadow(?:[-~]|\.bak)?|master\.passwd)$/i.test(
      path,
    ),
  scan(file) {
    const matches: Match[] = []
    for (const line of lines(latin1(file))) {
      const entry = SHADOW_LINE.exec(line.text)
      const [, user = '', lock = '', hash = ''] = entry ?? []
      if (!entry || !CRYPT.test(hash)) continue
      const start = line.start + user.length + 1 + lock.length
      matches.push(
        fileMatch({
          ruleId: lock === '' ? SHADOW : LOCKED,
          start,
          end: start + hash.length,
          value: hash,
          key: user,
          validity: 'plausible',
        }),
      )
    }
    return matches
  },
}

export const htpasswd: FileDetector = {
  ruleIds: [HTPASSWD, HTDIGEST],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path) => /(?:htpasswd|htdigest|\.htusers|proftpd\.passwd|^ftpd?\.passwd)/.test(baseName(path)),
  scan(file) {
    const matches: Match[] = []
    for (const line of lines(latin1(file))) {
      const digest = HTDIGEST_LINE.exec(line.text)
      const entry = digest ?? HTPASSWD_LINE.exec(line.text) ?? SHADOW_LINE.exec(line.text)
      const hash = (digest ? digest[3] : entry?.[entry.length - 1]) ?? ''
      const user = entry?.[1]
      if (!entry || user === undefined || !(digest || hash.startsWith('{') || CRYPT.test(hash))) continue
      const start = line.start + entry[0].lastIndexOf(hash)
      matches.push(
        fileMatch({
          ruleId: digest ? HTDIGEST : HTPASSWD,
          start,
          end: start + hash.length,
          value: hash,
          key: user,
          validity: 'plausible',
        }),
      )
    }
    return matches
  },
}
