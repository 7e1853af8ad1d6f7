// Addresses that people write hold logins: messages quote them, and say where to, not as whom.

const MASK = '****'
/** The "@" behind a login: not that of an image's digest. */
const AT = /@(?!sha\d+:)/g
const SCHEME = /[a-z][a-z0-9+.-]{0,30}:\/{1,2}/i
/** `user:` in front of the password, behind a scheme. A port with a path, or an IPv6 address, is a host's. */
const USER_OF_URL = /^[^/:@[]{0,256}:(?!\d+[/?#])/
/** The same without a scheme; what begins as a path is a mount's, an image's port ends at a slash. */
const USER = /(?<![^\s"'`([{<=,;/:])[^\s"'`([{<=,;/:@]{1,256}:(?![/.~\\]|\d+\/)/
const REFERENCE = /^\$(?:\w+|\{\w+\})$/

/** Where the login of `head`, a word up to the "@" behind one, begins; undefined where it has none. */
function loginStart(head: string): number | undefined {
  const scheme = SCHEME.exec(head)
  if (scheme !== null) {
    const start = scheme.index + scheme[0].length
    const rest = head.slice(start)
    const user = USER_OF_URL.exec(rest)?.[0]
    if (user !== undefined) return REFERENCE.test(rest.slice(user.length)) ? undefined : start
    // A token stands in the place of the user; ssh has names there, and a path that lost a slash was an address of the web.
    const isUser = !/[/?#:[]/.test(rest) && (scheme[0].endsWith('//') || /^https?:/i.test(scheme[0]))
    if (isUser && !/ssh:/i.test(scheme[0]) && !REFERENCE.test(rest)) return start
  }
  const user = USER.exec(head)
  if (user === null || /^mailto:$/i.test(user[0])) return undefined
  return REFERENCE.test(head.slice(user.index + user[0].length)) ? undefined : user.index
}

function withoutLogin(word: string): string {
  const at = [...word.matchAll(AT)].at(-1)?.index
  const start = at === undefined ? undefined : loginStart(word.slice(0, at))
  return start === undefined ? word : `${word.slice(0, start)}${MASK}${word.slice(at)}`
}

/** `text` with the login of each address in it (`https://user:password@host`, `https://token@host`, `user:password@host`) shown as "****". */
export function withoutLogins(text: string): string {
  if (!text.includes('@')) return text
  // Word by word: a search over the whole of a stranger's text could take long.
  return text
    .split(/(\s+)/)
    .map((word) => (word.includes('@') ? withoutLogin(word) : word))
    .join('')
}
