// What every candidate has: why it is one, where it stands, what it is called.
import { relative } from 'node:path'
import {
  assignedSecrets,
  connectionPassword,
  notificationToken,
  proxyKey,
  settingPassword,
} from '../compose/connection-password.js'
import { headerToken } from '../compose/header-token.js'
import { jsonLogins } from '../compose/json-logins.js'
import { loginPasswords } from '../compose/login-values.js'
import { givenByCommands } from '../compose/plain-secrets.js'
import {
  isNamedSecret,
  isNoSecretValue,
  isSecret,
  isTellingValue,
  namesFile,
  secretBy,
} from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import { placeOf } from '../compose/value-place.js'
import { queryToken } from '../detect/query-token.js'
import { looksRandom } from '../detect/value-shape.js'
import { madeUpWords } from '../scan/made-up-words.js'
import type { Blocked } from './build-use.js'
import type { Detected, Detection } from './candidates.js'
import type { Issuer } from './rotate/issuer.js'

/** Why a value is taken for a secret, by what is most telling; undefined: it is not. */
export function reasonFor(value: LocatedValue, detected: Detected): Detection | undefined {
  if (isNoSecretValue(value.resolved) || namesFile(value.key ?? '') || isUserName(value)) return undefined
  const found = detected(value.file, value.start, value.end)
  if (found?.remedy !== undefined) return found
  if (isSecretByName(value)) return { title: 'Secret by its name' }
  if (value.key !== undefined && loginPasswords(value.key, value.resolved).length > 0)
    return { title: 'User and password' }
  if (findUrlPassword(value.resolved) !== undefined) return { title: 'Holds a password in a URL' }
  const given =
    connectionPassword(value.resolved) ??
    notificationToken(value.resolved) ??
    proxyKey(value.resolved) ??
    (queryToken(value.resolved) === undefined ? undefined : 'Holds a token as the query of a URL') ??
    headerToken(value.resolved) ??
    settingPassword(value.resolved) ??
    heldBy(value) ??
    (givenByCommands(value.key ?? '', value.resolved).length > 0 ? 'Password in the commands that it holds' : undefined)
  return given === undefined ? found : { ...found, title: given }
}

/** What says that several variables or users in one value have secrets; undefined: none has. */
function heldBy({ key = '', resolved }: LocatedValue): string | undefined {
  const [assigned] = assignedSecrets(resolved)
  if (assigned !== undefined) return `Holds ${assigned.name}, a secret by its name`
  return jsonLogins(key, resolved).length > 0 ? 'Holds passwords of users' : undefined
}

/** MINIO__ACCESS_KEY: ${MINIO_ROOT_USER}: the key that is the other half of the secret one. */
const isUserName = ({ key = '', interpolates: [name = '', ...more] }: LocatedValue): boolean =>
  more.length === 0 && /access[-_]?key(?:[-_]?id)?$/i.test(key) && /user(?:_?name)?$/i.test(name)

const VARIABLES: ReadonlySet<string> = new Set(['environment', 'env-file-entry', 'dotenv', 'build.args'])
/** Of a Dockerfile. */
const INSTRUCTIONS: ReadonlySet<unknown> = new Set(['ENV', 'ARG'])

const isVariable = ({ section, path }: LocatedValue): boolean => VARIABLES.has(section) || INSTRUCTIONS.has(path[0])

/** A label's key (homepage.widget.key) is one where nobody makes such a value up. */
const isSecretByName = (value: LocatedValue): boolean => {
  const { key, section, resolved } = value
  if (key === undefined) return false
  const isLabelKey = /labels$/.test(section) && isSecret(key, resolved) && looksRandom(resolved)
  return isVariable(value) ? isSecret(key, resolved) : isLabelKey || isNamedSecret(key, resolved)
}

/** What leaves open whether a variable is a secret. */
export type Doubt = 'name' | 'option' | 'prefix'

/** sk-, xoxb-, ghp_: what stands before a key, as samples have it to be completed. A password may be that. */
const PREFIX = /^(?:[A-Za-z]{1,10}\d{0,2}[-_.]){1,3}$/

export const isPrefixAlone = ({ key = '', resolved }: LocatedValue): boolean =>
  PREFIX.test(resolved) && !/pass|pwd|pw\d*$/i.test(key)

/** For a variable that nothing but a person knows to be a secret: what leaves it open. */
export function inDoubt(project: ComposeProject, value: LocatedValue): Doubt | undefined {
  if (value.key === undefined || !isVariable(value) || isUserName(value)) return undefined
  if (isPrefixAlone(value) && secretBy(value.key, value.resolved) !== undefined) return 'prefix'
  if (secretBy(value.key, value.resolved) === 'maybe' || isValueOfKey(project, value)) return 'name'
  return givesRandom(value.resolved) ? 'option' : undefined
}

