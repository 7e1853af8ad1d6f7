// Passwords given to programs as command-line options.
import { IS_SECRET_WORD } from './name-words.js'
import { isSecret, saysSecretAtEnd } from './secret-names.js'

/** `-Dname` is a property of Java: an assignment. */
const OPTION = /^(?:--?(?!D[a-z])|\+)(?<name>[A-Za-z][\w.-]+)$/
/** A path with the file's ending. */
const PATH = /^(?:~|\.{1,2})?\/(?:[\w.@-]+\/)+[\w@-]+\.\w{1,8}$/
/** A file, or what says where a secret comes from: docker build --secret id=npm. */
const NO_PASSWORD = /^(?:id|type|src|source|env|file)=|\.(?:pem|key|crt|json|ya?ml|toml|txt|env)$/i

/** Gives user:password, or a file with that (OpenVPN). */
const LOGIN = /basic[-_.]?auth$|^auth-user-pass$/i

/** The cookie of Erlang's nodes, whatever starts them. */
const COOKIE = 'setcookie'

/** Switches: --disabled-password, --no-password */
const SWITCH = /^(?:no|disabled?|enabled?|skip|ask|require|allow|without|generate|show)[-_]/i

/** Words with signs or capitals between them. */
const SEVERAL_WORDS = /^(?:[a-z]{2,}\d?(?:[._-][a-z]+\d?)+|[a-z]{2,}(?:[A-Z][a-z]+)+)$/

/**
 * true where the word is an option's whole name. Behind one dash the value of a short option may stand: -prootpassword is no option, what follows
 * no password, and the word itself nothing to be shown.
 */
function isWholeName(flag: string): boolean {
  const name = flag.slice(1)
  return !/^-[^-]/.test(flag) || name === COOKIE || SEVERAL_WORDS.test(name) || IS_SECRET_WORD.test(name)
}

/** true where the option `flag` (with its dashes) gives `value` as a password: by the words that make a variable a secret. */
export function givesPassword(flag: string, value: string): boolean {
  const name = OPTION.exec(flag)?.groups?.['name']
  if (
    name === undefined ||
    !isWholeName(flag) ||
    LOGIN.test(name) ||
    SWITCH.test(name) ||
    NO_PASSWORD.test(value) ||
    PATH.test(value)
  )
    return false
  return name === COOKIE || (saysSecretAtEnd(name) && isSecret(name, value))
}
/** No value of its own: a variable ($2y$… is a password's hash), a mounted secret, a switch (--mysql-native-password=ON). */
export const isReference = (value: string): boolean =>
  /^\$(?!2[abxy]?\$|[156y]\$|apr1\$|argon2|scrypt)|^@?\/run\/secrets\/|^(?:true|false|on|off|yes|no)$/i.test(value)
