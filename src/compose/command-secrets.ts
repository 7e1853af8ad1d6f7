// Every secret that a command gives away: by an option, an assignment, the password of a URL or of curl's -u. Says nothing about what a
// value looks like: that is detection's task.
import {
  isReference,
  PASSWORD_OPTION,
  PASSWORD_OPTION_IN_TEXT,
  SHORT_P,
  shortOptionInText,
  shortOptionsOf,
  USES_SHORT_P,
} from './option-password.js'
import { isNoSecretValue, isSecretName } from './secret-names.js'

/** What tells that a word is a secret. `text`: its own looks. */
export type GivenBy = 'option' | 'variable' | 'url' | 'login' | 'text'

export interface CommandSecret {
  readonly by: GivenBy
  /** The option or variable, the URL's scheme. */
  readonly name: string
  /** As it stands in the word (of a URL: percent-encoded). Plain: must not be printed. */
  readonly value: string
  /** Index of the word, and UTF-16 offset in it. */
  readonly word: number
  readonly start: number
}

/** NAME=value; in a script what a shell would change is none. */
const ASSIGNMENT = /(?<![\w$.])(?<name>[A-Za-z_][\w.-]{0,127})=(?<quote>["']?)(?<value>[^\s"'$;|&<>`\\]+)\k<quote>/dg
const URL = /\b(?<name>[a-z][a-z0-9+.-]{0,31}:\/\/)[^\s:@/?#'"]*:(?<value>[^\s@/?#'"$`\\]+)@[^\s/?#:'",]/dgi
const LOGIN =
  /(?<![\w-])(?<name>-u|--user)(?:=|\s+|(?<=-u))(?<quote>["']?)[^\s:"'$]+:(?<value>[^\s"'$;|&<>`\\]+)\k<quote>/dg
/** MinIO's client: mc alias set NAME URL ACCESSKEY SECRETKEY (before 2020: mc config host add). */
const MC_ALIAS =
  /\b(?<name>mc)\s+(?:alias set|config host add)(?:\s+[^\s;&|]+){3}\s+(?<quote>["']?)(?<value>[^\s"'$;|&<>`\\]+)\k<quote>/dg
const USES_LOGIN = /\bcurl\b/
/** Environment style, a Java property, or a name that ends in what it is. */
const TELLING_NAME =
  /^(?:[A-Z][A-Z0-9_]*|D[a-z].*\..*|(?:.*[-_.])?(?:password|passwd|pwd|secret|token|apikey|api[-_]key))$/
const isTelling = (name: string, value: string): boolean =>
  TELLING_NAME.test(name) && isSecretName(name) && !isNoSecretValue(value) && !/^\.{0,2}\/|^\d{1,5}$/.test(value)

interface Found extends Omit<CommandSecret, 'word'> {}

/** What a whole command says of its words, worked out once. */
interface Programs {
  readonly usesShortP: boolean
  readonly usesLogin: boolean
  readonly shortOptions: readonly string[]
}

function programsOf(words: readonly string[]): Programs {
  const whole = words.join(' ')
  return {
    usesShortP: USES_SHORT_P.test(whole),
    usesLogin: USES_LOGIN.test(whole),
    shortOptions: shortOptionsOf(whole),
  }
}

/** What `text` holds, one word or a script, in no order. */
function inText(text: string, { usesShortP, usesLogin, shortOptions }: Programs): readonly Found[] {
  const all = (pattern: RegExp, by: GivenBy, fits: (name: string, value: string) => boolean): readonly Found[] =>
    [...text.matchAll(new RegExp(pattern.source, `${pattern.flags.replace(/[dg]/g, '')}dg`))].flatMap((match) => {
      const { flag, name = flag ?? '', value = '' } = match.groups ?? {}
      const start = match.indices?.groups?.['value']?.[0]
      return start === undefined || isReference(value) || !fits(name, value) ? [] : [{ by, name, value, start }]
    })
  const isPlain = (_: string, value: string) => !/[$`\\]/.test(value)
  return [
    ...all(PASSWORD_OPTION_IN_TEXT, 'option', isPlain),
    ...(usesShortP ? all(SHORT_P, 'option', isPlain) : []),
    ...shortOptions.flatMap((flag) => all(shortOptionInText(flag), 'option', isPlain)),
    ...(usesLogin ? all(LOGIN, 'login', () => true) : []),
    ...all(MC_ALIAS, 'option', () => true),
    ...all(URL, 'url', (_, value) => !/^[*x]+$/i.test(value)),
    ...all(ASSIGNMENT, 'variable', isTelling),
  ]
}

/** A word that an option before it gives a meaning to, or that has its option in itself. */
function byOption(words: readonly string[], word: number, { shortOptions, usesLogin }: Programs): Found | undefined {
  const text = words[word] ?? ''
  const [flag = ''] = text.split('=')
  if (PASSWORD_OPTION.test(flag) && text.length > flag.length + 1)
    return { by: 'option', name: flag, value: text.slice(flag.length + 1), start: flag.length + 1 }
  const before = words[word - 1] ?? ''
  const isShort = shortOptions.includes(before)
  if ((isShort || PASSWORD_OPTION.test(before)) && text !== '' && !text.startsWith('-'))
    return { by: 'option', name: before, value: text, start: 0 }
  const login = usesLogin && /^-(?:u|-user)$/.test(before)
  const [, user = '', value = ''] = /^([^\s:$]+:)([^\s$]+)$/.exec(login ? text : '') ?? []
  return value === '' ? undefined : { by: 'login', name: before, value, start: user.length }
}

/** In the order of the words; each place once. References to variables are none. */
export function commandSecrets(words: readonly string[]): readonly CommandSecret[] {
  const programs = programsOf(words)
  return words.flatMap((text, word) => {
    const own = byOption(words, word, programs)
    const found = own === undefined ? inText(text, programs) : isReference(own.value) ? [] : [own]
    const starts = new Set<number>()
    return found
      .filter(({ start }) => !starts.has(start) && starts.add(start) !== undefined)
      .map((each) => ({ ...each, word }))
      .sort((a, b) => a.start - b.start)
  })
}

/** The secrets with the names by which they are told apart in one command: `--password`, `--password#2`. */
export function keyedSecrets(words: readonly string[]): ReadonlyMap<string, CommandSecret> {
  const keyed = new Map<string, CommandSecret>()
  const counts = new Map<string, number>()
  for (const secret of commandSecrets(words)) {
    const count = (counts.get(secret.name) ?? 0) + 1
    counts.set(secret.name, count)
    keyed.set(count === 1 ? secret.name : `${secret.name}#${count}`, secret)
  }
  return keyed
}
