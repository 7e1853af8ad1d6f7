// Which names say that their value is secret, and which values are none under any name. Used on variables, arguments and flags of a project
// the user owns, so it is bolder than detection in strangers' images.
import { isKeyPath } from '../support/key-path.js'
import { givesLogins } from './login-values.js'
import {
  ABOUT,
  COUNTED,
  ENDS_SECRET,
  NAME_KEYS,
  PUBLIC_KEYS,
  SECRET_KEYS,
  SECRET_NOUNS,
  SECRET_PAIRS,
  TRAILING,
  VAGUE_NOUNS,
} from './name-words.js'

/** Words of a name: parts between separators and case changes, in the singular, without the digits at their ends. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z][0-9]*)([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, '').replace(/ies$/, 'y'))
    .map((word) => (/^..+[^sui]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word))
    .filter((word) => word !== '')
}

/**
 * Names that follow none of this: Vault's first token, what makes a Plex server one's own, the password of one of VerneMQ's users, the keys of a
 * Z-Wave network (KEY_S2_AccessControl), the passwords of SoftEther's server and hub.
 */
const OWN_TOKEN =
  /(?:^|[_-])root[_-]token[_-]id$|(?:^|[_-])plex[_-]?claim$|^docker_vernemq_user_\w+$|^key_(?:lr_)?s[02]_[a-z]+$|^[sh]pw$/i
/** A user of servercontainers/samba with the password behind: ACCOUNT_bob; settings of an account are written in capitals. */
const SAMBA_USER = /^ACCOUNT_(?!(?:id|name|email|url|type|role|key)$)[a-z][a-z0-9_-]*$/
/** Kafka's images take the name of a file by these. */
const FILE_NAME = /_(?:KEYSTORE|TRUSTSTORE|KEY)_CREDENTIALS$/

/** nginx's word for where a request goes; what a cluster is called. */
const OTHER_NAME = /proxy_?pass$|initial[_-]?cluster[_-]?token$/i

/** true where a variable of this name holds the name of a file, whatever it looks like. */
export const namesFile = (name: string): boolean => FILE_NAME.test(name)

/** What a name says of its value. `key`: a key, and not what for. `name`: one by which something is found. `vague`: seldom a secret. */
type Said = 'secret' | 'key' | 'name' | 'vague'

interface Saying {
  readonly what: Said
  /** Nothing stands behind the word that says so but which one it is, or how it is written. */
  readonly atEnd: boolean
}

/** What a key with these words in front is. */
function keyFor(words: readonly string[]): Exclude<Said, 'vague'> | 'public' {
  const before = words.at(-1) ?? ''
  // ENCRYPTION_PRIMARY_KEY
  const meant = TRAILING.has(before) && SECRET_KEYS.has(words.at(-2) ?? '') ? (words.at(-2) ?? '') : before
  if (SECRET_KEYS.has(meant)) return 'secret'
  return PUBLIC_KEYS.has(meant) ? 'public' : NAME_KEYS.has(meant) ? 'name' : 'key'
}

function sayingOf(name: string): Saying | undefined {
  if (OWN_TOKEN.test(name) || SAMBA_USER.test(name)) return { what: 'secret', atEnd: true }
  const words = wordsOf(name)
  const last = words.findLastIndex((word, index) => index === 0 || !TRAILING.has(word))
  if (namesFile(name) || OTHER_NAME.test(name) || ABOUT.has(words[last] ?? '') || ABOUT.has(words.at(-1) ?? ''))
    return undefined
  const key = words[last] === 'key' ? keyFor(words.slice(0, last)) : undefined
  if (key !== undefined && key !== 'key') return key === 'public' ? undefined : { what: key, atEnd: true }
  const noun = words.findLastIndex(
    (word, index) =>
      SECRET_NOUNS.has(word) || ENDS_SECRET.test(word) || SECRET_PAIRS.has(`${words[index - 1]} ${word}`),
  )
  if (noun >= 0 && !words.slice(noun + 1).some((word) => ABOUT.has(word)))
    return { what: 'secret', atEnd: noun >= last }
  if (noun >= 0) return undefined
  if (key !== undefined) return { what: key, atEnd: true }
  const which = words.findLastIndex((word, index) => word === 'key' && SECRET_KEYS.has(words[index - 1] ?? ''))
  if (which > 0 && !words.slice(which + 1).some((word) => ABOUT.has(word))) return { what: 'key', atEnd: false }
  return VAGUE_NOUNS.has(words[last] ?? '') ? { what: 'vague', atEnd: true } : undefined
}

/** true where a variable of this name holds a secret by its name alone (MYSQL_PASSWORD, clientSecret, GITEA__security__SECRET_KEY). */
export const isSecretName = (name: string): boolean => sayingOf(name)?.what === 'secret'

