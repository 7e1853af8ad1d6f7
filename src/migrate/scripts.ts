// Scripts of the project (a backup, a Makefile, a service of systemd) that take a value from an env file which it leaves: nothing but a
// person can change them.
import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { smallFile } from '../support/small-file.js'
import { foldersBelow } from './near-files.js'
import { type LeavingLine, leavingLines } from './other-names.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { escaped } from './rewrites/env-readings.js'
import type { Edit } from './types.js'

export interface Script {
  /** Relative to the project's folder. */
  readonly name: string
  /** May hold plain values: stays in memory. */
  readonly text: string
}

const NAMED =
  /^(?:(?:gnu)?makefile|justfile|taskfile\.ya?ml|jenkinsfile|crontab|procfile|\.envrc|\.gitlab-ci\.yml|package\.json|.*\.(?:sh|bash|zsh|fish|mk|ps1|bat|cmd|service|timer|cron))$/i
/** Such a file is a script where it begins with `#!`. */
const WITHOUT_ENDING = /^[^.]+$/
const LEVELS = 2
const MOST = 300
const MOST_BYTES = 200_000

/** Of the project's folder, two levels of folders below it, and GitHub's workflows. */
export async function readScripts(directory: string): Promise<readonly Script[]> {
  const workflows = join(directory, '.github', 'workflows')
  const scripts: Script[] = []
  for (const folder of [directory, ...(await foldersBelow(directory, LEVELS)), workflows]) {
    const names = (await readdir(folder).catch(() => [])).sort()
    for (const name of names) {
      const isNamed = NAMED.test(name) || (folder === workflows && /\.ya?ml$/.test(name))
      if (scripts.length >= MOST || !(isNamed || WITHOUT_ENDING.test(name))) continue
      const text = (await smallFile(join(folder, name), MOST_BYTES))?.toString() ?? ''
      if (!(isNamed || text.startsWith('#!'))) continue
      scripts.push({ name: relative(directory, join(folder, name)), text })
    }
  }
  return scripts
}

/** One for each env file that lines leave. */
export function scriptNotes(
  { project, scripts = [], store }: Pick<Gathered, 'project' | 'scripts' | 'store'>,
  moves: readonly Move[],
  changes: readonly { readonly file: string; readonly edits: readonly Edit[] }[],
): readonly string[] {
  const leaving = scripts.length === 0 ? [] : leavingLines(project, moves, changes)
  return [...new Set(leaving.map(({ file }) => file))].flatMap((file) => {
    const own = leaving.filter((line) => line.file === file)
    const keys = [...new Set(own.map(({ key }) => key))]
    const reading = scripts.flatMap((script) => readingIn(script, basename(file), keys) ?? [])
    const named = keys.filter((key) => reading.some(({ read }) => read.includes(key)))
    if (named.length === 0) return []
    const places = reading.map(({ place }) => place).join(', ')
    const leave = named.length === 1 ? 'it leaves' : 'they leave'
    return [
      `${places} may take ${named.join(', ')} from ${relative(project.directory, file)}, which ${leave}. ${instead(own, named, store)}`,
    ]
  })
}

function instead(lines: readonly LeavingLine[], keys: readonly string[], { entryOf }: Gathered['store']): string {
  const places = keys.flatMap((key) => {
    const entry = entryOf(lines.find((line) => line.key === key)?.secret ?? '')
    return 'file' in entry ? [`${key} stands in ${entry.file}`] : []
  })
  return places.length === 0
    ? 'Give them the value in another way before you apply.'
    : `From then on ${places.join(', ')}: change them to read that.`
}

interface Reading {
  /** NAME:LINE */
  readonly place: string
  readonly read: readonly string[]
}

/** It names the env file, and the variables in a line; or hands all of the file to a program that is none of Compose's. */
function readingIn({ name, text }: Script, envFile: string, keys: readonly string[]): Reading | undefined {
  const path = new RegExp(`(?:^|[\\s"'=/:(])${escaped(envFile)}(?![\\w.-])`, 'm')
  if (!path.test(text)) return undefined
  const lines = text.split('\n')
  const isRead = (line: string, key: string) => !/^\s*#/.test(line) && new RegExp(`\\b${escaped(key)}\\b`).test(line)
  const read = keys.filter((key) => lines.some((line) => isRead(line, key)))
  const first = lines.findIndex((line) => read.some((key) => isRead(line, key)))
  if (first !== -1) return { place: `${name}:${first + 1}`, read }
  const whole = lines.findIndex((line) => isHandedOn(line) && path.test(line))
  return whole === -1 ? undefined : { place: `${name}:${whole + 1}`, read: keys }
}

/** `docker run --env-file .env`, `EnvironmentFile=` of systemd. */
const isHandedOn = (line: string): boolean =>
  !/^\s*#|\bcompose\b/.test(line) && /--env-file[ =]|^\s*EnvironmentFile\s*=/.test(line)
