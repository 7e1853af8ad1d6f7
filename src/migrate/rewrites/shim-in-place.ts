// A shim around words that stay as they are written, references and comments too: where a password stood there is a placeholder, which the
// shim fills when the container starts. For commands that would freeze what Compose interpolates if they were written out.
import { isDeepStrictEqual } from 'node:util'
import { replaceValue } from '../../compose/edit-entries.js'
import { hasCommentedWords, prependText, prependWords, setWords, spansLines } from '../../compose/edit-words.js'
import { scriptIndex } from '../../compose/shell-script.js'
import type { ComposeProject } from '../../compose/types.js'
import { shellWord } from '../../support/shell-word.js'
import type { Part } from '../pending-edits.js'
import { type WrittenWords, wordsAt, writtenWords } from '../service-words.js'
import { foldable, forCompose, PLACEHOLDER, placeholder, shimEntrypoint, shimScript } from '../shim.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { readingInScript } from './command-line.js'
import { filledTemplates, hasReferences } from './kept-words.js'
import type { FlagPlace, ShimParts } from './shim-parts.js'

type Section = FlagPlace['section']

/** Index of the script in a section's words; -1 where it is in the other one, or none. */
function scriptWord({ entrypoint, command }: ShimParts, section: Section): number {
  const script = scriptIndex([...entrypoint, ...command]) ?? -1
  return section === 'entrypoint' ? (script < entrypoint.length ? script : -1) : script - entrypoint.length
}

/** Passwords of a section that no script reads itself: the shim fills them in. */
const placeholders = (parts: ShimParts): readonly FlagPlace[] =>
  parts.flags.filter(({ section, word }) => word !== scriptWord(parts, section))

/** A service's own words with its passwords replaced; undefined where that cannot be done in what is written. */
function replaced(project: ComposeProject, parts: ShimParts, written: WrittenWords): readonly string[] | undefined {
  const { section } = written
  const script = scriptWord(parts, section)
  const replacements = parts.flags
    .filter((place) => place.section === section)
    .map((place) => ({
      ...place,
      insert: place.word === script ? readingInScript(parts[section][script] ?? '', place) : placeholder(place.name),
    }))
  return filledTemplates(written, replacements, (name) => project.environment.get(name))
}

/** Where the shim of a service stands. */
export const shimHome = (book: Workbook, { service, values }: ShimParts): string | undefined =>
  book.homeOf(service, 'entrypoint') ?? book.homeBeside(service, values)

/** true where words that are written out would hold what Compose is to interpolate still, or lose something. */
export function mustKeepWords(book: Workbook, project: ComposeProject, parts: ShimParts): boolean {
  const keeps = (section: Section): boolean => {
    const written = writtenWords(project, parts.service, section)
    return written !== undefined && hasReferences(replaced(project, parts, written) ?? written.templates)
  }
  const isCommented = (section: Section): boolean => {
    const written = writtenWords(project, parts.service, section)
    return written?.form === 'list' && hasCommentedWords(book.open(written.file, partOf(written)), written.path)
  }
  if (keeps('entrypoint') || isCommented('entrypoint')) return true
  if (parts.flags.length === 0) return false
  // Words of the service's own would stand beside those that it extends, which hold the value still.
  const isElsewhere = ({ section }: FlagPlace) =>
    book.isExtended(writtenWords(project, parts.service, section)?.file ?? '')
  if (parts.flags.some(isElsewhere)) return true
  // The file in which the shim stands starts other words, or the image's own, without the later one.
  const command = parts.flags.some(({ section }) => section === 'command')
    ? book.homeOf(parts.service, 'command')
    : undefined
  if (command !== undefined && command !== shimHome(book, parts)) return true
  return keeps('command') || isCommented('command') || parts.flags.some(({ name }) => parts.newlines.has(name))
}

/** true where the words stand on lines that are kept: one of them spans several, and it can be done. */
export function prefersKeptWords(book: Workbook, project: ComposeProject, parts: ShimParts): boolean {
  const sections: readonly Section[] = parts.flags.length === 0 ? ['entrypoint'] : ['entrypoint', 'command']
  const written = sections.flatMap((section) => writtenWords(project, parts.service, section) ?? [])
  const home = shimHome(book, parts) ?? ''
  const isKeepable = (each: WrittenWords): boolean =>
    isOwn(each, parts.service, home) &&
    replaced(project, parts, each) !== undefined &&
    !each.templates.some((text) => text.includes(PLACEHOLDER))
  return (
    written.some((each) => spansLines(book.open(each.file, partOf(each)), each.path)) &&
    written.every(isKeepable) &&
    !parts.flags.some(({ name }) => parts.newlines.has(name))
  )
}

