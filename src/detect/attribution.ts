// Whose key a generic rule has found, where the host or the comment beside it says so: "https://api.mailgun.net", "# Mailgun". Finds nothing.
import type { CompiledRule } from './compiled-rules.js'
import type { Match } from './types.js'

/** Rules that know a key by the place in a request, whatever the service. */
const OF_REQUESTS = new Set(['http-bearer-authorization', 'http-token-authorization', 'url-token-parameter'])

/** Bytes before and behind a value in which its line, and the one above, are read. */
const REACH = 300
const HOST = /(?<=:\/\/|[@.]|["'=\s])([a-z0-9][a-z0-9-]{1,40})\.(?:com|io|net|org|dev|app|ai|co|eu|cloud)(?![\w.-])/gi
const COMMENT = /^\s*(?:#+|\/\/+|--|;+|\/?\*+|<!--)\s*([A-Za-z][\w .&'-]{1,50}?)\s*:?\s*(?:-->|\*\/)?$/
/** What a comment says beside the service's name. */
const FILLERS =
  /\b(?:api|keys?|tokens?|secrets?|credentials?|auth|prod(?:uction)?|live|staging|dev|test|the|our|for|access|account|config(?:uration)?|settings)\b/gi

/** Gives the id of the service's rule for a match, or undefined. */
export type Attribution = (match: Match, bytes: Uint8Array, offset: number) => string | undefined

/** By the names of the services that have a rule for values of no shape of their own; each rule still judges the value. */
export function createAttribution(rules: readonly CompiledRule[]): Attribution {
  const services = new Map<string, CompiledRule>()
  const nameless = new Set(OF_REQUESTS)
  for (const compiled of rules) {
    const { id, kind } = compiled.rule
    if (kind === 'service' && id.endsWith('-credential'))
      services.set(plainName(id.slice(0, -'-credential'.length)), compiled)
    if (kind === 'generic') nameless.add(id)
  }
  return (match, bytes, offset) => {
    if (!nameless.has(match.ruleId) || match.confidence === 'low' || match.value.length < 16) return undefined
    const name = namesBeside(match, bytes, offset).find((each) => services.has(each))
    const service = name === undefined ? undefined : services.get(name)
    return service !== undefined && takes(service, match) ? service.rule.id : undefined
  }
}

/** Whether the rule would have found the value behind the service's name. */
function takes({ rule, pattern }: CompiledRule, { value }: Match): boolean {
  const name = rule.id.slice(0, -'-credential'.length).replaceAll('-', '_')
  const text = Buffer.from(value).toString('latin1')
  const tried = pattern()
  tried.lastIndex = 0
  const found = tried.exec(`${name}_api_key = "${text}"`)
  tried.lastIndex = 0
  return found?.groups?.['secret'] === text
}

function namesBeside({ start, end }: Match, bytes: Uint8Array, offset: number): readonly string[] {
  const [from, to] = [start - offset, end - offset]
  const before = latin1(bytes, Math.max(0, from - REACH), from)
  const behind = latin1(bytes, to, Math.min(bytes.length, to + REACH))
  const lineStart = before.lastIndexOf('\n') + 1
  const line = `${before.slice(lineStart)} ${behind.slice(0, (behind.indexOf('\n') + 1 || behind.length + 1) - 1)}`
  const above = before.slice(before.lastIndexOf('\n', lineStart - 2) + 1, Math.max(0, lineStart - 1))
  const comment = COMMENT.exec(above)?.[1]?.replace(FILLERS, '')
  return [...hostsIn(line), ...hostsIn(above), ...(comment === undefined ? [] : [plainName(comment)])]
}

const hostsIn = (text: string): readonly string[] => [...text.matchAll(HOST)].map(([, name = '']) => plainName(name))

const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString('latin1')
}
