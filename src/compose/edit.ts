// Edits of Compose files for moving values: secrets and configs granted, commands set, text inside a value replaced; steps put together.
// One step after another on bytes; nothing is ever printed anew. Knows nothing of which values are secrets.
import { isDeepStrictEqual } from 'node:util'
import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { applyEdits, type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { appendItem, appendPair, fillEmpty } from './edit-additions.js'
import { replaceNode, replaceValue, spaced } from './edit-entries.js'
import {
  type EditableFile,
  editableFile,
  endOf,
  findPair,
  isEmptyValue,
  keyStart,
  lineAfter,
  mapAt,
  mergedPair,
  nextLine,
  nodeAt,
  ownPair,
  refuse,
  refuseAnchored,
  removeLines,
  startOf,
} from './edit-file.js'
import { indentStep } from './edit-style.js'
import { flowSequence, scalarText } from './scalar-text.js'
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

/** A secret or config granted to a container; only `source`: the short form. */
export interface Grant {
  readonly source: string
  readonly target?: string
  readonly uid?: string
  readonly gid?: string
  /** As YAML text, e.g. `0o440`. */
  readonly mode?: string
}

function grantFields(grant: Grant, flow: boolean): readonly string[] {
  const quoted = (value: string) => scalarText(value, undefined, flow)
  const fields = [`source: ${quoted(grant.source)}`]
  if (grant.target !== undefined) fields.push(`target: ${quoted(grant.target)}`)
  if (grant.uid !== undefined) fields.push(`uid: ${JSON.stringify(grant.uid)}`)
  if (grant.gid !== undefined) fields.push(`gid: ${JSON.stringify(grant.gid)}`)
  if (grant.mode !== undefined) fields.push(`mode: ${grant.mode}`)
  return fields
}

function grantLines(grant: Grant): readonly string[] {
  const fields = grantFields(grant, false)
  return fields.length === 1 ? [scalarText(grant.source, undefined, false)] : fields
}

function grantFlow(grant: Grant): string {
  const fields = grantFields(grant, true)
  return fields.length === 1 ? scalarText(grant.source, undefined, true) : `{${fields.join(', ')}}`
}

function dashed(lines: readonly string[], indent: number): readonly string[] {
  return lines.map((line, index) => `${' '.repeat(indent)}${index === 0 ? '- ' : '  '}${line}`)
}

/** At the target that is asked for, if one is: a secret may be mounted at several. */
function hasGrant(node: unknown, { source, target }: Grant): boolean {
  if (!isSeq(node)) return false
  return node.items.some((item) =>
    isScalar(item)
      ? item.source === source && (target === undefined || target === source)
      : isMap(item) && item.get('source') === source && (target === undefined || item.get('target') === target),
  )
}

/** The list that a merge key brings: a list of the container's own, with its names, takes its place. In short form only. */
function mergedGrants(file: EditableFile, map: YAMLMap, section: string): YAMLSeq | undefined {
  const value = mergedPair(file, map, section)?.value
  const list = isAlias(value) ? file.indexed.targets.get(value) : value
  return isSeq(list) && list.items.every((item) => isScalar(item)) ? list : undefined
}

function addGrants(
  file: EditableFile,
  container: YamlPath,
  section: string,
  wanted: readonly Grant[],
): readonly ByteEdit[] {
  const map = mapAt(file, container)
  const merged = ownPair(file, map, section) === undefined ? mergedGrants(file, map, section) : undefined
  if (merged !== undefined && wanted.every((grant) => hasGrant(merged, grant))) return []
  const pair = merged === undefined ? findPair(file, map, section) : undefined
  if (pair === undefined) {
    const grants = [
      ...(merged?.items ?? []).map((item) => ({ source: isScalar(item) ? String(item.value) : '' })),
      ...wanted.filter((grant) => !hasGrant(merged, grant)),
    ]
    const created = {
      key: section,
      lines: (_: number, dashes: number) => [
        `${section}:`,
        ...grants.flatMap((each) => dashed(grantLines(each), dashes)),
      ],
      flow: `${section}: [${grants.map(grantFlow).join(', ')}]`,
    }
    return toByteEdits(file.source, [appendPair(file, map, created)])
  }
  const node = nodeAt(file, [...container, section])
  const grants = wanted.filter((grant) => !hasGrant(node, grant))
  if (grants.length === 0) return []
  if (isEmptyValue(node)) {
    const lines = grants.flatMap((grant) => dashed(grantLines(grant), indentStep(file, map)))
    return toByteEdits(file.source, [fillEmpty(file, pair, lines)])
  }
  if (!isSeq(node)) throw refuse(file, 'form', `${[...container, section].join('.')} is no list`, startOf(node))
  refuseAnchored(file, node)
  // Between empty brackets all are one text.
  if (node.flow === true)
    return toByteEdits(file.source, [appendItem(file, node, [], grants.map(grantFlow).join(', '))])
  return toByteEdits(
    file.source,
    grants.map((grant) => appendItem(file, node, grantLines(grant), '')),
  )
}

/** Grants a secret to the container at `container` (a service, or the x- mapping that services merge); no edit where it has it. */
export function grantSecret(file: EditableFile, container: YamlPath, grant: Grant): readonly ByteEdit[] {
  return addGrants(file, container, 'secrets', [grant])
}

/** Grants several at once; each once. */
export function grantSecrets(file: EditableFile, container: YamlPath, grants: readonly Grant[]): readonly ByteEdit[] {
  return addGrants(file, container, 'secrets', grants)
}

/** As grantSecret, for a config. */
export function grantConfig(file: EditableFile, container: YamlPath, grant: Grant): readonly ByteEdit[] {
  return addGrants(file, container, 'configs', [grant])
}

/** Grants a secret to the build of a service; a short `build: ./dir` becomes long, one that stands in another file gets a part here. */
export function grantBuildSecret(file: EditableFile, container: YamlPath, grant: Grant): readonly ByteEdit[] {
  const build = nodeAt(file, [...container, 'build'])
  if (build === undefined) return addBuild(file, container, grant)
  if (!isScalar(build)) return addGrants(file, [...container, 'build'], 'secrets', [grant])
  const service = mapAt(file, container)
  const context = build.source ?? ''
  if (service.flow === true) {
    return toByteEdits(file.source, [
      {
        start: startOf(build),
        end: endOf(build),
        insert: `{context: ${scalarText(context, build.type, true)}, secrets: [${grantFlow(grant)}]}`,
      },
    ])
  }
  refuseAnchored(file, build)
  const pair = findPair(file, service, 'build')
  const step = ' '.repeat(indentStep(file, service))
  const lines = [
    `context: ${scalarText(context, build.type, false)}`,
    'secrets:',
    ...dashed(grantLines(grant), step.length),
  ].map((line) => step + line)
  if (pair === undefined) return []
  const cut = { start: endOfColon(file, pair), end: endOf(build), insert: '' }
  return toByteEdits(file.source, [cut, fillEmpty(file, pair, lines)])
}

function addBuild(file: EditableFile, container: YamlPath, grant: Grant): readonly ByteEdit[] {
  const created = {
    key: 'build',
    lines: (step: number) => ['build:', `${' '.repeat(step)}secrets:`, ...dashed(grantLines(grant), step + step)],
    flow: `build: {secrets: [${grantFlow(grant)}]}`,
  }
  return toByteEdits(file.source, [appendPair(file, mapAt(file, container), created)])
}

function endOfColon(file: EditableFile, pair: Pair): number {
  return file.source.text.indexOf(':', endOf(pair.key)) + 1
}

/** true where a comment stands between the items of a list; a # inside of an item is none. */
function hasComments(file: EditableFile, list: YAMLSeq, from: number, to: number): boolean {
  let at = from
  const gaps = list.items.map((item) => {
    const gap = file.source.text.slice(at, startOf(item))
    at = Math.max(at, endOf(item))
    return gap
  })
  return [...gaps, file.source.text.slice(at, to)].some((gap) => gap.includes('#'))
}

/** true where a list of words holds comments, which setWords() would have to drop. */
export function hasCommentedWords(file: EditableFile, path: YamlPath): boolean {
  const list = nodeAt(file, path)
  return isSeq(list) && hasComments(file, list, startOf(list), lineAfter(file, list, startOf(list)))
}

function replaceSequence(file: EditableFile, service: YAMLMap, pair: Pair, text: string): TextEdit[] {
  const { value } = pair
  if (!isSeq(value)) return [{ start: startOf(value), end: endOf(value), insert: text }]
  const commented = () => refuse(file, 'form', 'the list holds comments that would be lost', startOf(service))
  if (value.flow === true) {
    if (hasComments(file, value, startOf(value), endOf(value))) throw commented()
    return [{ start: startOf(value), end: endOf(value), insert: text }]
  }
  const [from, to] = [nextLine(file, keyStart(pair)), lineAfter(file, value, startOf(value))]
  if (hasComments(file, value, from, to) || startOf(value) < from) throw commented()
  const colon = endOfColon(file, pair)
  return [{ start: colon, end: colon, insert: ` ${text}` }, removeLines(file, from, to)]
}

/** Sets `entrypoint` or `command` (or another list of words) of a container to exactly `words`, dollars doubled by the caller. */
export function setWords(
  file: EditableFile,
  container: YamlPath,
  key: string,
  words: readonly string[],
): readonly ByteEdit[] {
  const service = mapAt(file, container)
  // What a merge key brings is overridden in the container's own block, where it is not the same already.
  const merged = ownPair(file, service, key) === undefined ? mergedPair(file, service, key)?.value : undefined
  if (isSeq(merged) && isDeepStrictEqual(merged.toJSON(), words)) return []
  const pair = merged === undefined ? findPair(file, service, key) : undefined
  const text = flowSequence(words)
  if (pair === undefined)
    return toByteEdits(file.source, [
      appendPair(file, service, { key, lines: () => [`${key}: ${text}`], flow: `${key}: ${text}` }),
    ])
  const node = nodeAt(file, [...container, key])
  refuseAnchored(file, node)
  if (isSeq(node)) return toByteEdits(file.source, replaceSequence(file, service, pair, text))
  return toByteEdits(file.source, replaceNode(file, node, spaced(file, node, text)))
}

/** `text` in the escapes of the scalar that it goes into. */
function inside(style: string | undefined, text: string): string {
  if (style === 'QUOTE_SINGLE') return text.replaceAll("'", "''")
  return style === 'QUOTE_DOUBLE' ? JSON.stringify(text).slice(1, -1) : text
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

function readsAs(file: EditableFile, path: YamlPath, edits: readonly ByteEdit[], wanted: string): boolean {
  try {
    const edited = editableFile(file.source.file, applyEdits(file.source.bytes, edits))
    const node = nodeAt(edited, path)
    return isScalar(node) && node.source === wanted && edited.indexed.scalars.length === file.indexed.scalars.length
  } catch {
    return false
  }
}
