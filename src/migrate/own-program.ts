// Whether a service still runs what gives a file form its meaning: an image's entrypoint script applies it, often for the image's own
// program alone. A service with another entrypoint, or one that starts a client by hand, would be left without its value.
import { posix } from 'node:path'
import { isShell } from '../compose/shell-script.js'
import { modelWords } from '../compose/started-words.js'
import type { ComposeProject } from '../compose/types.js'
import { asList, asTree } from '../support/tree.js'
import type { Convention } from './conventions.js'
import type { ImageFacts } from './image-facts.js'
import { readsVariable } from './rewrites/env-readings.js'
import { serviceModel } from './service-model.js'
import { wrappedBy } from './shim.js'

const base = (word: string): string => posix.basename(word)

/** The name that nearly all images give their entrypoint script; what else this image is known to start counts, too. */
const SCRIPT = 'docker-entrypoint.sh'
/** What starts an image's script, and any other script as well; shells do, too. */
const STARTER = /^(?:tini|dumb-init|catatonit|s6-setuidgid|su-exec|gosu|env|-.*)$/

/** `variable` is to be read from a file by `convention`. `facts`: what the image is known to start. */
export function appliesFileForm(
  project: ComposeProject,
  service: string,
  variable: string,
  convention: Convention,
  facts: ImageFacts | undefined,
): boolean {
  const entrypoint = modelWords(project, service, 'entrypoint')
  const command = modelWords(project, service, 'command')
  const own = [...(entrypoint ?? []), ...(command ?? [])]
  // A reference would find nothing: only the script exports it, for what it starts.
  if (own.some((word) => readsVariable(word, variable))) return false
  if (convention.readBy === 'application') return true
  const scripts = [
    SCRIPT,
    ...(facts?.entrypoint ?? []).map(base).filter((word) => !STARTER.test(word) && !isShell(word)),
  ]
  const mounted = mountTargets(project, service)
  // What is mounted over the image's script, or under a name like it, is not the image's.
  if (scripts.some((script) => mounted.some((target) => base(target) === script))) return false
  const isOwnScript = (path: string) => scripts.includes(base(path)) && !mounted.some((target) => isUnder(path, target))
  const startsScript = (words: readonly string[]) => words.some((word) => word.split(/[\s"';&|()]+/).some(isOwnScript))
  if (startsScript(own)) return true
  if (entrypoint !== undefined && entrypoint.length > 0) return false
  const [program] = command ?? []
  if (program === undefined || program.startsWith('-')) return true
  if (isShell(program) || mounted.some((target) => isUnder(program, target))) return false
  const programs = [...(convention.programs ?? []), ...(facts?.cmd.slice(0, 1) ?? [])].map(base)
  return programs.length === 0 || programs.includes(base(program))
}

/**
 * true where a service, behind a shim or not, starts what its image is for: the image's own program with other options, or one of `programs`
 * (absent: not known). Not a client of the same image.
 */
export function startsOwnServer(project: ComposeProject, service: string, programs?: readonly string[]): boolean {
  const entrypoint = modelWords(project, service, 'entrypoint') ?? []
  const started = [...(wrappedBy(entrypoint) ?? entrypoint), ...(modelWords(project, service, 'command') ?? [])]
  const words = started.flatMap((word) => word.split(/[\s"';&|()]+/)).filter((word) => word !== '')
  if (programs?.some((program) => words.some((word) => base(word) === program)) === true) return true
  const script = words.findIndex((word) => base(word) === SCRIPT)
  if (script === -1 && entrypoint.length > 0) return false
  const program = words[script + 1]
  return program === undefined || program.startsWith('-') || programs === undefined
}

const isUnder = (path: string, target: string): boolean =>
  path === target || path.startsWith(target.endsWith('/') ? target : `${target}/`)

/** Where the project puts files or folders of its own into the service's container. */
function mountTargets(project: ComposeProject, service: string): readonly string[] {
  const model = serviceModel(project, service)
  return ['volumes', 'configs', 'secrets']
    .flatMap((key) => asList(model[key]))
    .map((mount) => asTree(mount)['target'])
    .filter((target) => typeof target === 'string')
}
