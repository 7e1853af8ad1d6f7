// What a project's owner says by naming: values that are secrets by name, URL or option (a whole query, too), as claims for the workers.
import type { CommandSecret } from '../compose/command-secrets.js'
import { givenByWords, inLine, type PlainSecret, plainSecrets } from '../compose/plain-secrets.js'
import { queryToken } from '../detect/query-token.js'
import { madeUpWords } from './made-up-words.js'
import type { Claim } from './unit.js'

/** The rules behind claims; their texts are in patterns/compose.yaml. */
const RULES: Readonly<Record<PlainSecret['why'] | 'query', string>> = {
  name: 'project-secret-by-name',
  url: 'project-password-in-url',
  connection: 'project-password-in-connection-string',
  option: 'project-password-option',
  query: 'project-token-in-url',
}

/** A text as a project has it. */
export interface ProjectText {
  readonly text: string
  readonly key?: string
  /** Holds references to variables, as written. */
  readonly interpolated: boolean
  readonly command: boolean
  /** Of a command: what is started before it. */
  readonly leading?: readonly string[]
  /** One of several words, which tell by each other what they are: only its URL is looked for. */
  readonly isWord?: boolean
  /** Of a command: what is a password elsewhere in the project, and nothing else. */
  readonly known?: ReadonlySet<string>
}

type ClaimedText = Omit<PlainSecret, 'why'> & { readonly why: keyof typeof RULES }

/** The rule for words that nothing but their looks tells. */
export const LOOKS = 'project-word-like-password'

/** The claims on one text, in bytes. */
export function claimsOn({ text, ...options }: ProjectText): readonly Claim[] {
  const claim = (ruleId: string, start: number, end: number, key: string | undefined): Claim => ({
    ruleId,
    start: Buffer.byteLength(text.slice(0, start)),
    end: Buffer.byteLength(text.slice(0, end)),
    ...(key === undefined ? {} : { key }),
    ...(ruleId === LOOKS ? { guess: true } : {}),
  })
  const plain = plainSecrets(text, options)
  const token = plain.length > 0 ? undefined : queryToken(text)
  const found: readonly ClaimedText[] =
    token === undefined ? plain : [{ start: text.lastIndexOf(token), end: text.length, why: 'query' }]
  const given = found.map(({ start, end, why, key }) => claim(RULES[why], start, end, key))
  const { command, isWord, leading = [], known } = options
  const madeUp = command && isWord !== true ? inLine(text, leading, (words) => madeUpWords(words, [], known)) : []
  return [...given, ...madeUp.map(({ start, value, name }) => claim(LOOKS, start, start + value.length, name))]
}

/** The claims on the words of a command, by their indexes. `leading`: words that are started before these. */
export function claimsOnWords(
  words: readonly string[],
  leading: readonly string[],
  known?: ReadonlySet<string>,
): ReadonlyMap<number, readonly Claim[]> {
  const claims = new Map<number, readonly Claim[]>()
  const add = (ruleId: string, { word, start, value, name: key }: CommandSecret) => {
    const [before, text] = [(words[word] ?? '').slice(0, start), value]
    const from = Buffer.byteLength(before)
    const end = from + Buffer.byteLength(text)
    const claim: Claim = { ruleId, start: from, end, key, ...(ruleId === LOOKS ? { guess: true } : {}) }
    claims.set(word, [...(claims.get(word) ?? []), claim])
  }
  for (const secret of givenByWords(words, leading)) add(RULES.option, secret)
  for (const secret of madeUpWords(words, leading, known)) add(LOOKS, secret)
  return claims
}
