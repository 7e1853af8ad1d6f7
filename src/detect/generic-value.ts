// Is the value under a secret-like name a secret? Judged by where it stands: configuration is believed, code must look random.

import { isKeyPath } from '../support/key-path.js'
import { shannonEntropy } from './entropy.js'
import {
  ACCOUNT_FILE,
  ENV_FILE,
  isOwnEnvFile,
  isSource,
  isVendored,
  kindOf,
  SETTINGS_FILE,
  SHELL_FILE,
  TEXT_FILE,
} from './file-kind.js'
import type { GenericValue, Verdict } from './generic-found.js'
import { BRACKETED, DEFAULTS, EXPRESSION, PASSWORD_ALONE, SAYS_PASSWORD, TYPE_NAME } from './generic-words.js'
import { isOtherByForm } from './other-form.js'
import {
  isJoinedWords,
  isOwnWord,
  isPlainInCode,
  isWordFor,
  isWordOfVariable,
  namesPassword,
  PASSWORD_NAME,
} from './password-words.js'
import { isPlaceholder } from './placeholder.js'
import { isPublic } from './public-value.js'
import { isNoToken } from './token-shape.js'
import {
  isClassName,
  isConstant,
  isIdentifier,
  isMixedWithSigns,
  isSalt,
  isShuffled,
  isStrong,
  looksRandom,
  looksTyped,
} from './value-shape.js'

/** Texts for people: what looks random in them needs no quotes. */
const PROSE_FILE = /\.(?:md|markdown|rst|adoc|log)$/i
/** What a program wrote: no examples. */
const LOG_FILE = /\.log$/i
/** Code with what it printed. */
const NOTEBOOK = /\.ipynb$/i
/** Files to be copied and filled in. */
const TO_FILL_IN = /(?:^|[./_-])(?:examples?|samples?|templates?|tmpl|tpl)(?:[./_-]|$)|\.dist$/i
/** Where the pattern knows the end a dot is none, and signs that stand as thick as in a key of Django's make no calls. */
const isExpression = ({ tells, value, quoted }: GenericValue): boolean =>
  (tells.includes('end') ? BRACKETED : EXPRESSION).test(value) && !(quoted && isSalt(value))

/** A quoted phrase with a word that mixes letters and digits, or, where nobody writes sentences, with any digit: a passphrase. */
function looksLikePassphrase({ name, value, quoted, path }: GenericValue): boolean {
  if (!quoted || value.length < 8 || value.length > 100 || !/ /.test(value) || /[()<>{}$%]|: | -/.test(value))
    return false
  const isVariable = /^[A-Z][A-Z0-9_]*_?(?:PASSPHRASE|PASSWORD)$/.test(name)
  const isAlone = isVariable || /passphrase$/i.test(name) || ENV_FILE.test(path ?? '')
  return (isAlone ? /[0-9]/ : /(?:[A-Za-z][0-9]|[0-9][A-Za-z])/).test(value)
}

/** Among texts that a program shows: letters that are escaped are letters. */
function isLabel(value: string): boolean {
  const read = value.replace(/\\?u[0-9a-f]{4}/gi, 'e')
  return !looksRandom(read) && !isStrong(read)
}

/** The verdict on a value that a generic rule matched; undefined: no secret. */
export function judgeGeneric(found: GenericValue): Verdict | undefined {
  const { name, value, path } = found
  const verdict = judge(found)
  if (verdict === undefined || path === undefined || isOwnEnvFile(path)) return verdict
  const { code, text } = kindOf(path)
  return isNoToken(name, value, !code && !text) ? { ...verdict, confidence: 'low' } : verdict
}

function judge(found: GenericValue): Verdict | undefined {
  const { value, path, quoted } = found
  if ((found.variable && !quoted) || isPublic(found)) return undefined
  if (found.random && (!looksRandom(value) || isIdentifier(value) || isClassName(value))) return undefined
  if (isPlaceholder(value) || TYPE_NAME.test(value))
    return isSet(found) && DEFAULTS.test(value) ? { confidence: 'medium', severity: 'low' } : undefined
  if (isOtherByForm(value) || (/key$/i.test(found.name) && isKeyPath(value))) return undefined
  if (path === undefined)
    return DEFAULTS.test(value) ? { confidence: 'medium', severity: 'low' } : { confidence: 'medium' }
  if (found.binary()) return judgeInProgram(found, path)
  const { labels, sample, code, text } = kindOf(path)
  const vendored = kindOf(path).vendored && !(sample && looksRandom(value))
  if (labels && isLabel(value)) return undefined
  if (found.inQuery && !quoted)
    return looksRandom(value) && !/[(){}]/.test(value) ? { confidence: vendored ? 'low' : 'medium' } : undefined
  if (code || vendored) return judgeInCode(found, vendored)
  if (!quoted && isExpression(found) && !isDottedWord(found)) return undefined
  if (DEFAULTS.test(value))
    return { confidence: found.commented() || text || TO_FILL_IN.test(path) ? 'low' : 'medium', severity: 'low' }
  if (text && !quoted && !looksRandom(value) && /[,;=]/.test(value) && !found.tells.includes('password'))
    return undefined
  if (looksRandom(value) || looksTyped(value) || isStrongPassword(found) || looksLikePassphrase(found))
    return { confidence: 'medium' }
  return isPlainPassword(found) || isSet(found) ? { confidence: 'medium' } : { confidence: 'low' }
}

