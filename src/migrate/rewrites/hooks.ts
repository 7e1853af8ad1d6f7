// Hooks of a service (post_start, pre_stop) that read a moved variable: they run by exec, so they do not see what an entrypoint exported,
// and read the file. Compose gives them words; only a script among these expands anything.
import { isDeepStrictEqual } from 'node:util'
import { replaceValue } from '../../compose/edit-entries.js'
import { interpolate } from '../../compose/interpolate.js'
import { scriptIndex } from '../../compose/shell-script.js'
import { splitShellWords } from '../../compose/shell-words.js'
import type { YamlPath } from '../../compose/tree.js'
import type { ComposeProject } from '../../compose/types.js'
import { printable } from '../../support/printable.js'
import { leavesEnvironment, type Move, shimmedIn } from '../plan-moves.js'
import { serviceModel } from '../service-model.js'
import { pathOfWords, wordsAt } from '../service-words.js'
import { isOneWord } from '../shell-quotes.js'
import { forCompose } from '../shim.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { startsApplication } from './application-checks.js'
import { reading, readsVariable, withReadings } from './env-readings.js'

export const HOOKS = ['post_start', 'pre_stop'] as const

interface Hook {
  readonly kind: (typeof HOOKS)[number]
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, unknown>>
  readonly user: string
}

interface WrittenHook {
  readonly file: string
  /** Of its `command`. */
  readonly path: YamlPath
  readonly templates: readonly string[]
  readonly isText: boolean
}

/** The hooks of a service in the merged model. */
export function hooksOf(project: ComposeProject, service: string): readonly Hook[] {
  const model = serviceModel(project, service)
  return HOOKS.flatMap((kind) => {
    const hooks = model[kind]
    return (Array.isArray(hooks) ? hooks : []).map((hook: Readonly<Record<string, unknown>>) => ({
      kind,
      words: wordsIn(hook['command']),
      environment: environmentIn(hook['environment']),
      user: typeof hook['user'] === 'string' ? hook['user'] : '',
    }))
  })
}

const wordsIn = (command: unknown): readonly string[] =>
  typeof command === 'string'
    ? (splitShellWords(command) ?? [command])
    : Array.isArray(command)
      ? command.map(String)
      : []

/** A variable without a value is null. */
function environmentIn(environment: unknown): Hook['environment'] {
  if (!Array.isArray(environment)) return (environment ?? {}) as Hook['environment']
  const entries = environment.map(String).map((entry) => {
    const [key = '', ...value] = entry.split('=')
    return [key, entry.includes('=') ? value.join('=') : null]
  })
  return Object.fromEntries(entries)
}

/** @throws RefusedError where a hook reads the variable in a way that is not known how to read from a file. */
export function rewriteHooks(book: Workbook, project: ComposeProject, move: Move): void {
  const { services, variable, id } = move.candidate
  for (const service of services) {
    // Each runs in a container of its own, with the environment and the entrypoint of its service (compose-go, resolvePreStartHooks).
    if (serviceModel(project, service)['pre_start'] !== undefined)
      throw new RefusedError([id], `pre_start of ${service} starts other containers with the environment of ${service}`)
    const isLost = leavesEnvironment(move) || move.strategy.by === 'url'
    const hooks = isLost ? hooksOf(project, service) : []
    if (hooks.length === 0) continue
    const written = writtenHooks(book, project, service)
    for (const hook of hooks) {
      if (hook.environment[variable] === null) throw refuse(move, service, hook)
      if (Object.hasOwn(hook.environment, variable)) continue
      if (!hook.words.some((word) => readsVariable(word, variable))) {
        if (shimmedIn(move).includes(service) && startsApplication(hook.words)) throw unbrought(move, service, hook)
        continue
      }
      if (!leavesEnvironment(move)) continue
      const own = written.find((each) => isDeepStrictEqual(wordsOf(each, project), hook.words))
      const after = own === undefined ? undefined : rewrittenHook(own, project, move)
      if (own === undefined || after === undefined) throw refuse(move, service, hook)
      for (const [index, text] of after.entries())
        if (text !== own.templates[index])
          book.compose(own.file, (open) => replaceValue(open, own.isText ? own.path : [...own.path, index], text))
    }
  }
}

function refuse({ candidate }: Move, service: string, { kind }: Hook): RefusedError {
  return new RefusedError(
    [candidate.id],
    `${kind} of ${service} takes ${candidate.variable} from its environment in a way that is not known how to read from a file`,
  )
}

/** The application takes it without being told. */
function unbrought({ candidate: { id, variable } }: Move, service: string, { kind, words }: Hook): RefusedError {
  return new RefusedError(
    [id],
    `${kind} of ${service} starts the application (${printable(words.join(' '))}), which takes ${variable} from its environment`,
    {
      todo: `Write the hook as a script, ["sh", "-c", "${variable}=\\"$$${variable}\\" …"], and plan again: it then reads the file.`,
    },
  )
}

/** Commands of hooks in the service's own blocks, as they are on the bench. */
function writtenHooks(book: Workbook, project: ComposeProject, service: string): readonly WrittenHook[] {
  const found = new Map<string, WrittenHook>()
  for (const value of project.values) {
    const [top, name, kind, , key] = value.path
    if (top !== 'services' || name !== service || key !== 'command' || !HOOKS.some((each) => each === kind)) continue
    const path = pathOfWords(value)
    const templates = wordsAt(book.open(value.file), path)
    if (templates !== undefined)
      found.set(`${value.file}\0${path.join('\0')}`, {
        file: value.file,
        path,
        templates,
        isText: path === value.path,
      })
  }
  return [...found.values()]
}

/** What Compose makes of it. */
function wordsOf({ templates, isText }: Pick<WrittenHook, 'templates' | 'isText'>, project: ComposeProject) {
  const values = templates.map((template) => interpolate(template, (name) => project.environment.get(name)).value)
  return isText ? splitShellWords(values[0] ?? '') : values
}

/** The templates with the script reading the file; undefined where something reads the variable still. */
function rewrittenHook(hook: WrittenHook, project: ComposeProject, move: Move): readonly string[] | undefined {
  const { candidate, name } = move
  const words = wordsOf(hook, project)
  const script = words === undefined ? undefined : scriptIndex(words)
  if (words === undefined || script === undefined || candidate.secret.endsWith('\n')) return undefined
  // Where Compose splits a text into words, its quotes and those of the script are not the same.
  const quoted = !hook.isText && isOneWord(candidate.secret)
  const rewritten = (text: string) => withReadings(text, candidate.variable, name, quoted)
  const wanted = words.map((word, index) =>
    index === script ? rewritten(forCompose(word)).replaceAll('$$', () => '$') : word,
  )
  const isRead = wanted.every((word) => !readsVariable(word.replaceAll(reading(name).slice(1), ''), candidate.variable))
  const templates = hook.templates.map((template, index) =>
    hook.isText || index === script ? rewritten(template) : template,
  )
  return isRead && isDeepStrictEqual(wordsOf({ ...hook, templates }, project), wanted) ? templates : undefined
}
