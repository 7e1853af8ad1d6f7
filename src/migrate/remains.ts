// Where a moved value still stands afterwards: in entries that stay, in comments, and in places that nothing calls secret.
import { relative } from 'node:path'
import { isPlainWord, isSecret } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import { TextIndex } from '../support/text-index.js'
import { type Candidate, entriesWith } from './candidates.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { meets, merged } from './ranges.js'
import { entriesHoldingEach, isName, placeWords } from './same-value.js'
import type { Edit } from './types.js'
import { variableParts, writtenText } from './unsettled.js'

/** Shorter values stand in files by chance. */
const TELLING = 6

interface Change {
  readonly file: string
  readonly edits: readonly Edit[]
}

/** Variables, commands and the like that hold a moved value and are not edited, by the secret's name: a rotation does not reach them. */
export type Staying = ReadonlyMap<string, readonly LocatedValue[]>

export function staying(
  { project, known }: Pick<Gathered, 'project' | 'known'>,
  moves: readonly Move[],
  readAnew: readonly Pick<Candidate, 'value'>[],
  changes: readonly Change[],
): Staying {
  const gone = new Set([
    ...moves.flatMap(({ candidate }) => entriesWith(candidate)),
    ...readAnew.map(({ value }) => value),
  ])
  const isEdited = editedBy(changes)
  const secrets = new Map(moves.map(({ name, candidate }) => [name, candidate.secret]))
  const holding = entriesHoldingEach(project, secrets.values())
  return new Map(
    [...secrets].flatMap(([name, secret]) => {
      const given = known.filter((candidate) => candidate.secret === secret).map(({ value }) => value)
      const values = [...new Set([...(holding.get(secret) ?? []), ...given])].filter(
        (value) => value.section !== 'other' && !gone.has(value) && !isEdited(value),
      )
      return values.length === 0 ? [] : [[name, values] as const]
    }),
  )
}

/** One a secret. Where a line of .env stays for something that cannot move, the secret is a second place for its value. */
export const stayingNotes = (project: ComposeProject, stays: Staying): readonly string[] =>
  [...stays].map(([name, values]) => {
    const places = (some: readonly LocatedValue[]) =>
      some.map((value) => placeWords(project, value, readersOfLine(project, value))).join(', ')
    const needing = values.flatMap((line) =>
      line.section === 'dotenv' ? values.filter(({ interpolates }) => interpolates.includes(line.key ?? '')) : [],
    )
    const lines = values.filter(
      ({ section, key = '' }) => section === 'dotenv' && needing.some(({ interpolates }) => interpolates.includes(key)),
    )
    const more =
      needing.length === 0
        ? ''
        : ` ${places(lines)} is needed for ${places(needing)}: until that has left, the value has two places. Do what is said of it first and plan again, or keep all of it where it is (--select what else shall move).`
    return `${name}: the same value stays in ${places(values)}. Who gives the secret a new value later (secretscan rotate) has to change it there, too.${more}`
  })

/** Services that get a line of an env file as it is, by `env_file`. */
const readersOfLine = (project: ComposeProject, { file, start, key = '' }: LocatedValue): readonly string[] => {
  const lines = valuesOf(project)
    .withKey(key)
    .filter((each) => each.section === 'env-file-entry' && each.file === file && each.start === start)
  return [...new Set(lines.flatMap(({ usedBy }) => usedBy))].sort()
}

const editedBy =
  (changes: readonly Change[]) =>
  ({ file, start, end }: LocatedValue): boolean =>
    changes.some((change) => change.file === file && change.edits.some((edit) => edit.start < end && edit.end > start))

/** true where the variable stands in the place of the password, whatever it is called. */
function isPasswordOf({ secret, value }: Candidate, name: string, project: ComposeProject): boolean {
  const entry = project.environment.get(name)
  if (entry === undefined || findUrlPassword(secret)?.password !== entry) return false
  return new RegExp(`:\\$\\{?${name}\\b[^@]*@`).test(writtenText(project, value))
}

