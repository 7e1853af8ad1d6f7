// Every secret that a command gives away: by an option, an assignment, the password of a URL or of curl's -u. Says nothing about what a
// value looks like: that is detection's task.
import { givesPassword, isReference, isShortOption, OPTION_IN_TEXT, SHORT_IN_TEXT } from './option-password.js'
import { programOf, programsIn } from './programs.js'
import { isNamedSecret } from './secret-names.js'
import { scriptIndex } from './shell-script.js'
import { findUrlPassword } from './url-password.js'

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
/** The last @ ends the password, as in url-password.ts. */
const URL =
  /\b(?<name>[a-z][a-z0-9+.-]{0,31}:\/\/)[^\s:@/?#'"]*:(?<value>[^\s@/?#'"$`\\]+(?:@[^\s@/?#'":,$`\\]+)*)@[^\s@/?#:'",]/dgi
const LOGIN =
  /(?<![\w-])(?<name>-u|--user)(?:=|\s+|(?<=-u))(?<quote>["']?)[^\s:"'$]+:(?<value>[^\s"'$;|&<>`\\]+)\k<quote>/dg
/** --basic_auth=user:password (Celery's Flower), --web.basic-auth user:password */
const BASIC_AUTH =
  /(?<![\w-])(?<name>--?(?:[a-z]{1,20}[-_.]){0,4}basic[-_]?auth)(?:=|\s+)(?<quote>["']?)[^\s:"'$]+:(?<value>[^\s"'$;|&<>`\\]+)\k<quote>/dgi
const BASIC_AUTH_OPTION = /^--?(?:[a-z]{1,20}[-_.]){0,4}basic[-_]?auth$/i
/** MinIO's client: mc alias set NAME URL ACCESSKEY SECRETKEY (before 2020: mc config host add). */
const MC_ALIAS =
  /\b(?<name>mc)\s+(?:alias set|config host add)(?:\s+[^\s;&|]+){3}\s+(?<quote>["']?)(?<value>[^\s"'$;|&<>`\\]+)\k<quote>/dg
/** Programs whose -u or --user gives user:password. */
const takesLogin = (program: string | undefined): boolean => /^(?:curl|etcdctl|turnserver)$/.test(program ?? '')
/** Environment style, a Java property, or a name that ends in what it is. */
const TELLING_NAME =
  /^(?:[A-Z][A-Z0-9_]*|D[a-z].*\..*|(?:.*[-_.])?(?:password|passwd|pwd|secret|token|apikey|api[-_]key))$/
const isTelling = (name: string, value: string): boolean =>
  TELLING_NAME.test(name) && isNamedSecret(name, value) && !/^\.{0,2}\/|^\d{1,5}$/.test(value)

/** Programs that images start, whose words hold users with their passwords: all of them, or those behind the option `flag`. */
export const SFTP = 'sftp-server'
export const SAMBA = 'samba.sh'
const USERS: readonly { readonly program: string; readonly flag?: RegExp; readonly user: RegExp }[] = [
  // atmoz/sftp: user:password[:e][:uid[:gid[:folder]]]
  { program: SFTP, user: /^(?<user>[\w.@-]+:)(?<value>[^\s:]+)(?::[\w./,-]*)*$/ },
  // dperson/samba: -u "user;password[;id[;group]]"
  { program: SAMBA, flag: /^-u$/, user: /^(?<user>[^\s;]+;)(?<value>[^;]+)(?:;[^;]*)*$/ },
]

interface Found extends Omit<CommandSecret, 'word'> {}

/** What `text` holds, one word or a script, in no order. `programAt`: whose words stand at an offset. */
function inText(text: string, programAt: (offset: number) => string | undefined): readonly Found[] {
  const all = (
    pattern: RegExp,
    by: GivenBy,
    fits: (name: string, value: string, start: number) => boolean,
  ): readonly Found[] =>
    [...text.matchAll(new RegExp(pattern.source, `${pattern.flags.replace(/[dg]/g, '')}dg`))].flatMap((match) => {
      const { flag, name = flag ?? '', value = '' } = match.groups ?? {}
      const start = match.indices?.groups?.['value']?.[0]
      return start === undefined || isReference(value) || !fits(name, value, start) ? [] : [{ by, name, value, start }]
    })
  const isPlain = (_: string, value: string) => !/[$`\\]/.test(value)
  return [
    ...all(OPTION_IN_TEXT, 'option', (name, value) => isPlain(name, value) && givesPassword(name, value)),
    ...SHORT_IN_TEXT.flatMap(({ pattern, programs }) =>
      all(pattern, 'option', (name, value, start) => isPlain(name, value) && programs.test(programAt(start) ?? '')),
    ),
    ...all(LOGIN, 'login', (_, __, start) => takesLogin(programAt(start))),
    ...all(BASIC_AUTH, 'login', () => true),
    ...all(MC_ALIAS, 'option', (_, __, start) => programAt(start) === 'mc'),
    ...all(URL, 'url', (_, value) => !/^[*x]+$/i.test(value)),
    ...all(ASSIGNMENT, 'variable', isTelling),
  ]
}

/** A word that an option before it gives a meaning to, or that has its option in itself. */
function byOption(words: readonly string[], word: number, program: string | undefined): Found | undefined {
  const text = words[word] ?? ''
  const [flag = ''] = text.split('=')
  const joined = text.slice(flag.length + 1)
  if (joined !== '' && givesPassword(flag, joined))
    return { by: 'option', name: flag, value: joined, start: flag.length + 1 }
  const before = words[word - 1] ?? ''
  if (text !== '' && !text.startsWith('-') && (isShortOption(before, program) || givesPassword(before, text)))
    return { by: 'option', name: before, value: text, start: 0 }
  const users = USERS.find((each) => each.program === program && (each.flag?.test(before) ?? true))
  const login = users?.user.exec(text)?.groups
  if (login !== undefined)
    return { by: 'login', name: 'password', value: login['value'] ?? '', start: login['user']?.length ?? 0 }
  const url = ofUrl(text)
  if (url !== undefined) return url
  const isLogin = (/^-(?:u|-user)$/.test(before) && takesLogin(program)) || BASIC_AUTH_OPTION.test(before)
  const [, user = '', value = ''] = /^([^\s:$]+:)([^\s$]+)$/.exec(isLogin ? text : '') ?? []
  return value === '' ? undefined : { by: 'login', name: before, value, start: user.length }
}

/** A word that is a URL, or gives one (--dsn=…), whose password has characters that end it within a longer text: quotes, a slash. */
function ofUrl(text: string): Found | undefined {
  const from = /^(?:--?)?[A-Za-z][\w.-]*=(?=[a-z][a-z0-9+.-]*:\/\/)/i.exec(text)?.[0].length ?? 0
  const url = /\s/.test(text) ? undefined : findUrlPassword(text.slice(from))
  if (url === undefined || !text.startsWith(`${url.scheme}://`, from)) return undefined
  const [start, value] = [from + url.start, text.slice(from + url.start, from + url.end)]
  return /[$`\\]/.test(value) ? undefined : { by: 'url', name: `${url.scheme}://`, value, start }
}

/** In the order of the words; each place once. References to variables are none. `leading`: words that are started before these. */
export function commandSecrets(words: readonly string[], leading: readonly string[] = []): readonly CommandSecret[] {
  const all = [...leading, ...words]
  const program = programOf(all)
  const script = (scriptIndex(all) ?? -1) - leading.length
  return words.flatMap((text, word) => {
    const own = word === script ? undefined : byOption(words, word, program)
    const isText = word === script || /\s/.test(text)
    const found =
      own === undefined ? inText(text, isText ? programsIn(text) : () => program) : isReference(own.value) ? [] : [own]
    const starts = new Set<number>()
    return found
      .filter(({ start }) => !starts.has(start) && starts.add(start) !== undefined)
      .map((each) => ({ ...each, word }))
      .sort((a, b) => a.start - b.start)
  })
}

/** The secrets with the names by which they are told apart in one command: `--password`, `--password#2`. */
export function keyedSecrets(
  words: readonly string[],
  leading: readonly string[] = [],
): ReadonlyMap<string, CommandSecret> {
  const keyed = new Map<string, CommandSecret>()
  const counts = new Map<string, number>()
  for (const secret of commandSecrets(words, leading)) {
    const count = (counts.get(secret.name) ?? 0) + 1
    counts.set(secret.name, count)
    keyed.set(count === 1 ? secret.name : `${secret.name}#${count}`, secret)
  }
  return keyed
}
