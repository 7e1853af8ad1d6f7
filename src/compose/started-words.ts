// The words that a service starts, and what its image starts before them, as far as the project says it.
import type { ComposeProject } from './types.js'

const wordsOf = new WeakMap<object, readonly string[]>()

/** `command` or `entrypoint` of a service in the merged model, as words; the same array each time. */
export function modelWords(
  project: ComposeProject,
  service: string,
  key: 'command' | 'entrypoint',
): readonly string[] | undefined {
  const services = project.model['services'] as Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  const words = services?.[service]?.[key]
  if (!Array.isArray(words)) return undefined
  const known = wordsOf.get(words) ?? words.map(String)
  wordsOf.set(words, known)
  return known
}

/** What is started before the words of a section, as far as the project says it: what their options mean depends on it. */
export function leadingWords(
  project: ComposeProject,
  service: string,
  section: 'command' | 'entrypoint',
): readonly string[] {
  if (section === 'entrypoint') return []
  const entrypoint = modelWords(project, service, 'entrypoint')
  if (entrypoint !== undefined) return entrypoint
  const services = project.model['services'] as Readonly<Record<string, { readonly image?: unknown }>> | undefined
  const image = String(services?.[service]?.image ?? '')
  const name = /(?:^|\/)([\w.-]+)(?:[:@][^/]*)?$/.exec(image)?.[1] ?? ''
  const isOptions = modelWords(project, service, 'command')?.[0]?.startsWith('-') === true
  const program = STARTED_BY.get(name) ?? (isOptions ? (STARTED_FOR_OPTIONS.get(name) ?? name) : undefined)
  return program === undefined ? [] : [program]
}

/** By the last part of an image's name: these start their program with whatever the command has. */
const STARTED_BY: ReadonlyMap<string, string> = new Map([
  ['cloudflared', 'cloudflared'],
  ['curl', 'curl'],
  ['mc', 'mc'],
  ['mtg', 'mtg'],
  ['ngrok', 'ngrok'],
  ['rclone', 'rclone'],
  ['sftp', 'sftp-server'],
  ['samba', 'samba.sh'],
])
/** Images that put a program of another name than theirs in front of a command that begins with an option. */
const STARTED_FOR_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['coturn', 'turnserver'],
  ['mariadb', 'mariadbd'],
  ['mongo', 'mongod'],
  ['mysql', 'mysqld'],
  ['nats', 'nats-server'],
  ['redis', 'redis-server'],
  ['redis-stack-server', 'redis-server'],
  ['valkey', 'valkey-server'],
])
