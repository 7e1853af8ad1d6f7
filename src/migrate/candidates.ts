// The hard-coded secrets of a Compose project: what could be moved, and what can only be explained. Plain values stay in memory.
import { relative } from 'node:path'
import type { CommandSecret } from '../compose/command-secrets.js'
import { flagValue } from '../compose/option-password.js'
import { isNoSecretValue, isSecretName, isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { placeOf } from '../compose/value-place.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Place } from '../scan/types.js'
import { secretsOfCommand } from './command-parts.js'
import { configName } from './config-content.js'
import type { CopiedSecret } from './from-report/file-finding.js'
import { usersFile, usersLabel } from './traefik-label.js'

export interface Candidate {
  /** SERVICE.KEY, or FILE.KEY where no service is named: what --select takes. */
  readonly id: string
  /** Where it is used: an environment entry, a command … */
  readonly value: LocatedValue
  /** Where the text of the value stands; another entry than `value` where that interpolates a .env. */
  readonly source: LocatedValue
  /** Plain: must not be printed. */
  readonly secret: string
  readonly variable: string
  /** `build-arg`: for the build alone, from the Compose file or as an ARG or ENV of the Dockerfile. `image-env`: an ENV that the image keeps. `…-literal`: in a Dockerfile's RUN, or in its CMD, ENTRYPOINT, HEALTHCHECK. */
  readonly what:
    | 'environment'
    | 'env-file'
    | 'flag'
    | 'build-arg'
    | 'image-env'
    | 'copied-file'
    | 'build-literal'
    | 'run-literal'
    | 'other'
  readonly services: readonly string[]
  /** Entries of the same variable that this one overrides: they would come to count once it is gone, so they go with it. */
  readonly shadowed: readonly LocatedValue[]
  readonly place: Place
  /** Of a command: which part of its words it is. */
  readonly given?: GivenInCommand
  /** Of a file that the image holds: where it goes instead. */
  readonly copied?: CopiedSecret
  /** IDs of those that it moves together with, or not at all. */
  readonly together?: readonly string[]
  /** Of a Dockerfile's command: as text it may stand for something else, too. */
  readonly vague?: true
  /** No secret itself: moves along with one. */
  readonly companion?: true
  /** Why it is taken for a secret, for people. */
  readonly because: string
  /** How its provider takes it back. */
  readonly remedy?: string
}

/** A secret among the words of a service's command or entrypoint. */
export interface GivenInCommand extends Pick<CommandSecret, 'by' | 'word' | 'start'> {
  readonly section: 'command' | 'entrypoint'
}

/** What a detection rule calls a value, and how its provider takes it back. */
export interface Detection {
  readonly title: string
  /** One sentence with the provider's page; absent where there is none. */
  readonly remedy?: string
  /** What of the value was found, each with its own. Plain: must not be printed. */
  readonly parts?: readonly (Detection & { readonly text: string; readonly key: string })[]
}

/** Findings of the detection engine on the project's files, by absolute file and byte offset of the value. */
export type Detected = (file: string, start: number, end: number) => Detection | undefined

/** Reference to one variable and nothing else: $X, ${X}, ${X:-default} … */
const LONE_REFERENCE = /^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*(?::?[-?+][^{}]*)?\})$/

/** Everything in the project that is a secret by its name, its form or the detection engine's word; in the files' order. */
export function findCandidates(project: ComposeProject, detected: Detected): readonly Candidate[] {
  const first = project.values.flatMap((value) => candidatesOf(project, value, detected, new Map()))
  const equal = new Map(
    first.filter(({ secret }) => isTellingValue(secret)).map((candidate) => [candidate.secret, candidate]),
  )
  const found = project.values.flatMap((value) => candidatesOf(project, value, detected, equal))
  const along = new Set(found.flatMap(({ shadowed }) => shadowed))
  const candidates = found.filter(({ value }) => !along.has(value))
  const ids = new Map<string, number>()
  return candidates.map((candidate) => {
    const count = (ids.get(candidate.id) ?? 0) + 1
    ids.set(candidate.id, count)
    return count === 1 ? candidate : { ...candidate, id: `${candidate.id}#${count}` }
  })
}

function candidatesOf(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
  equal: ReadonlyMap<string, Candidate>,
): readonly Candidate[] {
  if (value.resolved === '' || value.section === 'dotenv') return []
  const one = (candidate: Candidate | undefined) => (candidate === undefined ? [] : [candidate])
  switch (value.section) {
    case 'environment':
    case 'env-file-entry':
    case 'build.args':
      return one(variableCandidate(project, value, detected))
    case 'command':
    case 'entrypoint':
      return commandCandidates(project, value, detected, equal)
    case 'build':
      return value.key === 'dockerfile_inline' ? inlineCandidates(project, value) : []
    case 'labels':
    case 'deploy.labels':
    case 'healthcheck':
    case 'configs':
    case 'x-':
    case 'logging':
    case 'other':
      return one(otherCandidate(project, value, detected))
    default:
      return []
  }
}

