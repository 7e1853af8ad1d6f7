// Secrets in the words of a service's command, entrypoint or health check.

import { commandSecrets } from '../compose/command-secrets.js'
import { knownWords } from '../compose/known-words.js'
import { inLine } from '../compose/plain-secrets.js'
import { isNoSecretValue, isSecret } from '../compose/secret-names.js'
import { placedShellWords, splitShellWords } from '../compose/shell-words.js'
import { leadingWords, modelWords } from '../compose/started-words.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { placeOf } from '../compose/value-place.js'
import type { Place } from '../scan/types.js'
import type { TextIndex } from '../support/text-index.js'
import { asList, asTree } from '../support/tree.js'
import type { Blocked } from './build-use.js'
import { base, becauseOf, LOOKS_ALONE, LOOKS_ALONE_THERE, reasonFor } from './candidate-base.js'
import type { Candidate, Detected } from './candidates.js'
import { type KnownText, secretsOfCommand } from './command-parts.js'
import { serviceModel } from './service-model.js'
import { takenApart, variableParts } from './unsettled.js'

/** Every secret of a command. `equal`: secrets that are one elsewhere. */
export function commandCandidates(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
  equal: TextIndex<Candidate>,
): readonly Candidate[] {
  const service = value.usedBy.find((each) => each === value.service) ?? value.usedBy[0]
  const section = value.section === 'command' ? 'command' : 'entrypoint'
  if (service === undefined) return []
  const words = modelWords(project, service, section) ?? inactiveWords(project, service, value)
  if (words === undefined) return []
  const item = value.path.at(-1)
  const known = [
    ...interpolatedSecrets(project, value),
    ...(detected(value.file, value.start, value.end)?.parts ?? [])
      .filter(({ text }) => !isNoSecretValue(text))
      .map((part) => ({ ...part, name: part.key })),
    ...equal.within(value.resolved).map(({ id, secret, variable }) => ({
      text: secret,
      key: section,
      name: variable,
      title: `The value of ${id}`,
    })),
  ]
  // A text is split into words, which have lost its quotes and backslashes.
  const written = [value.resolved, ...(typeof item === 'number' ? [] : (splitShellWords(value.resolved) ?? []))]
  const leading = leadingWords(project, service, section)
  const parts = secretsOfCommand(
    words,
    typeof item === 'number' ? item : undefined,
    known,
    leading,
    knownWords(project),
  ).filter(({ secret }) => written.some((word) => word.includes(secret.value)))
  const found = parts.map(({ key, secret, why, doubtful }): Candidate => {
    const names = variableParts({ value, secret: secret.value, what: 'flag' }, project)
    const told = secret.escaped === true ? ESCAPED : doubtful === true ? LOOKS_ALONE : undefined
    const obstacle = told ?? takenApart(project, names)
    return {
      ...base(project, value),
      id: `${service}.${key}`,
      variable: secret.name,
      given: { by: secret.by, word: secret.word, start: secret.start, section },
      source: value,
      secret: secret.value,
      what: 'flag',
      ...becauseOf(why),
      ...(obstacle === undefined ? {} : { obstacle }),
      ...(obstacle === LOOKS_ALONE ? { doubtful: true } : {}),
      place: { ...placeOf(project, value), key } as Place,
    }
  })
  return typeof item === 'number' ? found : [...found, ...cutOff(project, value, service, leading)]
}

const ESCAPED: Blocked = {
  reason: 'A script has it with backslashes, which its shell takes away: in a file it would be another text.',
  todo: 'Put the value into a variable of the service under environment:, use that in the script, and plan again.',
}
const CUT_OFF: Blocked = {
  reason:
    'Compose ends the command at the first ; & | < or > outside of quotes: it stands behind that, and no program gets it.',
  todo: 'Quote what the sign stands in, and plan again; or remove it, and change the password.',
}

