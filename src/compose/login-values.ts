// Values that give users with their passwords: what separates them, by what program reads them.

/** user:password; a host with its port is none. */
const LOGIN = /^[\w.@+-]+:(?!\d{1,5}$)[^\s:/,]{3,}$/
/** The same of several users, each with more behind the password (a user ID, a folder). */
const LOGINS =
  /^[\w.@+-]+:(?!\d{1,5}(?:$|[:;,|\s]))[^\s:/,;|]{2,}(?::[\w./-]*)*(?:[\s;,|]+[\w.@+-]+:[^\s:/,;|]+(?::[\w./-]*)*)*\s*$/
/** Each of their passwords. */
const PASSWORDS = /(?<=(?:^|[\s;,|])[\w.@+-]+:)[^\s:/,;|]+/g
/** The same of several users with other signs between (delfer/alpine-ftp-server): user|password[|folder[|user ID]] */
const PIPED_LOGINS = /^[\w.@+-]+\|[^\s|]{2,}(?:\|[\w./-]*)*(?:\s+[\w.@+-]+\|[^\s|]{2,}(?:\|[\w./-]*)*)*$/
/** Kafka's users, User:admin;User:CN=broker, and as whom a program runs: USER: node:node, RUN_AS_USER: app:staff */
const isUserAndGroup = (name: string, value: string): boolean =>
  /^User:/.test(value) || (/user$/i.test(name) && /^(?:([\w-]+):\1|[\w-]+:[a-z-]+)$/.test(value))
/** true where the value of the variable `name` gives users with their passwords. */
export const givesLogins = (name: string, value: string): boolean =>
  (PIPED_LOGINS.test(value) || LOGINS.test(value)) && !isUserAndGroup(name, value)

const NAMES_LOGINS =
  /(?:^|[_.-])(?:(?:auth|s?ftp|local|http|proxy|ejabberd|xmpp|smtp|imap|mail|rsync|webdav|mqtt)[_.-]?users?|logins)$/i
/** The USER, USER2 … of dperson/samba: name;password[;ID;group;group ID] */
const SEMICOLON_LOGIN = /^[\w.@-]+;[^\s;]{2,}(?:;[\w-]*)*$/
const NAMES_USER = /^(?:user\d*|vpn_auth)$/i
/** The REDIS_HOSTS of Redis Commander: label:host:port:database:password */
const REDIS_HOST = /^[\w.-]+:[\w.-]+:\d+:\d+:(?=[^\s,:])/

/**
 * UTF-16 offsets of the passwords, `end` exclusive, in what a variable like MP_SMTP_AUTH or SFTP_USERS gives as user:password, each user's
 * by itself; none for another name or text.
 */
export function loginPasswords(name: string, value: string): readonly (readonly [start: number, end: number])[] {
  const behind = (sign: string) => [[value.indexOf(sign) + 1, value.length] as const]
  if (NAMES_USER.test(name) && SEMICOLON_LOGIN.test(value)) return behind(';')
  if (/^redis_hosts$/i.test(name)) return redisPasswords(value)
  if (/(?:^|[_.-])auth$/i.test(name)) return LOGIN.test(value) ? behind(':') : []
  if (!NAMES_LOGINS.test(name) || !LOGINS.test(value)) return []
  return [...value.matchAll(PASSWORDS)].map(({ 0: password, index }) => [index, index + password.length] as const)
}

const redisPasswords = (value: string): readonly (readonly [start: number, end: number])[] =>
  [...value.matchAll(/[^,\s]+/g)].flatMap(({ 0: host, index }) => {
    const front = REDIS_HOST.exec(host)?.[0].length
    return front === undefined ? [] : [[index + front, index + host.length] as const]
  })