/** What something is run with, whatever it looks like: a container's environment, a line of a project's .env. */
function isSet({ path, value, quoted, commented }: GenericValue): boolean {
  if (path === undefined) return true
  if (!isOwnEnvFile(path) || commented() || /^__\w+__$/.test(value)) return false
  return /^[^\s/\\]{4,100}$/.test(value) || (quoted && /^(?=.*[^a-z\s-])[^/\\]{4,100}$/i.test(value))
}

/** Names and values lie apart in programs, so that only a whole URL or data source name, in which the password stands, is believed. */
function judgeInProgram({ tells, value }: GenericValue, path: string): Verdict | undefined {
  const isWhole = tells.includes('password') && tells.includes('end') && /^[!-~]{8,64}$/.test(value)
  if (isWhole && !isVendored(path) && !EXPRESSION.test(value) && (looksRandom(value) || looksTyped(value)))
    return { confidence: 'medium' }
  return looksRandom(value) ? { confidence: 'low' } : undefined
}

/** A single word where a password is expected and nothing else can stand. */
function isPlainPassword(found: GenericValue): boolean {
  const { tells, name, value, path = '', commented, besideUser } = found
  if (commented() || !/^[^\s/\\]{4,64}$/.test(value)) return false
  if (tells.includes('password')) return !TEXT_FILE.test(path) || SHELL_FILE.test(path) || isJoinedWords(value)
  if (!PASSWORD_NAME.test(name) || found.inSentence()) return false
  if (ENV_FILE.test(path)) return !(path.endsWith('.properties') && SAYS_PASSWORD.test(value))
  if (isDottedWord(found)) return true
  if ((ACCOUNT_FILE.test(path) || (found.bare && SHELL_FILE.test(path))) && isWordFor(name, value)) return true
  if (
    SHELL_FILE.test(path) &&
    (isWordOfVariable(name, value) ||
      (/^-/.test(name) && (isJoinedWords(value) || isWordFor(name.replace(/^-+/, ''), value))))
  )
    return true
  const isAccount = SETTINGS_FILE.test(path) || (ACCOUNT_FILE.test(path) && besideUser())
  return isAccount && PASSWORD_ALONE.test(name) && !SAYS_PASSWORD.test(value)
}

/** Two words with a dot, where settings have no expressions: `db_password = heron.pebble`. */
const isDottedWord = ({ name, value, path = '' }: GenericValue): boolean =>
  (ENV_FILE.test(path) || path.endsWith('.conf')) &&
  /^[A-Za-z]{3,}\.[A-Za-z]{3,}$/.test(value) &&
  isWordFor(name, value.replace('.', '-'))

