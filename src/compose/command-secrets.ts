// Every secret that a command gives away: by an option, as its program's manual has it, an assignment, the password of a URL. Says nothing
// about what a value looks like: that is detection's task.
import { commandsOf, overlaps, type WordPart } from './command-words.js'
import { givesPassword, isReference } from './option-password.js'
import { pipedSecrets } from './piped-secrets.js'
import { programAt } from './programs.js'
import { isSecretName } from './secret-names.js'
import { textSecrets } from './text-secrets.js'
import { findUrlPassword } from './url-password.js'
import { givenByUsage } from './usages.js'

/** What tells that a word is a secret. `text`: its own looks. */
export type GivenBy = 'option' | 'variable' | 'url' | 'login' | 'text'

export interface CommandSecret extends WordPart {
  readonly by: GivenBy
  /** The option or variable, the URL's scheme; `password` where nothing names it. */
  readonly name: string
}

/** --basic_auth=user:password (Celery's Flower), --web.basic-auth user:password, --auth user:password, --proxyauth … */
const LOGIN_OPTION = /^--?(?:[a-z]{1,20}[-_.]){0,4}(?:proxy|basic)?[-_]?(?:auth|credentials?|login)$/i
const LOGIN = /^(?<user>[^\s:$/]+:)(?<value>(?!\d{1,5}$)[^\s$@]+(?:@[^\s$@/]+)*)(?:@\/.*)?$/
/** user:password@host, also before a path, a port or nothing; what is no user's name begins something else. */
const LOGIN_AT =
  /^(?<user>(?:--?[\w.-]+=)?(?!(?:mailto|sips?|acct|xmpp|npm|file|pkg|git|docker|oci|image|urn|arn|nqn|iqn|link|workspace):)[\w.%+-]+:)(?<value>[^\s/:@$=]{3,})@(?!sha\d+:)[\w.-]*(?::\d+)?(?:[/?].*)?$/i
const HEADER_OPTION = /^(?:-H|--headers?|--http-header)$/
const HEADER = /^(?<user>(?<name>[A-Za-z][\w-]*):\s*(?:(?:bearer|basic|token|apikey|splunk|key)\s+)?)(?<value>\S+)$/i
const isSecretHeader = (name: string): boolean => /^(?:proxy-)?authorization$/i.test(name) || isSecretName(name)

/** No password with what gives it is longer. */
const LONGEST = 4096

/** What an option before a word gives, or one in it, or its own form. `known`: words that hold a secret by a usage: no options. */
function byOption(words: readonly string[], word: number, known: ReadonlySet<number>): CommandSecret | undefined {
  const text = words[word] ?? ''
  if (text.length > LONGEST) return undefined
  const [flag = ''] = text.split('=')
  const joined = text.slice(flag.length + 1)
  const start = flag.length + 1
  if (joined !== '' && givesPassword(flag, joined)) return { by: 'option', name: flag, value: joined, word, start }
  const before = words[word - 1] ?? ''
  const isOption = !known.has(word - 1)
  if (text !== '' && !/^-|^\d?[<>]/.test(text) && isOption && givesPassword(before, text))
    return { by: 'option', name: before, value: text, word, start: 0 }
  const url = ofUrl(text)
  if (url !== undefined) return { ...url, word }
  const [option, given, from] = LOGIN_OPTION.test(flag) && joined !== '' ? [flag, joined, start] : [before, text, 0]
  const login = LOGIN_OPTION.test(option)
    ? LOGIN.exec(given)
    : HEADER_OPTION.test(option) && isSecretHeader(HEADER.exec(given)?.groups?.['name'] ?? '')
      ? HEADER.exec(given)
      : null
  const { user = '', value = '', name = option } = login?.groups ?? {}
  if (value !== '') return { by: 'login', name, value, word, start: from + user.length }
  const at = LOGIN_AT.exec(text)?.groups
  return at === undefined
    ? undefined
    : { by: 'login', name: 'password', value: at['value'] ?? '', word, start: at['user']?.length ?? 0 }
}

/** A word that is a URL, or gives one (--dsn=…), whose password has characters that end it within a longer text: quotes, a slash. */
function ofUrl(text: string): Omit<CommandSecret, 'word'> | undefined {
  const from = /^(?:--?)?[A-Za-z][\w.-]*=(?=[a-z][a-z0-9+.-]*:\/\/)/i.exec(text)?.[0].length ?? 0
  const url = /\s/.test(text) ? undefined : findUrlPassword(text.slice(from))
  if (url === undefined || !text.startsWith(`${url.scheme}://`, from)) return undefined
  const [start, value] = [from + url.start, text.slice(from + url.start, from + url.end)]
  return /[$`\\]/.test(value) ? undefined : { by: 'url', name: `${url.scheme}://`, value, start }
}

/** What the words of one command give by what stands before them. */
function inWords(words: readonly string[]): readonly CommandSecret[] {
  const at = programAt(words)
  const usages =
    at === undefined
      ? []
      : givenByUsage(at.name, words.slice(at.index + 1)).map((each) => ({ ...each, word: at.index + 1 + each.word }))
  const known = new Set(usages.map(({ word }) => word))
  const options = words.flatMap((_, word) => byOption(words, word, known) ?? [])
  return [...usages, ...options].filter(({ value }) => !isReference(value))
}

/** In the order of the words; each place once. References to variables are none. `leading`: words that are started before these. */
export function commandSecrets(words: readonly string[], leading: readonly string[] = []): readonly CommandSecret[] {
  const all = [...leading, ...words]
  const given = commandsOf(all).flatMap(({ texts, command, placed }) =>
    [...inWords(texts), ...(command === undefined ? [] : pipedSecrets(command))].flatMap(placed),
  )
  const inTexts = all.flatMap((text, word) => textSecrets(text).map((each) => ({ ...each, word })))
  return distinct([...given, ...inTexts])
    .filter(({ word }) => word >= leading.length)
    .map((each) => ({ ...each, word: each.word - leading.length }))
}

/** In the order of their places, each place once: of those that overlap the one that comes first in `found`. */
function distinct(found: readonly CommandSecret[]): readonly CommandSecret[] {
  const ranked = found.map((each, rank) => ({ each, rank })).filter(({ each }) => each.value !== '')
  const kept: typeof ranked = []
  for (const next of ranked.sort((a, b) => a.each.word - b.each.word || a.each.start - b.each.start)) {
    const last = kept.at(-1)
    if (last === undefined || !overlaps(last.each, next.each)) kept.push(next)
    else if (next.rank < last.rank) kept[kept.length - 1] = next
  }
  return kept.map(({ each }) => each)
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
