// What detection finds in files that services mount and in those of configs: secrets that no plan moves, so that a person has to.
import { relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { listedFiles, mountedFiles } from '../scan/mounted-files.js'
import { scanFiles } from '../scan/scan-files.js'
import type { ScanSession } from '../scan/session.js'
import { printable } from '../support/printable.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { listed } from './scripts.js'

export interface MountedSecret {
  /** Relative to the project's folder. */
  readonly path: string
  readonly line: number
  /** For people: the first service that mounts it, or the config that it is. */
  readonly as: string
  /** Plain: stays in memory. */
  readonly text: string
}

/** In the order of the files. `session`: one that shows secrets. */
export async function mountedSecrets(project: ComposeProject, session: ScanSession): Promise<readonly MountedSecret[]> {
  const read = new Set(project.files.map(({ file }) => file))
  const files = (await mountedFiles(project)).files
  const left = [...files.keys()].filter((file) => !read.has(file))
  const users = new Map([...files].map(([file, as]) => [relative(project.directory, file), as]))
  const context = { signal: new AbortController().signal, on: () => {}, concurrency: 1 }
  const { findings } = await scanFiles(listedFiles(left, project), session, context)
  return findings.flatMap(({ place, span, secret, confidence, allowed }) => {
    const { path } = 'path' in place ? place : { path: '' }
    const as = users.get(path)
    if (as === undefined || confidence === 'low' || allowed !== undefined) return []
    return [{ path, line: span.line ?? 1, as, text: secret.value ?? '' }]
  })
}

/** One note for all that is no moved value: where such a one stands is told with its secret. */
export function mountedSecretNotes(
  { mountedSecrets: all = [] }: Pick<Gathered, 'mountedSecrets'>,
  moves: readonly Move[],
): readonly string[] {
  const moved = new Set(moves.flatMap(({ candidate }) => (candidate.companion === true ? [] : [candidate.secret])))
  const lines = new Map<string, { readonly as: string; readonly numbers: Set<number> }>()
  for (const { path, line, as, text } of all) {
    if (moved.has(text)) continue
    const known = lines.get(path) ?? { as, numbers: new Set() }
    lines.set(path, known)
    known.numbers.add(line)
  }
  if (lines.size === 0) return []
  const places = [...lines].map(([path, { as, numbers }]) => {
    const some = [...numbers].sort((a, b) => a - b)
    return printable(`${path}:${listed(some.map(String))} (${as})`)
  })
  return [
    `Secrets of their own stand in ${listed(places)}. A migration does not edit such files: secretscan compose shows each value's place. Let the program take it from a variable or a file where it can, or declare the whole file as a secret (secrets: with file:) and keep it out of git.`,
  ]
}
