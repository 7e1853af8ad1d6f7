// Words of a command that may be passwords, by their looks, by where they stand or since they are one elsewhere: a person has to say. Quiet about what commands are full of:
// digests, versions, addresses, names of images and files.
import { type CommandSecret, commandSecrets } from '../compose/command-secrets.js'
import { commandsOf, overlaps, type WordPart } from '../compose/command-words.js'
import { isReference } from '../compose/option-password.js'
import { programAt } from '../compose/programs.js'
import { isNoSecretValue, secretBy } from '../compose/secret-names.js'
import { looksRandom, readsAsWords } from '../detect/value-shape.js'
import { wordsInPasswordPlace } from './named-words.js'

const SHORTEST = 8
const LONGEST = 128
/** With the option that gives it. */
const LONGEST_WORD = 512
/** What the value of an option, a setting or a word before it is, by its name: nothing secret, however it looks. */
const NAMES_OTHER =
  /(?:^|[-_.]|[a-z](?=[A-Z]))(?:id|ids|uuid|guid|hash|digest|checksum|(?:sha\d*|md5)(?:sum)?|chars|alphabet|commit|rev|revision|ref|version|tag|image|cluster|cluster-token|nodes?|peers?|bootnodes?|fingerprint|addr|address|account|contract|public-?key|pub-?key|recv-keys?|keyserver|trusted-key|cert|ca-cert-hash|etag|genesis|wallet|coinbase|etherbase|label|name|user|username|bucket|topic|url|uri|host|path|file|dir|format|integrity|checkpoint|root)s?$/i