/** A line of options (SS_CONFIG: -p 6443 -k …) of which one is given what looks like a password, or one with one letter what nobody makes up. */
function givesRandom(text: string): boolean {
  const words = text.trim().split(/\s+/)
  if (!/^--?[A-Za-z]/.test(words[0] ?? '')) return false
  if (madeUpWords(words).length > 0) return true
  return words.some((word, index) => {
    const [, joined] = /^-[A-Za-z]=?(.*)$/.exec(word) ?? []
    return joined !== undefined && RANDOM.test(joined === '' ? (words[index + 1] ?? '') : joined)
  })
}

/** Digits and letters, without a word's signs. */
const RANDOM = /^(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9+/=]{12,}$/

/** X_VALUE beside X_KEY of one service: which of them is the name of the other is not said. */
function isValueOfKey(project: ComposeProject, { key = '', usedBy, resolved }: LocatedValue): boolean {
  const stem = /^(.+)_VALUE$/.exec(key)?.[1]
  if (stem === undefined || isNoSecretValue(resolved)) return false
  return valuesOf(project)
    .withKey(`${stem}_KEY`)
    .some((other) => isSecretLike(other) && other.usedBy.some((service) => usedBy.includes(service)))
}

const isSecretLike = ({ key = '', resolved }: LocatedValue): boolean => secretBy(key, resolved) !== undefined

/** An entry of .env, or of the value's own env file, that the value is made from and that is a secret by its name, whatever becomes of it there. */
export function secretWithin(project: ComposeProject, value: LocatedValue): LocatedValue | undefined {
  const all = value.interpolates.map((name) =>
    valuesOf(project)
      .withKey(name)
      .findLast(
        ({ section, file, start }) =>
          section === 'dotenv' || (section === 'env-file-entry' && file === value.file && start < value.start),
      ),
  )
  return all.find(
    (entry) =>
      entry !== undefined &&
      (isSecret(entry.key ?? '', entry.resolved) || isSecretElsewhere(project, entry)) &&
      entry.resolved.length >= SHORTEST_WITHIN &&
      value.resolved.includes(entry.resolved),
  )
}

/** DBROOT, where a service has it as MYSQL_ROOT_PASSWORD; of a word, which others may have as a name, that says nothing. */
const isSecretElsewhere = (project: ComposeProject, { key = '', resolved }: LocatedValue): boolean =>
  isTellingValue(resolved) &&
  valuesOf(project)
    .interpolating(key)
    .some((other) => isVariable(other) && other.resolved === resolved && isSecret(other.key ?? '', resolved))

/** Shorter values are too likely to be a part of another word. */
const SHORTEST_WITHIN = 4

/** Why a value is taken for a secret that says nothing by itself. */
export const holdsEntry = (entry: LocatedValue | undefined): Detection | undefined =>
  entry === undefined ? undefined : { title: `Holds the value of ${entry.key}` }

/** Of a word that nothing but its looks tells. */
export const LOOKS: Detection = { title: 'It may be a password' }
export const LOOKS_ALONE: Blocked = {
  reason:
    'It may be a password: it looks like one, stands where programs take one, or is one elsewhere in the project. Nothing says what it is here.',
  todo: 'Where it is one, name it: --select SERVICE.VARIABLE.',
}
/** The same of a health check, a hook or a label, which move only by hand. */
export const LOOKS_ALONE_THERE: Blocked = {
  reason: LOOKS_ALONE.reason,
  todo: 'Where it is one, give it to the service as a variable under environment: or as a secret, and let what stands here read that.',
}

export const becauseOf = ({ title, remedy }: Detection, more = '') => ({
  because: title + more,
  ...(remedy === undefined ? {} : { remedy }),
})
/** What a candidate has by its value alone. */
export function base(project: ComposeProject, value: LocatedValue) {
  const [first] = value.usedBy
  const name = value.section === 'healthcheck' ? value.section : (value.key ?? value.section)
  const [top] = value.path
  const field = value.section !== 'env-file-entry' && String(top).startsWith('x-') ? String(top) : undefined
  const owner =
    value.service ?? (value.usedBy.length === 1 ? first : undefined) ?? field ?? relative(project.directory, value.file)
  return {
    id: `${owner}.${name}`,
    value,
    variable: name,
    services: value.usedBy,
    shadowed: [],
    place: placeOf(project, value),
  }
}

/** Remedies without the provider's page say nothing that a person would not know. */
export function detectionOf(ruleId: string, rule: Partial<Issuer> | undefined): Detection {
  const remedy = rule?.remediation
  return {
    title: rule?.title ?? ruleId,
    ...(remedy === undefined || !remedy.includes('https://') ? {} : { remedy }),
  }
}

/** Who issued what was detected, if anybody did who takes it back. */
export const issuerOf = ({ title, remedy }: Detection): readonly Issuer[] =>
  remedy === undefined ? [] : [{ title, remediation: remedy }]
