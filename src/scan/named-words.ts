// Words of a command that stand where a password stands in many programs, by the words before them: `user add bob granite`, `login bob
// granite`, `password granite`. They look like nothing, so that only a person can say.
import { posix } from 'node:path'

/** Behind these come a user and a password. */
const OF_USER =
  /^(?:(?:add|create|new|register)[-_]?(?:user|admin|superuser|account)|(?:user|admin|account)[-_]?(?:add|create|new)|(?:set|change|reset|update)[-_]?(?:password|passwd|pw)|passwd|login|auth|authenticate|signin)$/i
/** Two words that say the same: user add, accounts create. */
const SUBJECT = /^(?:users?|accounts?|admins?|superuser)$/i
const DONE = /^(?:add|create|new|register|passwd|(?:set-?|change-?)?password)$/i
/** Behind these comes a password. */
const PASSWORD = /^(?:(?:set-?)?(?:password|passwd|passphrase)|pwd)$/i
/** Programs of the system whose words are other things: adduser USER GROUP. */
const OF_SYSTEM =
  /^(?:adduser|useradd|usermod|createuser|login|passwd|su|chpasswd|deluser|addgroup|groupadd|echo|printf|logger|curl|wget|expect|python\d?|node|psql|mysql|mariadb)$/
/** What is done, where it is done, what one may do, and words of sentences. */
const OTHER =
  /^(?:enable|disable|list|ls|login|logout|token|tokens|tune|create|add|set|get|status|refresh|renew|print|help|remove|delete|rm|reset|change|rotate|update|file|prompt|stdin|generate|hash|policy|admin|administrator|root|user|users|viewer|editor|owner|member|guest|role|group|superuser|basic|local|none|null|true|false|yes|no|on|off|for|the|is|are|in|from|to|and|or|of|with|was|not|must|will|has|by|at|as|it|a|an|required|protected|userpass|approle|kubernetes|ldap|oidc|jwt|github|aws|azure|gcp|cert|plain|default|set-password|passwd|password)$/i
const USER = /^(?!\d+$)[A-Za-z_][\w.@+-]{0,63}$/
/** No option, path, address, host, number, reference, list, sentence. */
const VALUE =
  /^(?![-+/.~$<>{[|&]|\d{1,5}$|https?:)(?!.*[\s/|;&<>(){}[\]$`,])(?!.*@)(?![\w-]+(?:\.[\w-]+)+$)(?!.*:).{4,64}$/

/** Indexes of the words of one command that stand where its program may take a password. `from`: the first one behind the program. */
export function wordsInPasswordPlace(words: readonly string[], from: number): readonly number[] {
  if (OF_SYSTEM.test(posix.basename(words[from - 1] ?? ''))) return []
  const found: number[] = []
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? ''
    const [first = '', second = ''] = [words[at + 1], words[at + 2]]
    const isVerb = OF_USER.test(word) || (DONE.test(word) && SUBJECT.test(words[at - 1] ?? ''))
    if (isVerb && isUser(first) && isValue(second)) found.push(at + 2)
    else if (!isVerb && PASSWORD.test(word) && isValue(first)) found.push(at + 1)
  }
  return found
}

const isUser = (word: string): boolean =>
  USER.test(word) && (!OTHER.test(word) || /^(?:admin|administrator|root|guest|user|superuser)$/i.test(word))
const isValue = (word: string): boolean => VALUE.test(word) && !OTHER.test(word)
