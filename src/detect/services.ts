// Rules of kind "service" out of a compact table: a service's name near a value of its alphabet and length.
import type { Rule } from './rule.js'
import { expandShorthands } from './shorthands.js'
import type { Severity } from './types.js'

/**
 * Alphabets by name: characters of the class, least Shannon entropy in bits a character, sample characters for examples.
 * Many services document a length only and hand out hexadecimal: the entropy of letters and digits is therefore that of hexadecimal.
 */
const ALPHABETS = {
  hex: { class: '0-9a-f', entropy: 3, sample: '0123456789abcdef' },
  upperhex: { class: '0-9A-F', entropy: 3, sample: '0123456789ABCDEF' },
  digits: { class: '0-9', entropy: 2, sample: '0123456789' },
  lower: { class: '0-9a-z', entropy: 3, sample: 'a0b1c2d3e4f5g6h7i8j9klmnopqrstuvwxyz' },
  upper: { class: '0-9A-Z', entropy: 3, sample: 'A0B1C2D3E4F5G6H7I8J9KLMNOPQRSTUVWXYZ' },
  letters: { class: 'A-Za-z', entropy: 3.5, sample: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' },
  alnum: { class: '0-9A-Za-z', entropy: 3, sample: 'aB0cD1eF2gH3iJ4kL5mN6oP7qR8sT9uVwXyZ' },
  word: { class: '0-9A-Za-z_-', entropy: 3.2, sample: 'aB0cD1eF2gH3iJ4kL5mN6oP7qR8sT9uVwXyZ' },
  base64: { class: '0-9A-Za-z+/', entropy: 3.5, sample: 'aB0cD1eF2gH3iJ4kL5mN6oP7qR8sT9uVwXyZ' },
  uuid: { class: '0-9a-f-', entropy: 3, sample: '0123456789abcdef' },
  /** Segments of base64url with dots between them: JSON web tokens and what looks like one. */
  dotted: { class: '0-9A-Za-z_.-', entropy: 3.5, sample: 'aB0cD1eF2gH3iJ4kL5mN6oP7qR8sT9uVwXyZ' },
  /** Nothing is known of the format. */
  any: { class: '0-9A-Za-z_-', entropy: 3, sample: 'a0b1c2d3e4f5' },
} as const

type Alphabet = keyof typeof ALPHABETS

/** A row of patterns/services.yaml. */
export interface ServiceRow {
  /** kebab-case; the rule's id is SERVICE-credential. */
  readonly service: string
  /** As people write it. */
  readonly title: string
  /** How the service is called in names of variables; spaces stand for "", "_", "-" or ".". Default: the service's own. */
  readonly names?: readonly string[]
  readonly alphabet: Alphabet
  /** Characters of the value without prefix and suffix: a number or [least, most]. */
  readonly length?: number | readonly [number, number]
  readonly prefix?: string
  readonly suffix?: string
  /** true for names that are common words: the value must be assigned to an identifier that holds the name, or stand right behind the name. */
  readonly word?: boolean
  /** true where the prefix is like no other's: the value counts wherever it stands, beside the name or not. */
  readonly alone?: boolean
  /**
   * true where no page tells the format and the rest of the row is a guess: any random value near the name counts as well.
   */
  readonly guess?: boolean
  /** A regular expression for values that are something else of that service: identifiers. */
  readonly except?: string
  readonly severity?: Severity
  /** true where people run the service themselves, and its keys are then made there. */
  readonly selfHosted?: boolean
  /** The page on which the key is revoked. */
  readonly revoke: string
  /** The page on which keys are documented. Default: `revoke`. */
  readonly reference?: string
}

const FIELDS = [
  'service',
  'title',
  'names',
  'alphabet',
  'length',
  'prefix',
  'suffix',
  'word',
  'alone',
  'guess',
  'except',
  'severity',
  'selfHosted',
  'revoke',
  'reference',
]

/** What is wrong with a row as read from YAML, or undefined. */
export function serviceProblem(row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null) return 'is no map'
  const raw = row as Readonly<Record<string, unknown>>
  const unknown = Object.keys(raw).find((field) => !FIELDS.includes(field))
  if (unknown !== undefined) return `has an unknown field "${unknown}"`
  if (typeof raw['service'] !== 'string' || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(raw['service']))
    return 'service must be kebab-case'
  if (typeof raw['title'] !== 'string') return 'title is missing'
  if (typeof raw['revoke'] !== 'string' || !raw['revoke'].startsWith('https://'))
    return 'revoke must be an https:// page'
  if (typeof raw['alphabet'] !== 'string' || !(raw['alphabet'] in ALPHABETS))
    return `alphabet must be one of ${Object.keys(ALPHABETS).join(', ')}`
  if (raw['alphabet'] === 'uuid' || raw['alphabet'] === 'any') return undefined
  const lengths: readonly unknown[] = Array.isArray(raw['length']) ? raw['length'] : [raw['length']]
  if (!lengths.every((length) => Number.isInteger(length))) return 'length must be a number or [least, most]'
  return undefined
}

