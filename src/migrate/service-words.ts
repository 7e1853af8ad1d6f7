// The words that a service starts, as the Compose file writes them: with its references, and in its form (a list, or a text that Compose
// splits).
import { isScalar, isSeq } from 'yaml'
import { type EditableFile, editableFile, nodeAt } from '../compose/edit-file.js'
import { modelWords } from '../compose/started-words.js'
import type { YamlPath } from '../compose/tree.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'

/** Where an `entrypoint` or `command` stands that counts for a service. */
export interface WrittenWords {
  readonly section: 'entrypoint' | 'command'
  /** Absolute. */
  readonly file: string
  readonly path: YamlPath
  readonly form: 'list' | 'text'
  /** Of a list one a word, of a text the whole of it; dollars doubled. */
  readonly templates: readonly string[]
  /** What Compose makes of them. */
  readonly words: readonly string[]
  /** The services that have them, by an anchor, a merge key or `extends` several. */
  readonly usedBy: readonly string[]
}

/** undefined where the service has none of its own, or an empty one. */
export function writtenWords(
  project: ComposeProject,
  service: string,
  section: 'entrypoint' | 'command',
): WrittenWords | undefined {
  const value = valuesOf(project)
    .usedBy(service)
    .find((each) => each.section === section)
  const words = modelWords(project, service, section)
  if (value === undefined || words === undefined) return undefined
  const path = pathOfWords(value)
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes ?? new Uint8Array()
  const templates = wordsAt(editableFile(value.file, bytes), path)
  const form = path === value.path ? 'text' : 'list'
  return templates === undefined
    ? undefined
    : { section, file: value.file, path, form, templates, words, usedBy: value.usedBy }
}

/** The path of the list that the value is a word of; its own where it is a text. */
export const pathOfWords = ({ path }: Pick<LocatedValue, 'path'>): YamlPath =>
  typeof path.at(-1) === 'number' ? path.slice(0, -1) : path

/** A list of words as written, or a text as one; undefined for another node. */
export function wordsAt(file: EditableFile, path: YamlPath): readonly string[] | undefined {
  const node = nodeAt(file, path)
  if (isScalar(node)) return [node.source ?? '']
  return isSeq(node) ? node.items.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : '')) : undefined
}
