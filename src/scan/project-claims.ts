// What a project's owner says by naming: values that are secrets by name, URL or option (a whole query, too), as claims for the workers.
import { type PlainSecret, passwordWord, plainSecrets } from '../compose/plain-secrets.js'
import { queryToken } from '../detect/query-token.js'
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
}

type ClaimedText = Omit<PlainSecret, 'why'> & { readonly why: keyof typeof RULES }

/** The claims on one text, in bytes. */
export function claimsOn({ text, ...options }: ProjectText): readonly Claim[] {
  const plain = plainSecrets(text, options)
  const token = plain.length > 0 ? undefined : queryToken(text)
  const found: readonly ClaimedText[] =
    token === undefined ? plain : [{ start: text.lastIndexOf(token), end: text.length, why: 'query' }]
  return found.map(({ start, end, why, key }) => ({
    ruleId: RULES[why],
    start: Buffer.byteLength(text.slice(0, start)),
    end: Buffer.byteLength(text.slice(0, end)),
    ...(key === undefined ? {} : { key }),
  }))
}

/** The claim on one of a command's words, where an option before it or in it gives a password. */
export function claimOnWord(words: readonly string[]): { readonly index: number; readonly claim: Claim } | undefined {
  const found = passwordWord(words)
  const word = found === undefined ? undefined : words[found.index]
  if (found === undefined || word === undefined) return undefined
  const start = Buffer.byteLength(word.slice(0, found.start))
  return { index: found.index, claim: { ruleId: RULES.option, start, end: Buffer.byteLength(word), key: found.option } }
}
