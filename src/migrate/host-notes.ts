// Lines that leave an env file which programs of the project may read themselves where they are started on the host: the plan cannot know them
// all, so it names those that it sees, and the file in any case.
import { basename, dirname, join, relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { escaped } from '../support/regexp.js'
import { type LeavingLine, leavingLines } from './other-names.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { instead, readingIn } from './script-notes.js'
import { lineOf, listed, placeIn, type Script } from './scripts.js'
import type { Edit } from './types.js'

/** What loads an env file into a program that is started on the host. */
const LOADER =
  /\b(?:load_dotenv|dotenv|decouple|environs|environ\.Env|pydantic[_-]settings|BaseSettings|loadEnvFile|godotenv|phpdotenv|@nestjs\/config)\b|"(?:vite|next|nuxt|prisma)"\s*:|--env-file-if-exists=|--env-file=/

type Place = Pick<Gathered, 'project' | 'store'>

/** One for each env file that lines leave and that programs load, one for all others. */
export function hostNotes(
  { project, scripts = [], store }: Place & Pick<Gathered, 'scripts'>,
  moves: readonly Move[],
  changes: readonly { readonly file: string; readonly edits: readonly Edit[] }[],
): readonly string[] {
  const leaving = leavingLines(project, moves, changes)
  const files = [...new Set(leaving.map(({ file }) => file))].map((file) => {
    const lines = leaving.filter((line) => line.file === file)
    return { file, lines, note: loadedNote({ project, store }, file, lines, scripts) }
  })
  const named = files.flatMap(({ note }) => note ?? [])
  const others = files.filter(({ note }) => note === undefined)
  return others.length === 0 ? named : [...named, openNote(project, others)]
}

/** For a file that programs of its folder, or below it, load and name lines of. */
function loadedNote(
  { project, store }: Place,
  file: string,
  lines: readonly LeavingLine[],
  scripts: readonly Script[],
): string | undefined {
  const found = loadedBy(
    project,
    file,
    lines.map(({ key }) => key),
    scripts,
  )
  if (found === undefined) return undefined
  const keys = [...new Set(found.naming.map(({ key }) => key))]
  const places = [...new Set(found.naming.map(({ place }) => place))]
  const name = relative(project.directory, file)
  return `${listed(places)}: ${places.length === 1 ? 'names' : 'name'} ${keys.join(', ')}, and ${found.loader.name} has what loads ${name}. Started on the host, such a program no longer finds ${keys.length === 1 ? 'it' : 'them'} there. ${instead(lines, keys, store)}`
}

interface Loaded {
  readonly loader: Script
  /** Where programs name one of the lines. */
  readonly naming: readonly { readonly key: string; readonly place: string }[]
}

function loadedBy(
  { directory }: ComposeProject,
  file: string,
  keys: readonly string[],
  scripts: readonly Script[],
): Loaded | undefined {
  const below = scripts.filter(({ name }) => !relative(dirname(file), join(directory, name)).startsWith('..'))
  const programs = below.filter(({ kind }) => kind === 'program')
  const loader = below.find(
    ({ kind, name, text }) => (kind === 'program' || name.endsWith('package.json')) && LOADER.test(text),
  )
  const naming = keys.flatMap((key) => {
    const named = new RegExp(`\\b${escaped(key)}\\b`)
    return programs.flatMap((script) => {
      const line = lineOf(script, (each) => named.test(each))
      return line === -1 ? [] : [{ key, place: placeIn(script, line) }]
    })
  })
  return loader === undefined || naming.length === 0 ? undefined : { loader, naming }
}

/** true where a script, or a program that loads the env file on the host, may take its line `key`. */
export function takesLine(
  { project, scripts = [] }: Pick<Gathered, 'project' | 'scripts'>,
  file: string,
  key: string,
): boolean {
  const isRead = scripts.some((script) => readingIn(script, basename(file), [key]) !== undefined)
  return isRead || loadedBy(project, file, [key], scripts) !== undefined
}

function openNote(
  { directory }: ComposeProject,
  files: readonly { readonly file: string; readonly lines: readonly LeavingLine[] }[],
): string {
  const named = files.map(({ file, lines }) => {
    const keys = [...new Set(lines.map(({ key }) => key))]
    return `${relative(directory, file)} (${keys.join(', ')})`
  })
  const isOne = files.flatMap(({ lines }) => lines).length === 1
  return `${named.join(', ')}: ${isOne ? 'this line leaves' : 'these lines leave'}. What reads ${files.length === 1 ? 'that file' : 'those files'} without Compose (a program or a test that is started on the host) no longer finds ${isOne ? 'it' : 'them'}: give it an env file of its own, or the secret.`
}
