// Edits of Compose files that grant secrets and configs to containers and builds, in the form that is there.
import { isAlias, isMap, isScalar, isSeq, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ByteEdit, toByteEdits } from '../support/byte-edits.js'
import { appendItem, appendPair, fillEmpty } from './edit-additions.js'
import {
  type EditableFile,
  endOf,
  endOfColon,
  findPair,
  isEmptyValue,
  keptByTag,
  mapAt,
  mergedPair,
  nodeAt,
  ownPair,
  refuse,
  refuseAnchored,
  startOf,
} from './edit-file.js'
import { indentStep } from './edit-style.js'
import { scalarText } from './scalar-text.js'
import type { YamlPath } from './tree.js'

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
  const items =
    node.flow === true
      ? [appendItem(file, node, [], grants.map(grantFlow).join(', '))]
      : grants.map((grant) => appendItem(file, node, grantLines(grant), ''))
  return toByteEdits(file.source, [...keptByTag(file, pair), ...items])
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
  const service = mapAt(file, container)
  if (findPair(file, service, 'build') === undefined) return addBuild(file, container, grant)
  const build = nodeAt(file, [...container, 'build'])
  if (!isScalar(build)) return addGrants(file, [...container, 'build'], 'secrets', [grant])
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