/** Entries of .env that are secret parts of what moves as a whole, and stay: mostly nothing reads them any more. */
export function partNotes(
  { project }: Pick<Gathered, 'project'>,
  moves: readonly Move[],
  changes: readonly Change[],
): readonly string[] {
  const isEdited = editedBy(changes)
  const secrets = new Set(moves.map(({ candidate }) => candidate.secret))
  const whole = moves.filter(({ candidate: { source, value } }) => source === value)
  const idsOf = new Map<LocatedValue, readonly string[]>()
  for (const { candidate } of whole)
    for (const name of variableParts(candidate, project)) {
      const entry = valuesOf(project)
        .withKey(name)
        .findLast(({ section }) => section === 'dotenv')
      const { resolved = '' } = entry ?? {}
      const isPart = isSecret(name, resolved) || isPasswordOf(candidate, name, project)
      if (entry === undefined || resolved === '' || !isPart || secrets.has(resolved) || isEdited(entry)) continue
      idsOf.set(entry, [...(idsOf.get(entry) ?? []), candidate.id])
    }
  const own = new Set(whole.map(({ candidate }) => candidate.value))
  return [...idsOf].map(([{ file, line, key = '' }, ids]) => {
    const users = valuesOf(project)
      .interpolating(key)
      .filter((value) => !own.has(value) && !isEdited(value))
    const part = `${key} in ${relative(project.directory, file)}:${line} is a part of ${ids.join(', ')} and stays`
    return users.length === 0
      ? `${part}: take it out there where nothing else reads it.`
      : `${part}, since something else is made from it: change both together.`
  })
}

/** One note a secret; lines as the files are now. Values that are known (moved or left with a reason) are not told again, nor names that only have the same text. */
export function remainsNotes(
  { project, known }: Gathered,
  moves: readonly Move[],
  changes: readonly Change[],
  stays: Staying,
): readonly string[] {
  const secrets = new Map(moves.map(({ name, candidate }) => [name, candidate.secret]))
  const texts = new Set(secrets.values())
  const isCalled = (value: LocatedValue, text: string) => value.resolved.includes(text) && isName(value, text)
  const named = project.values.filter((value) =>
    value.path.at(-1) === 'image'
      ? [...texts].some((text) => isCalled(value, text))
      : texts.has(value.resolved) && isName(value, value.resolved),
  )
  const places = [...known.flatMap(({ value, source, shadowed }) => [value, source, ...shadowed]), ...named]
  const toldOf = new Map(
    project.files.map(({ file }) => [
      file,
      merged([
        ...(changes.find((change) => change.file === file)?.edits ?? []),
        ...places.filter((each) => each.file === file),
      ]),
    ]),
  )
  return [...secrets].flatMap(([name, secret]) => {
    if (secret.length < TELLING || isPlainWord(secret) || secret.includes('\n')) return []
    const lines = project.files.flatMap(({ file, bytes }) => {
      const own = (stays.get(name) ?? []).filter((each) => each.file === file)
      const isTold = (start: number, end: number) =>
        meets(toldOf.get(file) ?? [], start, end) || own.some((each) => start < each.end && end > each.start)
      return linesOf(bytes, secret, isTold).map((line) => `${relative(project.directory, file)}:${line}`)
    })
    if (lines.length === 0) return []
    return [
      `${name}: its value still stands in ${lines.join(', ')}, where nothing reads it as a secret: take it out there too.`,
    ]
  })
}

const UNHELD = 'no service has it as a value (a comment, mostly). Nothing moves it: take it out by hand.'
const AS_LABEL =
  'a service gets it as a label, which the engine shows to everyone who may ask it. Nothing moves it: let the program that reads the label take the value from a file, and take it out by hand.'

/** Where detection finds secrets that no entry has, in comments and label files mostly: one note for each file. */
export function unheldNotes({ project, known, secretTexts }: Gathered): readonly string[] {
  const places = known.flatMap(({ value, source, shadowed }) => [value, source, ...shadowed])
  const telling = secretTexts.filter((text) => text.length >= TELLING && !isPlainWord(text))
  const index = new TextIndex(telling.map((text) => [text, text]))
  const held = new Set(known.flatMap(({ secret }) => index.within(secret)))
  const unheld = telling.filter((text) => !held.has(text))
  return project.files.flatMap(({ file, bytes, kind }) => {
    const told = merged(places.filter((each) => each.file === file))
    const isTold = (start: number, end: number) => meets(told, start, end)
    const lines = unheld.flatMap((text) => linesOf(bytes, text, isTold))
    if (lines.length === 0) return []
    const all = [...new Set(lines)].sort((a, b) => a - b).join(', ')
    return [
      `${relative(project.directory, file)}:${all}: what detection takes for a secret stands there, and ${kind === 'label-file' ? AS_LABEL : UNHELD}`,
    ]
  })
}

function linesOf(
  { buffer, byteOffset, byteLength }: Uint8Array,
  secret: string,
  isTold: (start: number, end: number) => boolean,
): readonly number[] {
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  const lines = new Set<number>()
  for (const text of new Set([secret, secret.replaceAll('$', '$$$$')])) {
    const needle = Buffer.from(text)
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length)) {
      if (isTold(at, at + needle.length)) continue
      lines.add(bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1)
    }
  }
  return [...lines].sort((a, b) => a - b)
}
