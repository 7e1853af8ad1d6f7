// Moves entries of environment sections and env files: to the image's file form, or away where the shim exports them.
import { addEntry } from '../../compose/edit-additions.js'
import { replaceEntry } from '../../compose/edit-entries.js'
import { removeEntry } from '../../compose/edit-remove.js'
import { replaceInEntry } from '../../compose/edit-within.js'
import { removeEnvEntry, replaceEnvEntry, replaceInEnvEntry } from '../../compose/env-file-edit.js'
import { EditRefusedError } from '../../compose/errors.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { valuesOf } from '../../compose/value-index.js'
import { removePair } from '../../dockerfile/edit.js'
import { declarationsOf } from '../build-use.js'
import { entriesWith } from '../candidates.js'
import { entriesOf } from '../env-file-readers.js'
import type { Move } from '../plan-moves.js'
import { madeFromVariable } from '../secret-sources.js'
import { pathOfWords, wordsAt } from '../service-words.js'
import { placeholder } from '../shim.js'
import { NAME } from '../strategy-kind.js'
import { writtenText } from '../unsettled.js'
import type { PasswordPlace } from '../url-place.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { checkAfter } from './references.js'

/** The file form's entry with the secret's name in it. */
export function entryOf(move: Move): { readonly key: string; readonly value: string } | undefined {
  if (move.strategy.by !== 'file') return undefined
  const { key, value } = move.strategy.entry
  return { key, value: value.replaceAll(NAME, move.name) }
}

export function rewriteVariable(book: Workbook, move: Move): void {
  if (move.strategy.by === 'url') {
    rewriteUrl(book, move)
    return
  }
  const envFiles = new Set<string>()
  for (const each of entriesWith(move.candidate)) {
    // All lines of the variable go in one edit.
    if (each.section === 'env-file-entry' && envFiles.has(each.file)) continue
    if (each.section === 'env-file-entry') envFiles.add(each.file)
    rewriteOrSkip(book, move, each)
  }
}

/** The placeholder takes the password's place; all else of the entry stays as it is written. */
function rewriteUrl(book: Workbook, { candidate: { id, url }, name }: Move): void {
  if (url === undefined) throw new RefusedError([id], 'its password is not found in it')
  const { entry, written } = url
  const { text, start, end } = written
  const key = entry.key ?? ''
  const part = { text, start, end, insert: placeholder(name) }
  if (entry.section === 'env-file-entry' || entry.section === 'dotenv') {
    const format = entry.raw === true ? 'raw' : 'dotenv'
    book.lines(entry.file, (source) => replaceInEnvEntry(source, key, part, format))
    return
  }
  const address = { section: entry.path.slice(0, -1), key }
  const where = { path: address.section, key }
  book.compose(entry.file, (file) => replaceInEntry(file, address, part), where)
}

/** What two services override goes with the first of them. */
function rewriteOrSkip(book: Workbook, move: Move, value: LocatedValue): void {
  try {
    rewriteEntry(book, move, value)
  } catch (error) {
    const isGone = error instanceof EditRefusedError && error.reason === 'not-found'
    if (!isGone || value === move.candidate.value) throw error
  }
}

function rewriteEntry(book: Workbook, move: Move, value: LocatedValue): void {
  const entry = entryOf(move)
  const key = move.candidate.variable
  if (move.candidate.what === 'image-env') {
    rewriteImageEnv(book, move, entry)
    return
  }
  if (value.section === 'env-file-entry') {
    const format = value.raw === true ? 'raw' : 'dotenv'
    book.lines(value.file, (source) =>
      entry === undefined ? removeEnvEntry(source, key, format) : replaceEnvEntry(source, key, entry, format),
    )
    return
  }
  const address = { section: value.path.slice(0, -1), key }
  const part = { path: address.section, key }
  if (entry === undefined) book.compose(value.file, (file) => removeEntry(file, address), { ...part, removed: true })
  else book.compose(value.file, (file) => replaceEntry(file, address, entry), part)
}