/** A path or a type of media has a slash too, but not under the name of a password and strong without it; properties escape signs. */
const isStrongPassword = ({ tells, name, value }: GenericValue): boolean =>
  (PASSWORD_NAME.test(name) || tells.includes('password')) &&
  (isMixedWithSigns(value) ||
    (value.length >= 8 && isShuffled(value)) ||
    isStrong(value.replace(/\\(?=[:=#!])/g, '').replace(/(?<=.)\//, '+')))

/** Where a call wants the password of a login: mysql_connect(host, user, …). */
const isArgument = ({ tells }: GenericValue): boolean => tells.includes('password') && !tells.includes('end')

/** What a switch or a setting is called in a program: CKV_SECRET_14. Small letters in it may be a password's: Ochre_Field_5. */
const isCapitalConstant = (value: string): boolean => /^[A-Z0-9_]+$/.test(value) && isConstant(value)

function judgeInCode(found: GenericValue, vendored: boolean): Verdict | undefined {
  const { name, value } = found
  if (isLogged(found) && !vendored) return { confidence: 'medium' }
  if (!isDelimited(found) || isExpression(found) || isCapitalConstant(value)) return undefined
  if (looksRandom(value) || isStrong(value) || isStrongPassword(found))
    return { confidence: vendored ? 'low' : 'medium' }
  const isWord =
    isWordFor(name, value) ||
    (isArgument(found) && isOwnWord(value)) ||
    ((PASSWORD_NAME.test(name) || isArgument(found)) && isJoinedWords(value))
  if (!vendored && found.quoted && isWord && !IN_TESTS.test(found.path ?? '') && !DEFAULTS.test(value))
    return { confidence: PROSE_FILE.test(found.path ?? '') ? 'low' : 'medium' }
  if (vendored) return undefined
  if (isLeftInCode(found))
    return DEFAULTS.test(value) ? { confidence: 'medium', severity: 'low' } : { confidence: 'medium' }
  if (!looksTyped(value)) return undefined
  return { confidence: isPasswordLiteral(found) || isShortKey(found) ? 'medium' : 'low' }
}

/** Words, a phrase or a well-known default under the name of a password, where a program assigns it: `password = "open sesame"`. */
const isLeftInCode = (found: GenericValue): boolean =>
  found.quoted &&
  isSource(found.path ?? '') &&
  !IN_TESTS.test(found.path ?? '') &&
  !found.commented() &&
  namesPassword(found.name) &&
  isPlainInCode(found.value) &&
  (found.assigned() || found.besideLiteralUser())

const KEY_NAME =
  /(?:^|[^a-z])(?:api|app|auth|access|client|account|service|master)[_-]?(?:key|token|secret)$|secret(?:[_-]?key)?$/i

/** Hexadecimal digits, too few to be told from an ID or a hash but by the name they have. */
const isShortKey = ({ name, value, quoted, path = '' }: GenericValue): boolean =>
  quoted &&
  KEY_NAME.test(name) &&
  /^(?=(?:[a-f]*[0-9]){4})(?=(?:[0-9]*[a-f]){3})[0-9a-f]{16,23}$/i.test(value) &&
  shannonEntropy(value) >= 3 &&
  !IN_TESTS.test(path)

/** A literal of the code, and no expression: in quotes, in a URL, in prose or a comment, or as a shell has it within a string. */
function isDelimited(found: GenericValue): boolean {
  const { tells, name, value, quoted, bare, commented, path = '' } = found
  if (quoted || tells.includes('end')) return true
  if (bare && /^[A-Z][A-Z0-9_]*$/.test(name) && /^[0-9A-Za-z]+$/.test(value) && isPasswordLiteral(found)) return true
  return (
    looksRandom(value) &&
    (PROSE_FILE.test(path) || NOTEBOOK.test(path) || (bare && /^[A-Z][A-Z0-9_]*$/.test(name)) || commented())
  )
}

/** What a program was started with or sent, as its log has it: --db.password=… */
const isLogged = ({ name, value, bare, path = '' }: GenericValue): boolean =>
  bare && LOG_FILE.test(path) && PASSWORD_NAME.test(name) && looksTyped(value) && !EXPRESSION.test(value)

const IN_TESTS = /(?:^|[/._-])(?:test|spec|mock|fake|stub|demo)s?[/._-]|Tests?\.\w+$/i

/** Languages in whose strings a dollar begins a variable. */
const INTERPOLATING =
  /\.(?:php\d?|phtml|kts?|groovy|gradle|dart|p[lm]|(?:ba|z|k)?sh|ps1|psm1|scala|swift|tcl)$|(?:^|\/)Jenkinsfile/i

/** A literal of letters and digits under a name that says "password" and nothing behind it, in code that is no test. */
function isPasswordLiteral({ tells, name, value, path = '' }: GenericValue): boolean {
  if (!(PASSWORD_NAME.test(name) || tells.includes('password')) || IN_TESTS.test(path)) return false
  const isText = PROSE_FILE.test(path) && !(tells.includes('password') && LOG_FILE.test(path))
  if (isText || DEFAULTS.test(value)) return false
  if (/^[A-Za-z]{3,}(?:[._-][A-Za-z]{3,}){1,5}[._-]?[0-9]{1,4}$/.test(value))
    return isOwnWord(value.replaceAll('.', '-'))
  if (/^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{16,64}$/.test(value)) return true
  if (value.length < (tells.includes('password') && tells.includes('end') ? 6 : 8)) return false
  // Letters and digits that take turns, or a sign within a word: `b12c789b123`, `har!bour`.
  if (/^(?=(?:[a-z]*[0-9]){4})(?=(?:[0-9]*[a-z]){3})[a-z0-9]{10,40}$/.test(value)) return true
  if (/^[A-Za-z]{2,}[!#^~$][A-Za-z]{2,}$/.test(value)) return !(value.includes('$') && INTERPOLATING.test(path))
  return /[0-9]/.test(value) && /[A-Za-z]{3}/.test(value) && !/[\s._:/\\-]/.test(value)
}