/** One rule of kind "service" for each row, with examples made from its alphabet. Rows must be free of serviceProblem. */
export function expandServices(rows: readonly ServiceRow[], family: string): readonly Rule[] {
  return rows.map((row) => serviceRule(row, family))
}

const LEAST_PREFIX = 3
const SAYS_WHAT = /\b(?:key|token|secret|ID|client|credentials|intent)\b/i

const remediationOf = ({ selfHosted, revoke }: ServiceRow): string =>
  selfHosted === true
    ? `Where you run the service yourself, change it there and in what uses it; else revoke it at ${revoke} and issue a new one.`
    : `Revoke it at ${revoke} and issue a new one.`

function serviceRule(row: ServiceRow, family: string): Rule {
  const names = row.names ?? [row.service.replaceAll('-', ' ')]
  const begins = row.alphabet === 'any' || row.word === true || isShort(names) ? WORD_BEGINS : ''
  const name = `${begins}${namePattern(names)}${isTiny(names) ? WORD_ENDS : ''}`
  const [least] = lengthsOf(row)
  const { entropy } = ALPHABETS[row.alphabet]
  const label = (names[0] ?? row.service).replaceAll(' ', '_')
  return {
    id: `${row.service}-credential`,
    title: SAYS_WHAT.test(row.title) ? row.title : `${row.title} API key or token`,
    kind: 'service',
    family,
    severity: row.severity ?? 'medium',
    confidence: 'medium',
    // What the value begins with is often rarer than the name: where every match holds it, the build anchors the rule on it.
    keywords: [...new Set([...(row.alone ? [] : names.flatMap(spellings)), ...distinctive(row.prefix)])],
    pattern: row.alone ? `${expandShorthands('%{begin}')}${valuePattern(row)}` : `${name}${behind(name, names, row)}`,
    // Short values cannot reach the entropy of long ones.
    entropy: Math.min(entropy, Math.round((Math.log2(least) - 1.2) * 10) / 10),
    remediation: remediationOf(row),
    references: [row.reference ?? row.revoke],
    examples: [
      { text: `${label.toUpperCase()}_API_KEY=«${sample(row, 1)}»` },
      { text: `"${label.toLowerCase()}_token": "«${sample(row, 2)}»"` },
    ],
    counterexamples: [
      {
        text: `${label.toUpperCase()}_API_KEY=${isGuess(row) ? sample(row, 3).slice(-8) : sample(row, 3).slice(0, -1)}`,
      },
    ],
    ...(row.except === undefined ? {} : { allow: { values: [row.except], matchCase: true } }),
    generated: true,
  }
}

/** Nothing but signs between a name and its value: `hunter: '`, `| hunter | `, a line with the name alone. Not `"front": "`, as a list of digests has it. */
const RIGHT_BEHIND = `(?:\\s{0,3}(?:=>|[=:,|>({])\\s{0,3}|\\s{1,4})["'\\x60<{]?(?![\\s"'])`

/** Announce a digest of something public. */
const PUBLIC = ['sha', 'hash', 'commit', 'digest', 'integrity', 'checksum', 'revision', 'version']

/**
 * What may stand between name and value: one line, or one that ends with a sign ("key: |", "<key>", "{"). Words that announce a digest of
 * something public end it, and the name. Only letters with which one of them begins are looked behind: it is done for each character.
 */
function nearby(name: string, names: readonly string[]): string {
  const begin = [
    ...new Set([...PUBLIC, ...names, ...names.map((one) => one.toUpperCase())].map((word) => word[0])),
  ].join('')
  // Its letters first: what begins a word takes looking back.
  const again = name.startsWith(WORD_BEGINS) ? `(?=${name.slice(WORD_BEGINS.length)})${WORD_BEGINS}` : name
  const between = `(?:[^${begin}]|(?!${again}|${PUBLIC.join('|')})[${begin}])`
  return `${between}{0,40}?(?:[=:;,("'\\x60<>\\s|[{]|/v\\d/|:-|\\\\[nrt])`
}
const identifier = (name: string): string =>
  `(?:(?!${name})[\\w. -]){0,24}?(?:[kK][eE][yY]|[tT][oO][kK][eE][nN]|[sS][eE][cC][rR][eE][tT]|[aA][uU][tT][hH]|[pP][aA][sS][sS]\\w{0,8}|[pP][aA][tT])[\\w.-]{0,12}${expandShorthands('%{assign}')}`

const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
/** Of which no more is known than that it is random. With dots only between parts that are long, as no host's name and no path of a package has them. The dash of ${NAME:-value} is none of it. */
const PARTS = '[0-9A-Za-z_-]{8,64}(?:\\.[0-9A-Za-z_-]{16,64}){1,2}'
const RANDOM = `(?=[0-9A-Za-z_+/.-]{20})(?!(?<=:)-)(?<secret2>${UUID}|(?=[A-Za-z_+/-]{0,40}?[0-9])(?:[0-9A-Za-z_-]{20,400}|[0-9A-Za-z+/]{20,400}={1,2}|${PARTS}))(?![0-9A-Za-z_+/=.@:!?#%*~^$-])`

