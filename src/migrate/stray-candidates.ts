// Secrets where no container reads them: options of volumes, addresses of build contexts, annotations. Nothing moves them: they are told.
import { interpolate, templateVariables } from '../compose/interpolate.js'
import { isNamedSecret, isNoSecretValue, isSecret } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import { base, becauseOf } from './candidate-base.js'
import type { Candidate, Detected, Detection } from './candidates.js'
import { placeWords } from './same-value.js'

/** mount's options: username=media,password=… */
const MOUNT_OPTION = /(?:^|,)\s*pass(?:word)?=(?<value>[^,]+)/i

const OF_VOLUME: Blocked = {
  reason: "The engine reads a volume's options, no container: a secret of a service does not get there.",
  todo: 'Let the options name a file (credentials=FILE for cifs, a key for sshfs), or write ${NAME} and set it outside of git.',
}
const OF_BUILD: Blocked = {
  reason: 'What builds the image reads it, no container: a secret of a service does not get there.',
  todo: 'Let the builder log in by itself (ssh:, a credential helper of git), or write ${NAME} and set it outside of git.',
}
const OF_NOBODY: Blocked = {
  reason: 'Nothing is known of what reads it there.',
  todo: 'Take it out by hand, or write ${NAME} and set it outside of git.',
}

const KEEP_LINE = 'Keep that line, and keep its file out of git.'

/** What the project's other sections hold, in values that Compose files write themselves, or have from a line of .env. */
export function strayCandidate(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
): Candidate | undefined {
  if (isNoSecretValue(value.resolved)) return undefined
  const isVolume = value.section === 'volumes' && value.path[0] === 'volumes'
  const isNobodys = isVolume || isOfProject(value)
  const found = (isNobodys ? inOptions(value) : undefined) ?? inUrl(value) ?? byRule(value, detected)
  const line = found === undefined || value.literal ? undefined : lineOf(project, value, found.secret)
  if (found === undefined || (!value.literal && line === undefined)) return undefined
  const { reason, todo } = isVolume ? OF_VOLUME : value.section === 'build' ? OF_BUILD : OF_NOBODY
  const name = [value.path[0], value.path[1], value.key].filter((part) => part !== undefined).join('.')
  return {
    ...base(project, value),
    ...(isNobodys ? { id: name } : {}),
    source: line ?? value,
    secret: found.secret,
    what: 'other',
    obstacle:
      line === undefined
        ? { reason, todo }
        : { reason: `${reason} It comes from ${placeWords(project, line)}.`, todo: KEEP_LINE },
    ...becauseOf(found.why),
  }
}

/** The line of .env that the secret is, or has in it. */
const lineOf = (project: ComposeProject, { interpolates }: LocatedValue, secret: string): LocatedValue | undefined =>
  interpolates
    .map((name) =>
      valuesOf(project)
        .withKey(name)
        .findLast(({ section }) => section === 'dotenv'),
    )
    .find((line) => line !== undefined && line.resolved !== '' && secret.includes(line.resolved))

/** true for what no service has: options and labels of networks, models. */
export const isOfProject = ({ section, service, path }: LocatedValue): boolean =>
  section === 'other' && service === undefined && path[0] !== 'services'

/** The others hold names of files and images. */
const ASKED: ReadonlySet<LocatedValue['section']> = new Set(['volumes', 'annotations', 'build', 'other'])

interface Found {
  readonly secret: string
  readonly why: Detection
}

function inOptions({ key, resolved }: LocatedValue): Found | undefined {
  if (key !== undefined && isNamedSecret(key, resolved))
    return { secret: resolved, why: { title: 'Secret by its name' } }
  const secret = MOUNT_OPTION.exec(resolved)?.groups?.['value']
  return secret === undefined ? undefined : { secret, why: { title: "Password in a volume's options" } }
}

function inUrl({ resolved }: LocatedValue): Found | undefined {
  const url = findUrlPassword(resolved)
  return url === undefined ? undefined : { secret: url.password, why: { title: 'Holds a password in a URL' } }
}

function byRule(value: LocatedValue, detected: Detected): Found | undefined {
  const why = ASKED.has(value.section) ? detected(value.file, value.start, value.end) : undefined
  return why === undefined ? undefined : { secret: why.parts?.[0]?.text ?? value.resolved, why }
}

/** true for an entry of a list whose name stands in a variable, alone or with its value (`- ${JWT_ENV}`). */
export const isNameless = ({ section, key = '', path }: LocatedValue): boolean =>
  section === 'environment' && typeof path.at(-1) === 'number' && templateVariables(key).length > 0

/** Of one: the file says no name that could be edited. */
export function namelessCandidate(project: ComposeProject, value: LocatedValue): Candidate | undefined {
  const { key = '', resolved } = value
  const variables = templateVariables(key)
  const text = interpolate(key, (name) => project.environment.get(name)).value
  const [, name = '', secret = ''] = /^([^=]+)=(.*)$/s.exec(`${text}${resolved === '' ? '' : `=${resolved}`}`) ?? []
  if (!isSecret(name, secret) || isNoSecretValue(secret)) return undefined
  const given = base(project, value)
  return {
    ...given,
    id: `${given.id.slice(0, -key.length)}${name}`,
    variable: name,
    source: value,
    secret,
    what: 'other',
    obstacle: {
      reason: `Its name is made of ${variables.join(', ')}: no line of the file says ${name}.`,
      todo: `Write ${name}: \${${name}} there and ${name}=… into .env, and plan again.`,
    },
    because: 'Secret by its name',
  }
}
