// Values under secret names that are put together of text and variables so that moving them would change what the service gets, or
// would freeze what the shell decides: told, never moved.
import { relative } from 'node:path'
import { plainSecrets } from '../compose/plain-secrets.js'
import { isSecretName } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'

/** The value as written, without quotes around it that are not its own (those of `- KEY="${KEY}"` are: the service gets them). */
export function writtenText(project: ComposeProject, value: LocatedValue): string {
  const file = project.files.find((each) => each.file === value.file)
  if (file === undefined) return ''
  const text = Buffer.from(file.bytes.subarray(value.start, value.end)).toString('utf8')
  return isQuoted(value.resolved, text[0]) ? text : text.replace(/^["']|["']$/g, '')
}

const isQuoted = (text: string, quote = ''): boolean =>
  /^["']$/.test(quote) && text.length > 1 && text.startsWith(quote) && text.endsWith(quote)

/** The variables of which something stands in the secret; a command has others beside it. */
export function variableParts(
  { value, secret, what }: Pick<Candidate, 'value' | 'secret' | 'what'>,
  project: ComposeProject,
): readonly string[] {
  if (what !== 'flag') return value.interpolates
  const written = writtenText(project, value)
  return value.interpolates.filter((name) => {
    const [, standing = ''] = new RegExp(`\\$\\{${name}:?-([^{}]*)\\}`).exec(written) ?? []
    const text = project.environment.get(name) || standing
    return text !== '' && secret.includes(text)
  })
}

/** `$name` without braces: in a value that is no reference as a whole it is seldom meant as one. */
const BARE = /(?<!\$)(?:\$\$)*\$(?<name>[A-Za-z_][A-Za-z0-9_]*)/g
const BARE_ONE = new RegExp(BARE.source)
/** `${NAME:-text}` and `${NAME:+text}` with more than references in the text. */
const LITERAL_DEFAULT = /\$\{[A-Za-z_][A-Za-z0-9_]*:?[-+](?!\$\{?\w+\}?\}|\})/

/** One reference with such a text, and nothing else. */
const LONE = /^\$\{([A-Za-z_][A-Za-z0-9_]*):?([-+])[^{}]*\}$/

/** Of a value that is one reference, whose default counts: the reference as written, and its variable. */
export function loneDefault(
  { value, source }: Pick<Candidate, 'value' | 'source'>,
  project: ComposeProject,
): { readonly written: string; readonly name: string } | undefined {
  const written = value === source ? writtenText(project, value) : ''
  const [, name, operator] = LONE.exec(written) ?? []
  return name === undefined || operator !== '-' ? undefined : { written, name }
}

/** The same of a secret that a reference's default gives, also among the words of a command. */
export function standingDefault(
  candidate: Pick<Candidate, 'value' | 'source' | 'secret' | 'what'>,
  project: ComposeProject,
): { readonly written: string; readonly name: string } | undefined {
  if (candidate.what !== 'flag') return loneDefault(candidate, project)
  const written = writtenText(project, candidate.value)
  return candidate.value.interpolates.flatMap((name) => {
    const [found, operator, text] = new RegExp(`\\$\\{${name}(:?-)([^{}]*)\\}`).exec(written) ?? []
    const set = project.environment.get(name)
    const counts = set === undefined || (set === '' && operator === ':-')
    return found !== undefined && counts && text === candidate.secret ? [{ written: found, name }] : []
  })[0]
}

/** References to variables, whatever stands in their braces. */
const REFERENCES = /\$(?:\{[^{}]*\}|[A-Za-z_][A-Za-z0-9_]*)/g
/** Letters and digits beside the references that may be a secret. */
const LEAST_TEXT = 4

/** Variables that `value` names by a `$` without braces, and that nothing sets: neither .env or the shell, nor a line above in its env file. */
export function unsetNames(project: ComposeProject, value: LocatedValue): readonly string[] {
  const isAbove = ({ section, file, start }: LocatedValue) =>
    section === 'env-file-entry' && file === value.file && start < value.start
  return [...writtenText(project, value).matchAll(BARE)]
    .map(({ groups }) => groups?.['name'] ?? '')
    .filter((name) => project.environment.get(name) === undefined)
    .filter((name) => value.section !== 'env-file-entry' || !valuesOf(project).withKey(name).some(isAbove))
}

const ENV_LINES: ReadonlySet<LocatedValue['section']> = new Set(['dotenv', 'env-file-entry'])

/** true for a line of an env file that Compose takes apart at its dollars: HASH=$apr1$abc */
const isTakenApart = (project: ComposeProject, line: LocatedValue): boolean =>
  unsetNames(project, line).some((name) => line.interpolates.includes(name)) && !isLoneReference(project, line)

const isLoneReference = (project: ComposeProject, value: LocatedValue): boolean =>
  /^\$[A-Za-z_][A-Za-z0-9_]*$/.test(writtenText(project, value))

/** Why a value stays that comes from a line of .env, by one of `names`, which is not what stands there, since Compose takes it apart at its dollars. */
export function takenApart(project: ComposeProject, names: readonly string[]): Blocked | undefined {
  const lines = names.flatMap((name) => valuesOf(project).withKey(name))
  const line = lines.find((each) => each.section === 'dotenv' && isTakenApart(project, each))
  return line === undefined
    ? undefined
    : dollarsOf(`${line.key} (${relative(project.directory, line.file)}:${line.line})`)
}

/** The name of the variable would be a part of the value. */
const dollarsOf = (what: string): Blocked => ({
  reason: `Compose reads a $ in ${what} as the beginning of a variable that is not set, so the service gets another value than stands there.`,
  todo: 'Write $$ for a $ that belongs to the value (the service gets that then), and plan again.',
})

/** A secret by its name of which nothing is left, since Compose takes it apart at its dollars. */
export function takenApartWhole(
  project: ComposeProject,
  value: LocatedValue,
): { readonly secret: string; readonly obstacle: Blocked } | undefined {
  const isMeant = ENV_LINES.has(value.section) && value.resolved === '' && isSecretName(value.key ?? '')
  const obstacle = isMeant && isTakenApart(project, value) ? unsettled(project, value) : undefined
  return obstacle === undefined ? undefined : { secret: writtenText(project, value), obstacle }
}

/** Why a value that interpolates variables stays, where part of it is hard-coded; undefined: nothing of it is. */
export function unsettled(project: ComposeProject, value: LocatedValue): Blocked | undefined {
  const written = writtenText(project, value)
  if (unsetNames(project, value).length > 0 && !isLoneReference(project, value)) return dollarsOf('it')
  if (!LITERAL_DEFAULT.test(written)) {
    const around = written.replace(REFERENCES, ' ').match(/[A-Za-z0-9]/g)?.length ?? 0
    // A lone "$" is seldom meant as a reference, whatever the shell has under that name.
    const least = BARE_ONE.test(written) ? 1 : LEAST_TEXT
    if (value.interpolates.length === 0 || around < least) return undefined
    return openParts(value.interpolates)
  }
  const [, name = '', operator] = LONE.exec(written) ?? []
  if (operator === '+') return conditional(name)
  if (operator === '-')
    return {
      reason: `The shell sets ${name} now, which Compose takes instead of the default that stands here.`,
      todo: `Plan again without it (env -u ${name} …), or take the default out where the shell always sets ${name}.`,
    }
  return {
    reason: 'It is put together of variables, with a default that stands in the file.',
    todo: 'Set the variables in .env, or write one value, and plan again.',
  }
}

/** Of a value with variables that only a shell may set: a secret would hold what they are now. */
export const openParts = (names: readonly string[]): Blocked => ({
  reason: `It is put together of text and ${names.join(', ')}, which no file of the project sets.`,
  todo: `Set ${names.length === 1 ? 'it' : 'them'} in .env, or write one value ($$ for a $ that belongs to it), and plan again.`,
})

const conditional = (name: string): Blocked => ({
  reason: `It stands in a \${${name}:+…}: the service has it only where ${name} is set.`,
  todo: 'Write the value without the condition where the service always has it, and plan again.',
})

/** What stands behind `${NAME:+` of a variable that is a secret by its name, where NAME is not set now: nobody has it, and there it stands. */
export function conditionalSecret(
  project: ComposeProject,
  value: LocatedValue,
): { readonly secret: string; readonly obstacle: Blocked } | undefined {
  if (value.key === undefined || value.resolved !== '' || value.interpolates.length !== 1) return undefined
  const written = writtenText(project, value)
  const [, name = '', operator] = LONE.exec(written) ?? []
  const [found] = operator === '+' ? plainSecrets(written, { key: value.key, interpolated: true, command: false }) : []
  if (found === undefined) return undefined
  return { secret: written.slice(found.start, found.end).replaceAll('$$', '$'), obstacle: conditional(name) }
}
