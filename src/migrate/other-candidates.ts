// Secrets that no variable and no command holds: labels, configs, x- fields, a Dockerfile inside the Compose file.
import { dirname, join } from 'node:path'
import { isCommand } from '../compose/command-places.js'
import { commandSecrets } from '../compose/command-secrets.js'
import { knownWords } from '../compose/known-words.js'
import { isSecret } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import { madeUpWords } from '../scan/made-up-words.js'
import type { Blocked } from './build-use.js'
import { base, becauseOf, holdsEntry, LOOKS, LOOKS_ALONE_THERE, reasonFor, secretWithin } from './candidate-base.js'
import type { Candidate, Detected, Detection } from './candidates.js'
import { configName } from './config-content.js'
import { madeFromVariable } from './secret-sources.js'
import { usersFile, usersLabel } from './traefik-label.js'
import { takenApart, unsettled } from './unsettled.js'
import { sourceOf } from './value-source.js'

/** A Dockerfile inside the Compose file is not edited: what its instructions hold is told. */
export function inlineCandidates(project: ComposeProject, value: LocatedValue): readonly Candidate[] {
  const { instructions } = parseDockerfile(value.file, Buffer.from(value.resolved))
  return instructions
    .flatMap(({ pairs }) => pairs)
    .flatMap((pair) => {
      if (pair.value === undefined || pair.variables.length > 0 || !isSecret(pair.key, pair.value)) return []
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

export function otherCandidate(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
): Candidate | undefined {
  const within = secretWithin(project, value)
  const reason =
    reasonFor(value, detected) ??
    holdsEntry(within) ??
    (usersLabel(value.key) === undefined ? undefined : { title: 'Password hashes of Traefik' }) ??
    (givenIn(value) === undefined ? undefined : { title: 'Password in a command' }) ??
    lookingLikeOne(project, value)
  const own = sourceOf(project, value)
  const obstacle = own === undefined ? unsettled(project, value) : takenApart(project, value.interpolates)
  const source = own ?? (obstacle === undefined ? undefined : value)
  if (reason === undefined || (!value.usedBy.length && value.section !== 'configs' && value.section !== 'x-'))
    return undefined
  // An x- field that nobody uses and that only names a variable holds nothing.
  if (source === undefined || (value.section === 'x-' && !value.literal && !value.usedBy.length)) return undefined
  return {
    ...base(project, value),
    ...configBase(project, value),
    source,
    secret: secretOf(project, value),
    what: 'other',
    ...becauseOf(reason),
    ...(reason === LOOKS ? { obstacle: LOOKS_ALONE_THERE } : obstacle === undefined ? {} : { obstacle }),
  }
}

const lookingLikeOne = (project: ComposeProject, value: LocatedValue): Detection | undefined =>
  madeUpIn(project, value) === undefined ? undefined : LOOKS

/** What an option of a command gives that a label or the like holds. Plain: must not be printed. */
const givenIn = ({ resolved }: LocatedValue): string | undefined =>
  /\s/.test(resolved) ? commandSecrets([resolved]).find(({ by }) => by !== 'url')?.value : undefined

const madeUpIn = (project: ComposeProject, value: LocatedValue): string | undefined =>
  isCommand(value) ? madeUpWords([value.resolved], [], knownWords(project))[0]?.value : undefined

/** What of the value is the secret; of a config all of it, since it moves as a file. */
function secretOf(project: ComposeProject, value: LocatedValue): string {
  if (configName(value) !== undefined) return value.resolved
  if (usersLabel(value.key) !== undefined) return usersFile(value.resolved)
  return findUrlPassword(value.resolved)?.password ?? givenIn(value) ?? madeUpIn(project, value) ?? value.resolved
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

/** An entry of .env that no service has, since no Compose file interpolates it or the shell sets another value: only explained. */
export function unusedCandidate(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
): Candidate | undefined {
  const reason = reasonFor(value, detected)
  const { key = '', file } = value
  if (reason === undefined) return undefined
  const users = [...valuesOf(project).interpolating(key), ...valuesOf(project).withKey(key)].filter(
    ({ section, file: other, interpolates }) =>
      (section !== 'dotenv' && interpolates.includes(key)) || (section === 'env-file-entry' && other === file),
  )
  const isHidden = isOverruled(project, value) && users.every(({ section }) => section !== 'env-file-entry')
  if (users.length > 0 && !isHidden) return undefined
  return {
    ...base(project, value),
    source: value,
    secret: value.resolved,
    what: 'other',
    ...becauseOf(reason),
    ...obstacleOf(users.length === 0 ? takenAsSecret(project, key) : (ofIncluded(project, value) ?? overruled(key))),
  }
}

const obstacleOf = (obstacle: Blocked | undefined) => (obstacle === undefined ? {} : { obstacle })

/** `secrets: npm: { environment: NPM_TOKEN }`. */
function takenAsSecret(project: ComposeProject, key: string): Blocked | undefined {
  const taker = madeFromVariable(project, key)
  if (taker === undefined) return undefined
  return {
    reason: `${taker} takes it, by environment:.`,
    todo: 'It is given as a file already: leave the line, or let that one take a file (file:) that git does not hold.',
  }
}

/** The shell has another value for it than the last line of the name. */
function isOverruled(project: ComposeProject, value: LocatedValue): boolean {
  const { key = '', resolved } = value
  const last = valuesOf(project)
    .withKey(key)
    .findLast(({ section }) => section === 'dotenv')
  return last === value && project.environment.get(key) !== resolved
}

/** An entry of the env file of an included project, which has nothing to do with the shell. */
function ofIncluded(project: ComposeProject, { file, key = '' }: LocatedValue): Blocked | undefined {
  const set = project.environment.get(key)
  const own = join(project.directory, '.env')
  const isOwnSet = valuesOf(project)
    .withKey(key)
    .some(({ section, file: other, resolved }) => section === 'dotenv' && other === own && resolved === set)
  if (dirname(file) === project.directory || (set !== undefined && !isOwnSet)) return undefined
  return {
    reason: isOwnSet
      ? `It is of an included project, which gets the ${key} of .env instead of this line.`
      : 'It is of an included project.',
    todo: 'Run secretscan migrate in that project.',
  }
}

const overruled = (key: string): Blocked => ({
  reason: `The shell sets ${key} to another value now, which Compose takes instead of this line.`,
  todo: `Plan again without it (env -u ${key} …), or remove the line where the shell always sets it.`,
})
