// Scripts of the project (a backup, a Makefile, a service of systemd, a workflow) and its programs, as they may read, set or use what a
// migration moves: nothing but a person can change them.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import { foldersAbove, foldersBelow } from '../support/folders.js'
import { escaped } from '../support/regexp.js'
import { smallFile } from '../support/small-file.js'

export interface Script {
  /** Relative to the project's folder. */
  readonly name: string
  /** May hold plain values: stays in memory. */
  readonly text: string
  /** `program`: source code, which a person starts on the host or a container runs; `manifest`: says what runs elsewhere (Kubernetes). */
  readonly kind: 'script' | 'program' | 'dockerfile' | 'manifest'
}

const NAMED =
  /^(?:(?:gnu)?makefile|justfile|taskfile\.ya?ml|jenkinsfile|crontab|procfile|\.envrc|\.gitlab-ci\.yml|bitbucket-pipelines\.yml|package\.json|.*\.(?:sh|bash|zsh|fish|mk|just|ps1|bat|cmd|service|timer|cron))$/i
const PROGRAMS: ReadonlySet<string> = new Set(
  ['py', 'js', 'mjs', 'cjs', 'ts', 'mts', 'rb', 'php', 'go', 'rs', 'java', 'kt', 'cs', 'ex', 'exs', 'pl'].map(
    (ending) => `.${ending}`,
  ),
)
const DOCKERFILE = /^(?:.+\.)?dockerfile(?:\..+)?$/i
/** They say which frameworks a program is made with. */
const DEPENDENCIES = /^(?:composer\.json|pom\.xml|build\.gradle(?:\.kts)?)$/
const MANIFEST = /\.(?:ya?ml|tf|hcl|nomad|tpl)$/i
/** Of Compose files, which are looked at as such; the first line tells where a file's own keys begin, since some are indented as a whole. */
const COMPOSE = /^(?:services|include)\s*:/m
const FIRST_KEY = /^(?![ \t]*(?:#|\r?$)|---)([ \t]*)/m
const isCompose = (text: string): boolean => {
  const [, indent = ''] = FIRST_KEY.exec(text) ?? []
  return COMPOSE.test(indent === '' ? text : text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}
/** Such a file is a script where it begins with `#!`. */
const WITHOUT_ENDING = /^[^.]+$/
const LEVELS = 4
/** Source code is looked at nearer by. */
const PROGRAM_LEVELS = 2
/** Of each kind. */
const MOST = 300
const MOST_BYTES = 200_000

const WORKFLOWS = '.github/workflows'
/** Of a repository above the project. */
const USUAL = ['', 'bin', 'scripts']

/** Of the project's folder and folders below it; scripts above, up to the git repository's folder, where they name that of the project. */
export async function readScripts(directory: string): Promise<readonly Script[]> {
  const below = await foldersBelow(directory, LEVELS)
  const near = new Set([directory, ...(await foldersBelow(directory, PROGRAM_LEVELS))])
  const own = await scriptsIn([directory, ...below, join(directory, WORKFLOWS)], directory, near)
  const all = foldersAbove(directory)
  const root = all.findIndex((folder) => existsSync(join(folder, '.git')))
  if (root === -1) return own
  const above = all.slice(0, root + 1).flatMap((folder) => [...USUAL, WORKFLOWS].map((name) => join(folder, name)))
  const named = new RegExp(`(?:^|[\\s"'=:/])${escaped(basename(directory))}(?:[/"'\\s;&]|$)`, 'm')
  const others = await scriptsIn(
    above.filter((folder) => !near.has(folder)),
    directory,
    new Set(),
  )
  return [...own, ...others.filter(({ kind, text }) => kind === 'script' && named.test(text))]
}

/** `near`: folders whose source code is looked at as well. */
async function scriptsIn(
  folders: readonly string[],
  directory: string,
  near: ReadonlySet<string>,
): Promise<readonly Script[]> {
  const found: Record<Script['kind'], Script[]> = { script: [], dockerfile: [], manifest: [], program: [] }
  for (const folder of folders)
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      const kind = kindOf(name, { isNear: near.has(folder), isWorkflow: folder.endsWith(`/${WORKFLOWS}`) })
      const list = found[kind ?? 'script']
      if (list.length >= MOST || !(kind !== undefined || WITHOUT_ENDING.test(name))) continue
      const text = (await smallFile(join(folder, name), MOST_BYTES))?.toString() ?? ''
      if (kind === undefined ? !text.startsWith('#!') : kind === 'manifest' && isCompose(text)) continue
      list.push({ name: relative(directory, join(folder, name)), text, kind: kind ?? 'script' })
    }
  return Object.values(found).flat()
}

/** By its name. */
function kindOf(
  name: string,
  { isNear, isWorkflow }: { readonly isNear: boolean; readonly isWorkflow: boolean },
): Script['kind'] | undefined {
  if (NAMED.test(name) || (isWorkflow && /\.ya?ml$/.test(name))) return 'script'
  if (DOCKERFILE.test(name)) return 'dockerfile'
  if (MANIFEST.test(name)) return 'manifest'
  return isNear && (PROGRAMS.has(extname(name)) || DEPENDENCIES.test(name)) ? 'program' : undefined
}

/** Index of the first line that is no comment and that `fits`, joined with those that go on with it (`\\`); -1: none. */
export function lineOf({ text, kind }: Script, fits: (line: string) => boolean): number {
  const comment = kind === 'program' ? /^\s*(?:#|\/\/|\*)/ : /^\s*(?:#(?!!)|::|REM\b)/
  const lines = text.split('\n')
  const goesOn = (index: number) => /\\\s*$/.test(lines[index] ?? '')
  for (let at = 0; at < lines.length; at++) {
    const start = at
    while (goesOn(at) && at - start < MOST_JOINED) at++
    const whole = lines.slice(start, at + 1).join(' ')
    if (!comment.test(whole) && fits(whole)) return start
  }
  return -1
}

const MOST_JOINED = 50

/** NAME:LINE */
export const placeIn = ({ name }: Script, line: number): string => `${name}:${line + 1}`

/** A few of them, for people. */
export function listed(places: readonly string[]): string {
  const more = places.length - SHOWN
  return more > 1 ? `${places.slice(0, SHOWN).join(', ')} and ${more} more` : places.join(', ')
}

const SHOWN = 4