const UUID = /(?:^|[-_:.{])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i
/** Digests, commits, addresses of a chain, versions, times, sizes, masks. */
const COUNTED_OR_HASHED =
  /^(?:sha\d+[:-]|md5:)|^[A-Z0-9]*_[A-Z0-9_]*$|^[A-Za-z0-9+/]{64}$|^[A-Za-z0-9+/]{76}$|(?:x86_64|i\d86|amd64|arm64|aarch64|armv\d|ppc64|s390x|riscv64|linux|darwin|windows)|0123456789|^[0-9a-f]{7,28}$|^(?:[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{96}|[0-9a-f]{128})$|^0x[0-9a-f]+$|^v?\d+(?:[.:_T-]\d+)+|^[\d.,:/x*+-]+[a-z]{0,3}$/i
/** Text of another kind: paths, hosts, lists, patterns, formats, templates, headers, code. */
const OTHER_TEXT = /[\\/,;()<>[\]{}|"'`]|^[-.^~:@%]|[:*]$|\.\*|%[A-Za-z{(]|^\*|\.{2}|&&|^--?[A-Za-z]/
const HOST = /^[\w-]+(?:\.[\w-]+)+(?::\d+)?$/
const ADDRESS = /^[\w.%+-]+@[\w%.-]+(?::\d+)?$/
const NAME_AND_TAG = /^[\w.-]+:[\w.-]+$/
const BASE64 = /^[A-Za-z0-9+/]{16,}={0,2}$/
/** What people take for one, with what they put behind it. */
const TYPED =
  /p[a@4]s{1,2}w?[o0]r?d\S*[\d!@#$%]|p[a@4][s$5]{2}w0rd|^p[@4][s$5]{2}|^(?:my-?)?(?:super|top|very)-?secret\S*$|^secret\S*\d[!@#$]*$|^my-?secret(?:-?(?:password|pw|key|token))?$|^change-?(?:me|it|this)\S*$|^letmein|^qwerty\S*\d|^hunter2$|^(?:s3cr[e3]t|passw[o0]rd\d)/i
/** The signs of passwords, not of names. */
const SIGN = /[!@#$%^&*+=~?]/

const LETTERS_AND_DIGITS = /^(?=.*\d)(?=.*[a-z])[\w+/=-]{16,}$/i

/** Secrets of a key's kind, and those of a setting that nobody but a person knows. */
const isNamed = (name: string, value: string): boolean =>
  secretBy(name.replace(/^-+/, ''), value) !== undefined &&
  (looksRandom(value) || UUID.test(value) || LETTERS_AND_DIGITS.test(value))

const isStrong = (value: string): boolean =>
  [/[a-z]/, /[A-Z]/, /\d/, SIGN].every((kind) => kind.test(value)) && !/^[^=]*=[^=]+$|\w\.\w+\.\w/.test(value)

/** Behind an option that is mostly one for passwords or ports; what -k is given is mostly short. */
const PASSWORD_OPTION = /^-(?:p|P|pw)$/
const KEY_OPTION = /^-k$/
const MIXED = /^(?=.*[a-z])(?=.*\d)[a-z][^\s/:,.]{5,}$/i
const LONG_MIXED = /^(?=.*[a-z])(?=.*\d)[a-z][\w!@#$%^&*+=~?-]{7,}$/i
/** How something is encrypted: chacha20-ietf-poly1305, aes-256-gcm, 2022-blake3-aes-128-gcm */
const CIPHER = /^(?:2022-)?(?:x?chacha20|x?salsa20|aes|camellia|aria|sm4|rc4|blake[23]|ecdhe|dhe|tls)[-_]?(?:\d|[a-z])/i
/** ThreeWordsOrMore: the name of a class or a test. */
const CLASS_NAME = /(?:[A-Z][a-z]{3,}\w*?){3}/

/** Text in base64 that holds nothing but words. */
function isEncodedText(value: string): boolean {
  if (!BASE64.test(value)) return false
  const bytes = Buffer.from(value, 'base64')
  return bytes.length > 0 && bytes.every((byte) => byte === 0x0a || (byte >= 0x20 && byte < 0x7f))
}

/** true where `value` looks like a password. `name`: the option or setting that it is given by, or the word before it. */
function looksMadeUp(value: string, name: string): boolean {
  if (CIPHER.test(value)) return false
  if (PASSWORD_OPTION.test(name) && MIXED.test(value) && !isReference(value)) return true
  if (KEY_OPTION.test(name) && LONG_MIXED.test(value)) return true
  if (value.length < SHORTEST || value.length > LONGEST || /\s/.test(value)) return false
  if (isReference(value) || isNoSecretValue(value)) return false
  if (TYPED.test(value) && !OTHER_TEXT.test(value) && !HOST.test(value)) return true
  if (NAMES_OTHER.test(name)) return false
  const isText = OTHER_TEXT.test(value) || HOST.test(value) || ADDRESS.test(value) || NAME_AND_TAG.test(value)
  if (isText ? !/^(?=.*[+=])[A-Za-z0-9+/]{20,}={0,2}$/.test(value) : isNamed(name, value)) return !isText
  if (COUNTED_OR_HASHED.test(value) || UUID.test(value) || isEncodedText(value)) return false
  if (!isText && isStrong(value)) return true
  return (
    value.length >= 16 &&
    /^[\w+/=-]+$/.test(value) &&
    looksRandom(value) &&
    !readsAsWords(value) &&
    !CLASS_NAME.test(value)
  )
}

/** Programs whose words are names of things, random as these are. */
const OF_NAMES =
  /^(?:git|gpg2?|apk|apt-key|sha\d+sum|md5sum|kafka-storage(?:\.sh)?|ipfs|docker|base64|test|\[|\[\[|grep|egrep|sed|awk|tr|expr|wg|mkdir|cp|scp|rsync|install|pytest|make|patch|ps|read|docker-compose|podman|kubectl|helm|lsof|cd|rm|mv|ln|chmod|chown|cat|ls|for)$/
const OPTION = /^[-+]{1,2}[A-Za-z]/
/** name=value, --name=value, user:value */
const SETTING = /^(?<front>[-+]{0,2}(?<name>[A-Za-z][\w.-]*)=)(?<value>.+)$/s
const LOGIN = /^(?<front>\w[\w.-]*:)(?<value>[^:]+)$/

/** The last name before the value: -backend-config=bucket=value */
function settingOf(text: string): { readonly front?: string; readonly name?: string; readonly value?: string } {
  const { front = '', value = '', name } = SETTING.exec(text)?.groups ?? {}
  const { front: more = '', ...inner } = SETTING.exec(value)?.groups ?? {}
  return front === ''
    ? {}
    : more === ''
      ? { front, value, ...(name === undefined ? {} : { name }) }
      : { ...inner, front: front + more }
}

interface Judged extends WordPart {
  /** The option or setting that gives it; empty: none does. */
  readonly name: string
  readonly before: string
}

function partsOf(words: readonly string[], from: number): readonly Judged[] {
  return words.flatMap((text, word) => {
    if (word < from || text.length > LONGEST_WORD) return []
    const before = words[word - 1] ?? ''
    const { front = '', name = OPTION.test(before) ? before : '', value = text } = settingOf(text)
    const { front: user = '', value: password = '' } = LOGIN.exec(value)?.groups ?? {}
    const start = front.length + (isStrong(password) || TYPED.test(password) ? user.length : 0)
    return [{ name, before: /^[a-z-]+$/.test(before) ? before : '', word, start, value: text.slice(start) }]
  })
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Those of `words` that nothing else explains. `leading`: words that are started before these. `known`: what is a password elsewhere in the
 * project, and nothing else.
 */
export function madeUpWords(
  words: readonly string[],
  leading: readonly string[] = [],
  known: ReadonlySet<string> = NONE,
): readonly CommandSecret[] {
  const all = [...leading, ...words]
  const given = commandSecrets(all)
  const found = commandsOf(all).flatMap(({ texts, placed: inWhole }) => {
    const program = programAt(texts)
    if (OF_NAMES.test(program?.name ?? '')) return []
    const from = (program?.index ?? -1) + 1
    const placed = wordsInPasswordPlace(texts, from)
    const isKnown = (value: string, name: string) =>
      known.has(value) && !NAMES_OTHER.test(name) && !/^-[a-zA-Z]?[uUdDhHn]$/.test(name)
    return partsOf(texts, from)
      .filter(({ name, before, value, word, start }) => {
        const says = name === '' ? before : name
        return looksMadeUp(value, says) || isKnown(value, says) || (start === 0 && placed.includes(word))
      })
      .flatMap(inWhole)
  })
  return found
    .filter((part) => part.word >= leading.length && !given.some((each) => overlaps(each, part)))
    .map(({ name, before: _, ...part }) => ({
      ...part,
      word: part.word - leading.length,
      by: 'text',
      name: name === '' ? 'password' : name,
    }))
}