/** The ENV leaves the Dockerfile; the services that had it from their image get the file form. */
function rewriteImageEnv(book: Workbook, { candidate }: Move, entry: ReturnType<typeof entryOf>): void {
  const { value, variable, services } = candidate
  book.dockerfile(value.file, (dockerfile) => {
    const [own] = declarationsOf(dockerfile, 'ENV', variable)
    return own === undefined ? [] : removePair(dockerfile, own.instruction, own.pair)
  })
  for (const service of entry === undefined ? [] : services) {
    const file = book.homeBeside(service, [], 'environment')
    if (file === undefined)
      throw new RefusedError([candidate.id], `${service} has no block of its own to add a variable to`)
    const address = { section: ['services', service, 'environment'], key: entry?.key ?? variable }
    book.compose(file, (open) => addEntry(open, address, entry?.value ?? ''))
  }
}

/** Entries of .env that only moved values interpolated go away with them. */
export function dropInterpolated(book: Workbook, project: ComposeProject, moves: readonly Move[]): void {
  const moved = new Set<LocatedValue>(moves.flatMap(({ candidate }) => entriesWith(candidate)))
  const leaving = new Set(moves.flatMap(({ candidate }) => entriesOf(candidate, project)))
  const isKeptBack = (line: LocatedValue): boolean => {
    const idle = idleReferences(project, line.key).map(({ value }) => value)
    return isNeeded(book, project, line, new Set([...moved, ...idle]), leaving, moves)
  }
  // A line that stays keeps those that it is made from.
  for (let kept = [...leaving].filter(isKeptBack); kept.length > 0; kept = [...leaving].filter(isKeptBack))
    for (const line of kept) leaving.delete(line)
  for (const { file, key = '' } of leaving) {
    for (const { value, address } of idleReferences(project, key))
      book.compose(value.file, (open) => removeEntry(open, address), { path: address.section, key: address.key })
    book.lines(file, (text) => removeEnvEntry(text, key))
  }
}

interface IdleReference {
  readonly value: LocatedValue
  readonly address: { readonly section: LocatedValue['path']; readonly key: string }
}

/** Entries of environments in x- fields that are the reference and nothing else, and that no service has from there. */
function idleReferences(project: ComposeProject, variable: string | undefined): readonly IdleReference[] {
  // What a service of another profile has is not known.
  if (variable === undefined || project.inactiveServices.length > 0) return []
  const references = [`\${${variable}}`, `$${variable}`]
  return valuesOf(project)
    .interpolating(variable)
    .flatMap((value) => {
      const { section, path, usedBy, form } = value
      if (section !== 'x-' || usedBy.length > 0 || path.at(-2) !== 'environment') return []
      const written = writtenText(project, value)
      const key = form === 'list' ? (written.split('=', 1)[0] ?? '') : (value.key ?? '')
      const text = form === 'list' ? written.slice(key.length + 1) : written
      return references.includes(text) ? [{ value, address: { section: path.slice(0, -1), key } }] : []
    })
}

function isNeeded(
  book: Workbook,
  project: ComposeProject,
  { key, file: own }: LocatedValue,
  moved: ReadonlySet<LocatedValue>,
  leaving: ReadonlySet<LocatedValue>,
  moves: readonly Move[],
): boolean {
  if (key === undefined) return true
  const values = valuesOf(project)
  // The same line read as an env_file is moved as that, or belongs to services still.
  if (values.withKey(key).some(({ file, section }) => file === own && section === 'env-file-entry')) return true
  if (madeFromVariable(project, key) !== undefined) return true
  return values.interpolating(key).some((value) => {
    if (leaving.has(value)) return false
    if (moved.has(value)) return isKept(book, value, key)
    const url = moves.find(({ candidate }) => candidate.url?.entry === value)?.candidate.url
    if (url !== undefined) return interpolates(besidePassword(url), key)
    return checkAfter(value, moves, project)?.some((word) => interpolates(word, key)) ?? true
  })
}

/** What a URL keeps, as it is written. */
const besidePassword = ({ written: { text, start, end } }: PasswordPlace): string =>
  text.slice(0, start) + placeholder('') + text.slice(end)

/** A command whose password has moved may take the entry for something else still. */
function isKept(book: Workbook, value: LocatedValue, key: string): boolean {
  if (value.section !== 'command' && value.section !== 'entrypoint') return false
  try {
    const file = book.open(value.file, { path: value.path.slice(0, 2) })
    return wordsAt(file, pathOfWords(value))?.some((word) => interpolates(word, key)) === true
  } catch {
    return false
  }
}

const interpolates = (text: string, key: string): boolean =>
  new RegExp(`(?<!\\$)\\$(?:\\{${key}(?![A-Za-z0-9_])|${key}(?![A-Za-z0-9_]))`).test(text)
