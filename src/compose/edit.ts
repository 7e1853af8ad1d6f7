// Edits of Compose files for moving values: text inside a value replaced; steps put together. Commands are in edit-words.ts, grants in
// edit-grants.ts.
// One step after another on bytes; nothing is ever printed anew. Knows nothing of which values are secrets.
import { isScalar } from 'yaml'
import { applyEdits, type ByteEdit, toByteEdits } from '../support/byte-edits.js'
import { replaceValue } from './edit-entries.js'
import { type EditableFile, editableFile, endOf, nodeAt, refuse, refuseAnchored, startOf } from './edit-file.js'
import { inside, readsAs } from './edit-scalar-lines.js'
import type { YamlPath } from './tree.js'

/** One edit on the file as the steps before left it. */
export type EditStep = (file: EditableFile) => readonly ByteEdit[]

/** `bytes` with all steps done, each on the result of the one before; throws EditRefusedError, ComposeFileError where a result is no YAML. */
export function editCompose(name: string, bytes: Uint8Array, steps: readonly EditStep[]): Uint8Array {
  let edited = bytes
  for (const step of steps) edited = applyEdits(edited, step(editableFile(name, edited)))
  editableFile(name, edited)
  return edited
}

/**
 * Replaces `before`, wherever it stands in the scalar at `path`, by `after`; the rest of the scalar keeps its bytes. Where that gives
 * another string than meant (quotes, folding), the whole scalar is written anew.
 */
export function replaceText(file: EditableFile, path: YamlPath, before: string, after: string): readonly ByteEdit[] {
  const node = nodeAt(file, path)
  if (!isScalar(node) || !(node.source ?? '').includes(before))
    throw refuse(file, 'not-found', `${path.join('.')} does not hold the text to be replaced`, startOf(node))
  refuseAnchored(file, node)
  const wanted = (node.source ?? '').replaceAll(before, () => after)
  const written = file.source.text.slice(startOf(node), endOf(node))
  const spliced = written.replaceAll(inside(node.type, before), () => inside(node.type, after))
  const edits = toByteEdits(file.source, [{ start: startOf(node), end: endOf(node), insert: spliced }])
  return readsAs(file, path, edits, wanted) ? edits : replaceValue(file, path, wanted)
}