/** What the text of a command holds behind the sign at which Compose ends it. */
function cutOff(
  project: ComposeProject,
  value: LocatedValue,
  service: string,
  leading: readonly string[],
): readonly Candidate[] {
  const end = placedShellWords(value.resolved)?.at(-1)?.offsets.at(-1)
  if (end === undefined) return []
  return inLine(value.resolved, leading, commandSecrets)
    .filter(({ start, value: text }) => start > end && !isNoSecretValue(text))
    .map(({ name, value: secret }) => ({
      ...base(project, value),
      id: `${service}.${name}`,
      variable: name,
      source: value,
      secret,
      what: 'other',
      because: 'Password among the words of a command',
      obstacle: CUT_OFF,
      place: { ...placeOf(project, value), key: name } as Place,
    }))
}

/** Values of .env that the command interpolates by a name that says secret, whatever they look like. */
function interpolatedSecrets(project: ComposeProject, { interpolates }: LocatedValue): readonly KnownText[] {
  return interpolates.flatMap((name) => {
    const entry = valuesOf(project)
      .withKey(name)
      .findLast(({ section }) => section === 'dotenv')
    const text = project.environment.get(name) ?? ''
    if (entry === undefined || entry.resolved !== text || !isSecret(name, text)) return []
    return text.length < SHORTEST_IN_COMMAND ? [] : [{ text, key: name, name, title: `The value of ${name}` }]
  })
}

/** Shorter values are too likely to be a part of another word. */
const SHORTEST_IN_COMMAND = 4

/** A health check or a hook is not moved of its own: that it holds a secret is told, once for each of its words. */
export function checkCandidate(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
): Candidate | undefined {
  const service = value.usedBy[0] ?? value.service
  if (service === undefined) return undefined
  const item = value.path.at(-1)
  const words = wordsAround(project, service, value)
  const [part] = secretsOfCommand(words, typeof item === 'number' ? item : undefined, [], [], knownWords(project))
  const given = part !== undefined && value.resolved.includes(part.secret.value) ? part : undefined
  const reason = given?.why ?? reasonFor(value, detected)
  if (reason === undefined) return undefined
  const parts = detected(value.file, value.start, value.end)?.parts ?? []
  return {
    ...base(project, value),
    source: value,
    secret: given?.secret.value ?? parts[0]?.text ?? value.resolved,
    what: 'other',
    ...becauseOf(reason),
    ...(given?.doubtful === true ? { obstacle: LOOKS_ALONE_THERE } : {}),
  }
}

/** The words that one of a health check or a hook stands among; it alone where it is a text, or a variable of a hook. */
function wordsAround(project: ComposeProject, service: string, value: LocatedValue): readonly string[] {
  const item = value.path.at(-1)
  if (typeof item !== 'number') return [value.resolved]
  const { test } = asTree(serviceModel(project, service)['healthcheck'])
  const hooks = asList(serviceModel(project, service)[String(value.path[2])]).map((hook) => asTree(hook)['command'])
  const commands = value.path[4] === 'command' ? hooks.map((command) => asList(command).map(String)) : []
  const all = value.section === 'healthcheck' ? [asList(test).map(String)] : commands
  return all.find((words) => words[item] === value.resolved) ?? listedWith(project, service, value)
}

/** Of a service that no profile activates the words as its file has them: what they hold is told. */
function inactiveWords(project: ComposeProject, service: string, value: LocatedValue): readonly string[] | undefined {
  if (!project.inactiveServices.includes(service)) return undefined
  return typeof value.path.at(-1) === 'number'
    ? listedWith(project, service, value)
    : (splitShellWords(value.resolved) ?? [value.resolved])
}

/** The items of the list that the value is one of. */
function listedWith(project: ComposeProject, service: string, { file, path }: LocatedValue): readonly string[] {
  const list = JSON.stringify(path.slice(0, -1))
  return valuesOf(project)
    .usedBy(service)
    .filter((each) => each.file === file && JSON.stringify(each.path.slice(0, -1)) === list)
    .map(({ resolved }) => resolved)
}