/** true where nothing stands behind the word that says so but which one it is, or how it is written. */
export const saysSecretAtEnd = (name: string): boolean => {
  const saying = sayingOf(name)
  return saying?.what === 'secret' && saying.atEnd
}

/** A name of something, in whatever style: created_at, app:cache, my.queue. */
const IDENTIFIER = /^[a-z]+(?:[_.:/-][a-z]+)*$/i
/** A name that says it is a secret. */
const SAYS_SECRET = /secret|passw|changeme|change-|insecure|key/i
const LONGEST_IDENTIFIER = 24
const FILE_ENDING = /\.(?:pem|key|crt|cert?|der|p12|pfx|jks|pub|asc|gpg|json|txt|ya?ml|toml)$/i

const isFile = (value: string): boolean => FILE_ENDING.test(value) || isKeyPath(value)

/** true for what looks like a key: no name, no number, no file, no address. */
const isKeyLike = (value: string): boolean =>
  value.length >= 4 &&
  !/^-?\d{1,5}(?:\.\d+)?$|^https?:\/\/[^@]*$|^[\w.-]+:\d+$|\s/.test(value) &&
  !isFile(value) &&
  (!IDENTIFIER.test(value) || value.length > LONGEST_IDENTIFIER || SAYS_SECRET.test(value))

/** true for what nobody types. */
const isRandom = (value: string): boolean => /^(?=.*\d)(?=.*[a-z])[\w+/=-]{20,}$/i.test(value)

