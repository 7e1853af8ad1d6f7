// Secrets that are a line of a program's settings (default_pass = … of RabbitMQ) and not the bare value: the next version is such a line, too.
import type { ComposeProject } from '../../compose/types.js'
import { UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { asList, asTree } from '../../support/tree.js'
import { conventionFor } from '../conventions.js'
import { imageOf, serviceModel } from '../service-model.js'
import type { SecretPlace } from './find.js'

export interface SettingsLine {
  /** With <value> for the value. */
  readonly line: string
  /** Values that need no quotes there. */
  readonly plain: RegExp
  /** What the line stands for. */
  readonly variables: readonly string[]
}

/** The line that `service` reads the secret as: it is mounted where its image has settings. undefined: it is the value itself. */
export function settingsOf(project: ComposeProject, service: string, name: string): SettingsLine | undefined {
  const known = conventionFor(imageOf(project, service))
  if (known === undefined || known === 'none' || known.configFile === undefined) return undefined
  const { target, line, plain } = known.configFile
  const isThere = asList(serviceModel(project, service)['secrets'])
    .map(asTree)
    .some((grant) => grant['source'] === name && grant['target'] === target.replace('<name>', name))
  return isThere ? { line, plain, variables: known.variables } : undefined
}

const lineOf = (project: ComposeProject, { name, users }: SecretPlace): SettingsLine | undefined =>
  users.map((service) => settingsOf(project, service, name)).find((found) => found !== undefined)

/** What is to be written for the value `given`: a new Secret, the caller's to wipe. @throws UsageError where the line cannot hold it. */
export function asStored(project: ComposeProject, place: SecretPlace, given: Secret): Secret {
  const settings = lineOf(project, place)
  if (settings === undefined) return Secret.of(given.reveal())
  const text = Buffer.from(given.reveal()).toString('utf8')
  if (!settings.plain.test(text))
    throw new UsageError(
      `The new value of ${place.name} cannot stand as it is in a line of settings (${settings.line}).`,
      {
        hint: 'Give the value alone, of letters and digits, as --generate makes it.',
      },
    )
  return Secret.of(Buffer.from(settings.line.replace('<value>', () => text)))
}

/** The bare value of what is there: what other places have. */
export function bareValue(project: ComposeProject, place: SecretPlace, stored: Secret): Secret {
  const settings = lineOf(project, place)
  const text = Buffer.from(stored.reveal()).toString('utf8')
  const [before = '', after = ''] = (settings?.line ?? '').split('<value>')
  if (settings === undefined || !text.startsWith(before) || !text.endsWith(after)) return stored
  return Secret.of(Buffer.from(text.slice(before.length, text.length - after.length)))
}
