// The files that a build gets from its context folder, and which of them a COPY or ADD takes.
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Issue } from '../support/issue.js'
import { printable } from '../support/printable.js'
import { type DockerIgnore, parseDockerignore } from './dockerignore.js'
import type { Instruction } from './types.js'

export interface ContextFile {
  /** Relative to the context, with slashes. */
  readonly path: string
  readonly type: 'file' | 'symlink' | 'other'
}

export interface ContextOptions {
  readonly on: (issue: Issue) => void
  /** Absolute path of the Dockerfile; `NAME.dockerignore` beside it takes the place of the context's .dockerignore. */
  readonly dockerfile?: string
}

/** Bytes; no ignore file that people write comes near. */
const MAX_IGNORE_FILE = 1024 * 1024

async function textAt(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true && found.size <= MAX_IGNORE_FILE ? readFile(path, 'utf8') : undefined
}

/** The ignore file that a build of `dockerfile` in `context` uses; one that ignores nothing where there is none. */
async function dockerignoreOf(context: string, dockerfile?: string): Promise<DockerIgnore> {
  const own =
    dockerfile === undefined
      ? undefined
      : await textAt(join(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`))
  return parseDockerignore(own ?? (await textAt(join(context, '.dockerignore'))) ?? '')
}

function typeOf(entry: { isFile(): boolean; isSymbolicLink(): boolean }): ContextFile['type'] {
  return entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'symlink' : 'other'
}

async function* walk(
  context: string,
  folder: string,
  ignore: DockerIgnore,
  options: ContextOptions,
): AsyncGenerator<ContextFile> {
  const entries = await readdir(join(context, folder), { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) {
    options.on({
      code: 'FOLDER_UNREADABLE',
      effect: 'skipped',
      detail: `the folder ${printable(folder)} of the build context cannot be read`,
    })
    return
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    const ignored = ignore.ignores(path)
    if (entry.isDirectory() && (!ignored || ignore.hasExclusions)) yield* walk(context, path, ignore, options)
    else if (!entry.isDirectory() && !ignored) yield { path, type: typeOf(entry) }
  }
}

/** What `docker build` would send of `context`, in path order. Symbolic links are given as such, never followed. */
export async function* contextFiles(context: string, options: ContextOptions): AsyncGenerator<ContextFile> {
  const ignore = await dockerignoreOf(context, options.dockerfile)
  for (const line of ignore.malformed) {
    options.on({
      code: 'DOCKERIGNORE_MALFORMED',
      effect: 'note',
      detail: `a line of .dockerignore is no pattern: ${printable(line)}`,
    })
  }
  if ((await lstat(context)).isDirectory()) yield* walk(context, '', ignore, options)
}

/** Sources of a COPY or ADD that come from the context: not those of another stage, not URLs, not heredocs. */
export function contextSources(instruction: Instruction): readonly string[] {
  if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') return []
  if (instruction.flags.some((flag) => flag.name === 'from')) return []
  return instruction.words.slice(0, -1).filter((word) => !/^(?:\d*<<|[a-z]+:\/\/|git@)/.test(word))
}

/** True where the source of a COPY takes the context's file `path`: by name, by pattern, or with its folder. Variables fit nothing. */
export function sourceTakes(source: string, path: string): boolean {
  const plain = source
    .replace(/^["']|["']$/g, '')
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '')
  if (plain === '' || plain === '.') return true
  return parseDockerignore(
    plain.startsWith('#') || plain.startsWith('!') ? `\\${plain}` : plain.replaceAll('**', '*'),
  ).ignores(path)
}