/** @throws RefusedError where the words cannot be kept. */
export function keepWords(book: Workbook, project: ComposeProject, parts: ShimParts): void {
  const { wordIds, flags, newlines } = parts
  const filled = placeholders(parts)
  if (flags.some((place) => newlines.has(place.name) && !filled.includes(place)))
    throw new RefusedError(wordIds, 'a script would read the value without the newline at its end')
  const names = (places: readonly FlagPlace[]) => [...new Set(places.map(({ name }) => name))]
  const { handedOn } = parts
  const script = shimScript(parts.exports, newlines, {
    alsoRead: names(flags),
    filled: names(filled),
    handedOn,
  })
  keepSection(book, project, parts, 'command')
  keepSection(book, project, parts, 'entrypoint', script)
}

/**
 * The command's passwords behind a shim of `shimWords` words that stands already: replaced by placeholders, or by readings in a script.
 * @returns what the shim has to read and to fill; undefined, and nothing is changed, where that cannot be
 */
export function keepCommand(
  book: Workbook,
  project: ComposeProject,
  parts: ShimParts,
  shimWords: number,
): { readonly alsoRead: readonly string[]; readonly filled: readonly string[] } | undefined {
  const behind = { ...parts, entrypoint: parts.entrypoint.slice(shimWords) }
  const written = writtenWords(project, parts.service, 'command')
  const isFit =
    parts.flags.every(({ section, name }) => section === 'command' && !parts.newlines.has(name)) &&
    written?.templates.some((text) => text.includes(PLACEHOLDER)) === false &&
    replaced(project, behind, written) !== undefined
  if (!isFit) return undefined
  keepSection(book, project, behind, 'command')
  const names = (places: readonly FlagPlace[]) => [...new Set(places.map(({ name }) => name))]
  return { alsoRead: names(behind.flags), filled: names(placeholders(behind)) }
}

/** `script`: of the shim that goes before the words. */
function keepSection(
  book: Workbook,
  project: ComposeProject,
  parts: ShimParts,
  section: Section,
  script?: string,
): void {
  const { ids, wordIds, service } = parts
  const written = writtenWords(project, service, section)
  const templates = written === undefined ? parts[section].map(forCompose) : replaced(project, parts, written)
  if (templates === undefined)
    throw new RefusedError(wordIds, `its ${section} takes it from a variable together with other text`)
  if ((written?.templates ?? []).some((text) => text.includes(PLACEHOLDER)))
    throw new RefusedError(ids, `its ${section} holds ${PLACEHOLDER} already`)
  const before = script === undefined ? [] : shimEntrypoint(script, []).map(forCompose)
  const file = book.homeOf(service, section) ?? book.homeBeside(service, parts.values)
  if (file === undefined) throw new RefusedError(ids, `${service} has no block of its own to add words to`)
  const set = () => {
    book.compose(file, (open) => setWords(open, ['services', service], section, [...before, ...templates]))
  }
  if (written === undefined) {
    if (before.length + templates.length > 0) set()
    return
  }
  if (before.length === 0 && isDeepStrictEqual(templates, written.templates)) return
  const own = isOwn(written, service, file)
  if (before.length === 0 && (own || written.usedBy.every((each) => parts.together.includes(each))))
    writeInPlace(book, written, templates)
  else if (written.form === 'list' && own && written.words.length > 0) {
    writeInPlace(book, written, templates)
    book.compose(file, (open) => prependWords(open, written.path, before))
  } else if (written.form === 'list') set()
  else if (!own) throw new RefusedError(wordIds, `its ${section} is a text that stands elsewhere`)
  else {
    writeInPlace(book, written, templates)
    const shim = before.map((word) => shellWord(foldable(word))).join(' ')
    book.compose(file, (open) => prependText(open, written.path, shim))
  }
}

/** Once for all services that have the words. */
function writeInPlace(book: Workbook, { file, path, form }: WrittenWords, templates: readonly string[]): void {
  const part = partOf({ path })
  const current = wordsAt(book.open(file, part), path)
  for (const [index, template] of templates.entries())
    if (template !== current?.[index])
      book.compose(file, (open) => replaceValue(open, form === 'text' ? path : [...path, index], template), part)
}

/** The service, or the field, in which words stand. */
const partOf = ({ path }: Pick<WrittenWords, 'path'>): Part => ({ path: path.slice(0, 2) })

const isOwn = ({ file, path, section }: WrittenWords, service: string, home: string): boolean =>
  file === home && isDeepStrictEqual(path, ['services', service, section])