/** Why a value is taken for a secret, by what is most telling; undefined: it is not. */
export function reasonFor(value: LocatedValue, detected: Detected): Detection | undefined {
  if (isNoSecretValue(value.resolved)) return undefined
  const found = detected(value.file, value.start, value.end)
  if (found?.remedy !== undefined) return found
  if (value.key !== undefined && isSecretName(value.key)) return { title: 'Secret by its name' }
  if (findUrlPassword(value.resolved) !== undefined) return { title: 'Holds a password in a URL' }
  return found
}

function variableCandidate(project: ComposeProject, value: LocatedValue, detected: Detected): Candidate | undefined {
  const reason = reasonFor(value, detected)
  return reason === undefined ? undefined : variableBase(project, value, reason)
}

/** The hard-coded entry of `variable` that counts for `service`. */
export function memberOf(project: ComposeProject, service: string, variable: string): LocatedValue | undefined {
  return project.values.find(
    ({ section, key, usedBy, resolved }) =>
      (section === 'environment' || section === 'env-file-entry') &&
      key === variable &&
      usedBy.includes(service) &&
      resolved !== '',
  )
}

/** A variable as a candidate; undefined where its value stands in no file, or nobody has it. */
export function variableBase(project: ComposeProject, value: LocatedValue, reason: Detection): Candidate | undefined {
  const source = sourceOf(project, value)
  if (value.key === undefined || source === undefined) return undefined
  // Nobody's, and not a service's either: an x- field.
  if (value.usedBy.length === 0 && value.service === undefined && value.namedBy === undefined) return undefined
  return {
    ...base(project, value),
    source,
    secret: value.resolved,
    what: KINDS.get(value.section) ?? 'env-file',
    shadowed: value.section === 'build.args' ? [] : shadowedBy(project, value),
    ...becauseOf(reason, source === value ? '' : `, through ${relative(project.directory, source.file)}`),
  }
}

const KINDS: ReadonlyMap<LocatedValue['section'], Candidate['what']> = new Map([
  ['environment', 'environment'],
  ['build.args', 'build-arg'],
])

export const becauseOf = ({ title, remedy }: Detection, more = '') => ({
  because: title + more,
  ...(remedy === undefined ? {} : { remedy }),
})

function shadowedBy(project: ComposeProject, value: LocatedValue): readonly LocatedValue[] {
  return project.values.filter((other) => {
    if (other === value || other.key !== value.key || other.usedBy.length > 0) return false
    if (other.section === 'env-file-entry')
      return (
        other.file === value.file ||
        (other.namedBy?.some((service) => value.usedBy.includes(service)) === true && !hasUsed(project, other))
      )
    return other.section === 'environment' && other.service !== undefined && value.usedBy.includes(other.service)
  })
}

/** true where the env file of `entry` has a line of the same variable that a service uses: it goes with that one. */
const hasUsed = (project: ComposeProject, entry: LocatedValue): boolean =>
  project.values.some(
    ({ section, file, key, usedBy }) =>
      section === 'env-file-entry' && file === entry.file && key === entry.key && usedBy.length > 0,
  )

