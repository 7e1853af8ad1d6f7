// Whether a service still runs what gives a file form its meaning: an image's entrypoint script applies it, often for the image's own
// program alone. A service with another entrypoint, or one that starts a client by hand, would be left without its value.
import { posix } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { modelWords } from './command-candidates.js'
import type { Convention } from './conventions.js'
import type { ImageFacts } from './image-facts.js'
import { readsVariable } from './rewrites/env-readings.js'

const base = (word: string): string => posix.basename(word)

/** Names that images give their entrypoint scripts; the one of this image, where it is known. */
const SCRIPT = /(?:^|[\s/"'])(?:[\w.-]*entrypoint[\w.-]*|init|run\.sh|start\.sh)(?=$|[\s"';])/

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
  const script = facts?.entrypoint.map(base).find((word) => word.length > 2)
  const startsScript = (words: readonly string[]) =>
    words.some((word) => SCRIPT.test(word) || (script !== undefined && word.includes(script)))
  if (startsScript(own)) return true
  if (entrypoint !== undefined && entrypoint.length > 0) return false
  const [program] = command ?? []
  if (program === undefined || program.startsWith('-')) return true
  const programs = [...(convention.programs ?? []), ...(facts?.cmd.slice(0, 1) ?? [])].map(base)
  return programs.length === 0 || programs.includes(base(program))
}
