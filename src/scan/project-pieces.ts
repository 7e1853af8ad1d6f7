// The values of a Compose project, and its files as they are, as pieces to scan together. Knows the forms; scans nothing.
import { relative } from 'node:path'
import type { ComposeProject, LocatedValue, Section } from '../compose/types.js'
import { placeOf } from '../compose/value-place.js'
import { claimOnWord } from './project-claims.js'
import { rawPiece, sourcePieces, writtenText } from './source-piece.js'
import type { ProjectPlace } from './types.js'
import type { Claim, Piece } from './unit.js'
import { asScanned } from './yaml-values.js'

/** Names of files, volumes and secrets are no values that could be secret. */
const NAMES: ReadonlySet<Section> = new Set(['env_file', 'secrets', 'volumes'])
const COMMANDS: ReadonlySet<Section> = new Set(['command', 'entrypoint', 'healthcheck'])

/** All pieces of a project: values first, in the order of their files, then the files' raw texts. */
export function projectPieces(project: ComposeProject): Piece[] {
  const files = new Map(project.files.map(({ file, bytes }) => [file, bytes]))
  const raw = project.files.map(({ file, kind, bytes }) => {
    const place: ProjectPlace = {
      kind: kind === 'compose' ? 'compose' : 'env-file',
      path: relative(project.directory, file),
    }
    return rawPiece(place, kind === 'compose' ? asScanned(bytes) : bytes)
  })
  return [...commandGroups(distinctValues(project)).flatMap((group) => groupPieces(project, group, files)), ...raw]
}

/** A .env that is an env_file too has its values once. */
function distinctValues({ values }: ComposeProject): LocatedValue[] {
  const seen = new Set<string>()
  return values.filter(({ file, start, section, passThrough, literal, resolved }) => {
    const id = `${file}\0${start}`
    if (NAMES.has(section) || passThrough || (literal && resolved === '') || seen.has(id)) return false
    seen.add(id)
    return true
  })
}

/** The words of one command stay together; any other value is alone. */
function commandGroups(values: readonly LocatedValue[]): LocatedValue[][] {
  const groups: LocatedValue[][] = []
  let last: string | undefined
  for (const value of values) {
    const isWord = COMMANDS.has(value.section) && value.form === 'list'
    const id = isWord ? JSON.stringify([value.file, value.path.slice(0, -1)]) : undefined
    if (id !== undefined && id === last) groups.at(-1)?.push(value)
    else groups.push([value])
    last = id
  }
  return groups
}

function groupPieces(
  project: ComposeProject,
  group: readonly LocatedValue[],
  files: ReadonlyMap<string, Uint8Array>,
): Piece[] {
  const word = group.length > 1 ? claimOnWord(group.map(({ resolved }) => resolved)) : undefined
  return group.flatMap((value, i) => {
    const claims = word?.index === i && value.literal ? [word.claim] : []
    return valuePieces(project, value, files.get(value.file), claims, i + 1 < group.length)
  })
}

/** A value that holds references is looked at as written: what the shell gives is not in the file. */
function valuePieces(
  project: ComposeProject,
  value: LocatedValue,
  file: Uint8Array = new Uint8Array(),
  claims: readonly Claim[],
  more: boolean,
): Piece[] {
  const stretch = { file, start: value.start, end: value.end }
  const about = {
    text: value.literal ? value.resolved : writtenText(stretch),
    ...(value.key === undefined ? {} : { key: value.key }),
    interpolated: !value.literal,
    command: COMMANDS.has(value.section),
  }
  return sourcePieces(placeOf(project, value), stretch, about, { claims, ...(more ? { separator: ' ' } : {}) })
}