/** The entry whose text is the value; undefined where it comes from the shell, or is put together of several. */
function sourceOf(project: ComposeProject, value: LocatedValue): LocatedValue | undefined {
  if (value.interpolates.length === 0) return value
  const [variable] = value.interpolates
  const file = project.files.find((each) => each.file === value.file)
  const written =
    file === undefined
      ? ''
      : Buffer.from(file.bytes)
          .subarray(value.start, value.end)
          .toString('utf8')
          .replace(/^["']|["']$/g, '')
  const dotenv = project.values.findLast(({ section, key }) => section === 'dotenv' && key === variable)
  if (value.interpolates.length > 1 || !(value.passThrough || LONE_REFERENCE.test(written))) {
    // A text put together from .env and literal parts is a secret of its own: it is read resolved.
    return dotenv === undefined && !/:\/\//.test(written) ? undefined : value
  }
  if (dotenv !== undefined && dotenv.resolved === value.resolved) return dotenv
  return /:?-/.test(written) && project.environment.get(variable ?? '') === undefined ? value : undefined
}

/** Every secret of a command. `equal`: secrets that are one elsewhere. */
function commandCandidates(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
  equal: ReadonlyMap<string, Candidate>,
): readonly Candidate[] {
  const service = value.usedBy.find((each) => each === value.service) ?? value.usedBy[0]
  const section = value.section === 'command' ? 'command' : 'entrypoint'
  const words = service === undefined ? undefined : modelWords(project, service, section)
  if (service === undefined || words === undefined) return []
  const item = value.path.at(-1)
  const known = [
    ...(detected(value.file, value.start, value.end)?.parts ?? []).map((part) => ({ ...part, name: part.key })),
    ...[...equal.values()].map(({ id, secret, variable }) => ({
      text: secret,
      key: section,
      name: variable,
      title: `The value of ${id}`,
    })),
  ]
  return secretsOfCommand(words, typeof item === 'number' ? item : undefined, known)
    .filter(({ secret }) => value.resolved.includes(secret.value))
    .map(({ key, secret, why }) => ({
      ...base(project, value),
      id: `${service}.${key}`,
      variable: secret.name,
      given: { by: secret.by, word: secret.word, start: secret.start, section },
      source: value,
      secret: secret.value,
      what: 'flag',
      ...becauseOf(why),
      place: { ...placeOf(project, value), key } as Place,
    }))
}

/** A Dockerfile inside the Compose file is not edited: what its instructions hold is told. */
function inlineCandidates(project: ComposeProject, value: LocatedValue): readonly Candidate[] {
  const { instructions } = parseDockerfile(value.file, Buffer.from(value.resolved))
  return instructions
    .flatMap(({ pairs }) => pairs)
    .flatMap((pair) => {
      if (pair.value === undefined || pair.variables.length > 0 || !isSecretName(pair.key)) return []
      if (isNoSecretValue(pair.value)) return []
      const own = base(project, value)
      return [
        {
          ...own,
          id: `${own.id}.${pair.key}`,
          source: value,
          secret: pair.value,
          variable: pair.key,
          what: 'other' as const,
          because: 'Secret by its name',
        },
      ]
    })
}

function otherCandidate(project: ComposeProject, value: LocatedValue, detected: Detected): Candidate | undefined {
  const reason =
    reasonFor(value, detected) ??
    (usersLabel(value.key) === undefined ? undefined : { title: 'Password hashes of Traefik' }) ??
    (flagValue(value.resolved) === undefined ? undefined : { title: 'Password in a command' })
  const source = sourceOf(project, value)
  if (reason === undefined || (!value.usedBy.length && value.section !== 'configs' && value.section !== 'x-'))
    return undefined
  // An x- field that nobody uses and that only names a variable holds nothing.
  if (source === undefined || (value.section === 'x-' && !value.literal && !value.usedBy.length)) return undefined
  return {
    ...base(project, value),
    ...configBase(project, value),
    source,
    secret: secretOf(value),
    what: 'other',
    ...becauseOf(reason),
  }
}

/** What of the value is the secret; of a config all of it, since it moves as a file. */
function secretOf(value: LocatedValue): string {
  if (configName(value) !== undefined) return value.resolved
  if (usersLabel(value.key) !== undefined) return usersFile(value.resolved)
  return findUrlPassword(value.resolved)?.password ?? flagValue(value.resolved)?.value ?? value.resolved
}

/** A config is called by its name, and belongs to the services that it is granted to. */
function configBase(project: ComposeProject, value: LocatedValue) {
  const name = configName(value)
  if (name === undefined) return {}
  const services = Object.entries((project.model['services'] ?? {}) as Readonly<Record<string, { configs?: unknown }>>)
  const users = services.filter(
    ([, { configs }]) =>
      Array.isArray(configs) && configs.some((grant) => (grant as { source?: unknown }).source === name),
  )
  return { id: `configs.${name}`, variable: name, services: users.map(([service]) => service).sort() }
}

function base(project: ComposeProject, value: LocatedValue) {
  const [first] = value.usedBy
  const owner =
    value.service ?? (value.usedBy.length === 1 ? first : undefined) ?? relative(project.directory, value.file)
  return {
    id: `${owner}.${value.key ?? value.section}`,
    value,
    variable: value.key ?? value.section,
    services: value.usedBy,
    shadowed: [],
    place: placeOf(project, value),
  }
}

/** `command` or `entrypoint` of a service in the merged model, as words. */
export function modelWords(
  project: ComposeProject,
  service: string,
  key: 'command' | 'entrypoint',
): readonly string[] | undefined {
  const services = project.model['services'] as Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  const words = services?.[service]?.[key]
  return Array.isArray(words) ? words.map(String) : undefined
}