/** What nobody gives a setting or a page (PASSWORDCHECKENDPOINT): a password's mixture, and no sign of a URL, a path or a pattern. */
const MADE_UP = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[@#%*!+=~&])[\w@#%*!+=~&.-]{12,64}$/

/** Letters and digits, as what a program makes up. */
const MIXED = /^(?=.*\d)(?=.*[a-z])[\w+/=-]{12,}$/i

/** Lines of a board's chip are numbered lower. */
const isPin = (name: string, value: string): boolean => /pin\d*$/i.test(name) && /^\d{4,12}$/.test(value)

/** What may give several users with their passwords, or one: WEB_LOGIN */
const NAMES_USERS = /users?\d*$|accounts$|login$/i

/** DBROOT: mostly the password of a database's root, now and then its name or a folder. */
const isOfRoot = (name: string, value: string): boolean =>
  /(?:^|_)(?:db|mysql|mariadb|pg|postgres|mongo|sql)_?root$/i.test(name) &&
  /^[^\s/.]{4,}$/.test(value) &&
  !/^(?:root|admin|postgres)$/.test(value)

/** What a browser sends: name=value; name=value */
const COOKIES = /^[\w.-]+=[^\s;=]{6,}(?:=*;\s*[\w.-]+=[^\s;]*)*;?$/

/** The words that a wallet's keys are made from: twelve to twenty-four of a fixed list, which stand in no sentence's order. */
const PHRASE = /^[a-z]{3,8}(?: [a-z]{3,8}){11,23}$/
const isSeedPhrase = (name: string, value: string): boolean =>
  /seed|phrase|wallet/i.test(name) && PHRASE.test(value) && value.split(' ').length % 3 === 0

/** A private key (of Ethereum in hexadecimal, of Solana in base58) or a seed, or several, under a name that may be of much else. */
const CHAIN_KEY = /^(?:(?:0x)?(?:[0-9a-f]{64}|[0-9a-f]{128})|[1-9a-z]{87,88})$/i
const NAMES_CHAIN_KEY: ReadonlySet<string> = new Set(['pk', 'pks', 'priv', 'privkey', 'seed'])
const isChainKey = (name: string, value: string): boolean =>
  value.split(/[,;\s]+/).every((each) => CHAIN_KEY.test(each)) &&
  wordsOf(name).some((word) => NAMES_CHAIN_KEY.has(word))

/**
 * Whether `value` is a secret by its variable's name. `maybe`: the name leaves it open, and a person has to say.
 */
export function secretBy(name: string, value: string): 'secret' | 'maybe' | undefined {
  const saying = sayingOf(name)
  if (isNoSecretValue(value)) return undefined
  if (isSeedPhrase(name, value) || isChainKey(name, value)) return 'secret'
  if (saying === undefined) {
    const isLogins = NAMES_USERS.test(name) && givesLogins(name, value)
    return isLogins || isOfRoot(name, value) || (/passw/i.test(name) && MADE_UP.test(value)) ? 'maybe' : undefined
  }
  const { what, atEnd } = saying
  if (what === 'name') return isRandom(value) ? 'maybe' : undefined
  // API_KEY_WEATHER: behind the key stands whose it is, which may be something about it, too.
  if (what === 'key' && !atEnd) return !isKeyLike(value) ? undefined : MIXED.test(value) ? 'secret' : 'maybe'
  if (what === 'key' && isKeyLike(value)) return 'secret'
  if (what === 'key') return !FILE_ENDING.test(value) && /^[a-z]/i.test(value) ? 'maybe' : undefined
  if (what === 'vague')
    return isPin(name, value) ? 'secret' : isKeyLike(value) || COOKIES.test(value) ? 'maybe' : undefined
  if ((COUNTED.test(name) && /^\d+$/.test(value)) || (/key$/i.test(name) && isFile(value))) return undefined
  const isCount = /tokens$/i.test(name) && /^\d+$/.test(value)
  return isCount || (!atEnd && SETTING_OR_HOST.test(value)) ? 'maybe' : 'secret'
}

/** TOKEN_ROUNDING: 10, SALT_MASTER: salt.example.com */
const SETTING_OR_HOST = /^\d{1,5}(?:\.\d+)?$|^[a-z-]+(?:\.[a-z-]+)+$/i

/** true where `value` is a secret by its variable's name. */
export const isSecret = (name: string, value: string): boolean => secretBy(name, value) === 'secret'

/** The same by the name alone, for settings, labels and scripts, where a "key" is seldom one. */
export const isNamedSecret = (name: string, value: string): boolean => isSecretName(name) && isSecret(name, value)

/** true for a value that says nothing by itself: a word of letters, which is as likely a name ("root", "wordpress"). */
export const isPlainWord = (value: string): boolean => /^[a-z]+$/i.test(value)

/** true for a value that is the same secret wherever it stands: no name, and too long to be a part of something else by chance. */
export const isTellingValue = (value: string): boolean =>
  value.length >= 8 && /\d|[^\w\s.-]/.test(value) && !/\s/.test(value) && !isPlainWord(value)

/** A path: of a file by its ending or its usual name, or below a folder where files are mounted. */
const PATH =
  /^(?:\/|\.{1,2}\/|~\/)(?:[\w.@-]+\/)*(?:[\w.@-]+\.(?:pem|key|crt|cert?|pub|json|ya?ml|toml|ini|conf|txt|jks|p12|pfx|keystore|truststore|gpg|asc|env)|id_(?:rsa|dsa|ecdsa|ed25519))$|^\/(?:etc|run|var|opt|app|home|root|usr|mnt|data|config|certs?|secrets?|keys?|credentials|tmp|srv)\/[\w./-]+$/
/** JWT_ACCESS: 15m, JWT_ALG: HS256 */
const SETTING = /^(?:\d{1,5} ?(?:ms|[smhdwy]|min|minutes?|hours?|days?)|(?:[HRP]S|ES)(?:256|384|512))$/

/** A table that Postfix looks up, by its type and path; what "static:" gives is its text. */
const LOOKUP_TABLE =
  /^(?:proxy:)?(?:hash|lmdb|texthash|btree|cdb|s?dbm|pcre|regexp|cidr|mysql|pgsql|sqlite|ldap|memcache|socketmap|tcp|unix):(?!\/\/)[\w./:-]+$/

/** A public key or a certificate. */
const PUBLIC = /^\s*(?:(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+ AAAA|-----BEGIN (?:[A-Z]+ )?(?:PUBLIC KEY|CERTIFICATE)-----)/

/** What somebody writes who has no value yet, or leaves it to each user (LibreChat's user_provided). */
const NOTHING =
  /^(?:not?[-_ ]?(?:set|defined|provided|configured|given|needed|used|required)|user_provided|unset|undefined|invalid|missing|required)$/i

/** What is to be filled in by a person, <your token here>, or by a template, {{ vault_token }}. */
const TO_FILL_IN = /^<[a-z][\w .,:'-]*>$|^\{\{[^{}]*\}\}$/i

/** Values that are no secret under any name: switches, times, and references to something else. */
export function isNoSecretValue(value: string): boolean {
  return (
    value === '' ||
    /^(?:true|false|yes|no|on|off|enabled?|disabled?|null|none|nil|0|1|\{\s*\}|\[\s*\]|""|'')$/i.test(value) ||
    NOTHING.test(value) ||
    TO_FILL_IN.test(value) ||
    PATH.test(value) ||
    SETTING.test(value) ||
    LOOKUP_TABLE.test(value) ||
    PUBLIC.test(value) ||
    /^[\w./-]+\.macaroon$/.test(value) ||
    /^\/(?:run|var\/run)\/secrets\/|@\/run\/secrets\/[\w.-]+@/.test(value) ||
    /^(?:\$?\$\(|`)\s*(?:cat\s|<)/.test(value) ||
    /^(?:vault|op|file|awssm):\/\//.test(value)
  )
}
