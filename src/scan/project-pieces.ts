// The values of a Compose project, and its files as they are, as pieces to scan together. Knows the forms; scans nothing.
import { relative } from 'node:path'
import { isCommand } from '../compose/command-places.js'
import { knownWords } from '../compose/known-words.js'
import { leadingWords } from '../compose/started-words.js'
import type { ComposeProject, LocatedValue, Section } from '../compose/types.js'
import { placeOf } from '../compose/value-place.js'
import { claimsOnWords } from './project-claims.js'
import { rawPiece, sourcePieces, writtenText } from './source-piece.js'
import type { ProjectPlace } from './types.js'
import type { Claim, Piece } from './unit.js'
import { asScanned } from './yaml-values.js'

/** Names of files, volumes and secrets are no values that could be secret. */
const NAMES: ReadonlySet<Section> = new Set(['env_file', 'secrets', 'volumes'])

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
    const isWord = isCommand(value) && value.key === undefined && typeof value.path.at(-1) === 'number'
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
  const words =
    group.length > 1
      ? claimsOnWords(
          group.map(({ resolved }) => resolved),
          startedBefore(project, group[0]),
          knownWords(project),
        )
      : undefined
  return group.flatMap((value, i) => {
    const claims = value.literal ? (words?.get(i) ?? []) : []
    const about = { isWord: group.length > 1, claims, more: i + 1 < group.length }
    return valuePieces(project, value, files.get(value.file), about)
  })
}

/** What a service starts before the words of its command. */
function startedBefore(project: ComposeProject, value: LocatedValue | undefined): readonly string[] {
  const service = value?.usedBy[0] ?? value?.service
  return value?.section !== 'command' || service === undefined ? [] : leadingWords(project, service, 'command')
}

/** A value that holds references is looked at as written: what the shell gives is not in the file. */
function valuePieces(
  project: ComposeProject,
  value: LocatedValue,
  file: Uint8Array = new Uint8Array(),
  { isWord, claims, more }: { readonly isWord: boolean; readonly claims: readonly Claim[]; readonly more: boolean },
): Piece[] {
  const stretch = { file, start: value.start, end: value.end }
  const text = value.literal ? value.resolved : writtenText(stretch)
  const about = {
    text,
    ...(value.key === undefined ? {} : { key: value.key }),
    interpolated: !value.literal,
    command: isCommand(value),
    leading: startedBefore(project, value),
    known: knownWords(project),
    isWord: isWord && (value.literal || !/\s/.test(text)),
  }
  return sourcePieces(placeOf(project, value), stretch, about, { claims, ...(more ? { separator: ' ' } : {}) })
}