/** Where nothing but the name tells, it is no end of another word: "assignable" is not Signable. */
const WORD_BEGINS = '(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))'

/** Of four characters or less the letters stand by chance in base64, too. */
const WORD_ENDS = '(?:(?![A-Za-z0-9])|(?=[A-Z][a-z]{2}))'
const isShort = (names: readonly string[]): boolean => names.some((name) => name.length <= 5)
const isTiny = (names: readonly string[]): boolean => names.every((name) => name.length <= 4)

const isGuess = ({ alphabet, guess }: ServiceRow): boolean => guess === true || alphabet === 'any'

/**
 * What stands behind the name: the first value that is one. Where the name stands once more a match begins there: a text of nothing but
 * names is read once.
 */
function behind(name: string, names: readonly string[], row: ServiceRow): string {
  const near = row.word ? identifier(name) : nearby(name, names)
  const known = valuePattern(row)
  // The first group of a value must be called "secret".
  if (row.alphabet === 'any') return `${near}${RANDOM.replace('<secret2>', '<secret>')}`
  if (!row.word) return `${near}${isGuess(row) ? `(?:${known}|${RANDOM})` : known}`
  if (!isGuess(row)) return `(?:${RIGHT_BEHIND}|${near})${known}`
  return `(?:${RIGHT_BEHIND}${known}|${near}(?:${known.replace('<secret>', '<secret3>')}|${RANDOM}))`
}

function lengthsOf({ alphabet, length = 0 }: ServiceRow): readonly [number, number] {
  if (alphabet === 'uuid') return [36, 36]
  if (alphabet === 'any') return [32, 32]
  return typeof length === 'number' ? [length, length] : length
}

/** A prefix that is long enough to be looked for. */
function distinctive(prefix = ''): readonly string[] {
  return prefix.length < LEAST_PREFIX ? [] : [prefix.toLowerCase()]
}

/** Every way to write `name` with its spaces filled. */
function spellings(name: string): readonly string[] {
  return name.includes(' ') ? ['', '_', '-', '.', ' '].map((joint) => name.replaceAll(' ', joint)) : [name]
}

/** A group that matches the names in any case; the value's case still counts. */
function namePattern(names: readonly string[]): string {
  const letters = (text: string): string =>
    text.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
  // "convert api" is "convertapi" as well: a text would be read twice.
  const isSpelled = (name: string) => names.some((other) => other !== name && other.replaceAll(' ', '') === name)
  const once = names.filter((name) => !isSpelled(name))
  return `(?:${once.map((name) => name.split(' ').map(letters).join('[ _.-]?')).join('|')})`
}

const escaped = (text: string): string => text.replace(/[.$+*?()[\]{}|\\^/]/g, '\\$&')

/** Behind a slash: no word of a URL's path, as in `/v6/KEY/latest`, but more of a value in base64. */
const NO_WORD = '(?![a-z]{2,12}(?:[/?\\s"\'\\x60]|$))'

function valuePattern(row: ServiceRow): string {
  const { prefix = '', suffix = '', alphabet } = row
  if (alphabet === 'uuid') {
    return `(?<secret>${escaped(prefix)}${UUID}${escaped(suffix)})(?![0-9A-Za-z-])`
  }
  const [least, most] = lengthsOf(row)
  const characters = `[${ALPHABETS[alphabet].class}]`
  // Random characters of these alphabets hold a digit; identifiers and words seldom do.
  const digit = ['letters', 'digits', 'hex', 'upperhex'].includes(alphabet)
    ? ''
    : `(?=${escaped(prefix)}[A-Za-z_+/-]{0,${Math.min(most, 60)}}?[0-9])`
  const body = `${characters}{${least === most ? least : `${least},${most}`}}`
  const end = alphabet === 'base64' ? '(?![0-9A-Za-z_+/=-])' : `(?![0-9A-Za-z_+=-]|/${NO_WORD})`
  return `${digit}(?<secret>${escaped(prefix)}${body}${escaped(suffix)})${end}`
}

/** A made-up value, cut by the joint of examples so that no file holds it whole. */
function sample(row: ServiceRow, seed: number): string {
  const { prefix = '', suffix = '', alphabet } = row
  const characters = ALPHABETS[alphabet].sample
  const count = alphabet === 'uuid' ? 32 : lengthsOf(row)[0]
  let state = seed
  const body = Array.from({ length: count }, (_, index) => {
    state = (state * 75 + 74) % 65_537
    return characters[(state + index * 7) % characters.length] ?? ''
  }).join('')
  const shaped = alphabet === 'uuid' ? body.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : body
  return `${prefix}${shaped.slice(0, 6)}{+}${shaped.slice(6)}${suffix}`
}
