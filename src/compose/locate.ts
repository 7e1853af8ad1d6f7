// Lists every value that the project's Compose files hold, with its place, its runtime value, and which services come to have it. Those of
// env files: locate-env.ts.
import type { Scalar } from 'yaml'
import type { SourceText } from '../support/source-text.js'
import type { LoadedFile } from './compose-file.js'
import { interpolate, type Lookup, templateVariables } from './interpolate.js'
import { resolvePlain } from './plain-scalar.js'
import { sectionOf } from './sections.js'
import { isUntold, scalarText } from './tagged-scalar.js'
import { eachScalar, type MapNode, type YamlPath } from './tree.js'
import type { LocatedValue, Section, Via } from './types.js'

/** How the merged model uses one written value. */
interface Use {
  readonly section: Section
  readonly key: string | undefined
  readonly services: Set<string>
  readonly via: Set<Via>
}

export type Uses = ReadonlyMap<string, Use>

function identity(file: string, start: number): string {
  return `${file}\0${start}`
}

/** Every written value of `tree` by file and offset, with the services that hold it; what it is in a service counts, not in an x- field. */
export function usesOf(tree: MapNode): Uses {
  const uses = new Map<string, Use>()
  eachScalar(tree, (node, path) => {
    const { origin } = node
    if (origin === undefined) return
    const id = identity(origin.source.file, origin.start)
    const { section, key, service } = sectionOf(path)
    const known = uses.get(id)
    const use =
      known !== undefined && known.services.size > 0
        ? known
        : { section, key, services: new Set<string>(), via: known?.via ?? new Set() }
    if (service !== undefined) use.services.add(service)
    for (const via of origin.via) use.via.add(via)
    uses.set(id, use)
  })
  return uses
}

interface Written {
  /** UTF-16 range of the value. */
  readonly start: number
  readonly end: number
  readonly template: string
  readonly key: string | undefined
  readonly passThrough: boolean
}

/** First `=` outside `${…}`. */
function equalsSign(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '$' && text[at + 1] === '{') depth++
    else if (text[at] === '}' && depth > 0) depth--
    else if (text[at] === '=' && depth === 0) return at
  }
  return -1
}

/** The part after `=` of a list entry `KEY=value`; quotes around the whole entry stay outside. */
function listEntry(source: SourceText, start: number, end: number, scalar: Scalar, template: string): Written {
  const equals = equalsSign(template)
  if (equals === -1) return { start, end, template: '', key: template, passThrough: true }
  const quoted = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE' ? 1 : 0
  const written = source.text.slice(start, end)
  const offset = equalsSign(written)
  const block = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED'
  const from = block || offset === -1 ? start : start + offset + 1
  return {
    start: from,
    end: end - (block ? 0 : quoted),
    template: template.slice(equals + 1),
    key: template.slice(0, equals),
    passThrough: false,
  }
}

const KEYED: readonly Section[] = ['environment', 'labels', 'deploy.labels', 'annotations', 'build.args']

function writtenValue(source: SourceText, scalar: Scalar, path: YamlPath, section: Section): Written | undefined {
  if (scalar.range === undefined || scalar.range === null) return undefined
  const [start, end] = scalar.range
  const template = scalarText(scalar)
  const inList = typeof path.at(-1) === 'number'
  if (inList && KEYED.includes(section)) return listEntry(source, start, end, scalar, template)
  const empty = isUntold(scalar) && resolvePlain(template).value === null
  const last = path.at(-1)
  const whole = path.length === 3 && path[0] === 'services'
  const key = typeof last === 'string' && !whole ? last : undefined
  return { start, end, template, key, passThrough: empty && KEYED.includes(section) }
}

function runtimeValue(template: string, plain: boolean, lookup: Lookup): string {
  const resolved = plain ? resolvePlain(template) : { value: template, text: template }
  if (typeof resolved.value !== 'string') return resolved.text
  try {
    return interpolate(resolved.text, lookup).value
  } catch {
    return template
  }
}

function composeValue(loaded: LoadedFile, scalar: Scalar, path: YamlPath, uses: Uses): LocatedValue[] {
  const { source } = loaded.yaml
  const use = uses.get(identity(source.file, scalar.range?.[0] ?? -1))
  const place = sectionOf(path.map((part) => (typeof part === 'number' ? '[]' : part)))
  const section =
    use !== undefined && (place.section === 'x-' || place.section === 'other') ? use.section : place.section
  const written = writtenValue(source, scalar, path, section)
  if (written === undefined) return []
  const inList = typeof path.at(-1) === 'number'
  const passed = written.passThrough ? passedThrough(written.key ?? place.key ?? use?.key, section, loaded) : undefined
  const interpolates = passed === undefined ? templateVariables(written.template) : [passed.variable]
  const key = written.key ?? (inList ? undefined : (place.key ?? use?.key))
  return [
    {
      ...placed(source, written.start, written.end),
      path,
      ...(place.service === undefined ? {} : { service: place.service }),
      section,
      ...(key === undefined ? {} : { key }),
      form: inList ? 'list' : path.length > 3 || KEYED.includes(section) ? 'map' : 'scalar',
      resolved: written.passThrough
        ? (passed?.value ?? '')
        : runtimeValue(written.template, isUntold(scalar) && !inList, loaded.lookup),
      literal: interpolates.length === 0,
      passThrough: written.passThrough,
      interpolates,
      via: [...(use?.via ?? [])],
      usedBy: [...(use?.services ?? [])].sort(),
    },
  ]
}

/** `KEY` without a value: the variable of that name, from the shell or from .env (05-services.md, "environment"). */
function passedThrough(
  key: string | undefined,
  section: Section,
  { lookup }: LoadedFile,
): { readonly variable: string; readonly value: string } | undefined {
  if (key === undefined || (section !== 'environment' && section !== 'build.args')) return undefined
  const value = lookup(key)
  return value === undefined ? undefined : { variable: key, value }
}

/** Where a value stands that is the UTF-16 range `start` to `end` of `source`. */
export function placed(
  source: SourceText,
  start: number,
  end: number,
): Pick<LocatedValue, 'file' | 'start' | 'end' | 'line' | 'column'> {
  return { file: source.file, start: source.byteOffset(start), end: source.byteOffset(end), ...source.position(start) }
}

/** Values of Compose files, in the order of each file. Keys are no values. */
export function composeValues(files: Iterable<LoadedFile>, uses: Uses): readonly LocatedValue[] {
  return [...files].flatMap((loaded) =>
    loaded.yaml.documents.flatMap((indexed) =>
      indexed.scalars.flatMap((scalar) => composeValue(loaded, scalar, indexed.paths.get(scalar) ?? [], uses)),
    ),
  )
}
