// One leak is one finding: of several places that hold the same value one is the main place, the others are related to it.
import type { Confidence, Severity } from '../detect/types.js'
import type { LayerEntry } from '../image/types.js'
import { isKeptOriginal } from '../support/kept-original.js'
import type { Exposure, LocalFinding, Place, Related } from './types.js'

const KINDS: readonly Place['kind'][] = [
  'compose',
  'env-file',
  'dockerfile',
  'file',
  'git',
  'file-name',
  'link',
  'xattr',
  'env',
  'cmd',
  'entrypoint',
  'healthcheck',
  'onbuild',
  'shell',
  'label',
  'annotation',
  'author',
  'comment',
  'provenance',
  'build-arg',
  'history',
]
const EXPOSURES: readonly (Exposure | undefined)[] = ['final', 'deleted', 'overwritten', 'metadata', undefined]
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low']

/** A finding, with where its image has it once that is known. */
export interface Placed extends LocalFinding {
  readonly layer?: LayerEntry
  readonly exposure?: Exposure
}

/**
 * The group as its main place, with the highest severity and confidence of all that are not explained away. Main: one of those, exposure
 * final first, then what no migration keeps for its rollback, then a project's own files, file, env, cmd …, build-arg, history; then the entry that has a name; then the more confident rule; then by path and
 * offset, so that the order of layers' bytes decides nothing. A group with an explained-away member is explained away only if all are.
 */
export function mergeLeak<T extends Placed>(group: readonly T[], options: { readonly sameUnit: boolean }): T {
  const [main, ...others] = [...group].sort(compare)
  if (main === undefined) throw new RangeError('a group has at least one finding')
  if (others.length === 0) return main
  const related: Related[] = [...main.related]
  for (const other of others) {
    related.push(relation(main, other, options.sameUnit))
    for (const further of other.related) if (!isSamePlace(further, main)) related.push(further)
  }
  const judged = group.filter((finding) => isExplained(finding) === isExplained(main))
  const severity = worst(
    SEVERITIES,
    judged.map((finding) => finding.severity),
  )
  const confidence = worst(
    CONFIDENCES,
    judged.map((finding) => finding.confidence),
  )
  return {
    ...main,
    severity: severity ?? main.severity,
    confidence: confidence ?? main.confidence,
    related: distinct(related),
  }
}

const isExplained = (finding: Placed): boolean => finding.allowed !== undefined

function compare(a: Placed, b: Placed): number {
  return (
    Number(isExplained(a)) - Number(isExplained(b)) ||
    EXPOSURES.indexOf(a.exposure) - EXPOSURES.indexOf(b.exposure) ||
    Number(isKeptOriginal(a.place)) - Number(isKeptOriginal(b.place)) ||
    KINDS.indexOf(a.place.kind) - KINDS.indexOf(b.place.kind) ||
    unnamed(a.place) - unnamed(b.place) ||
    CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    byText(sortPath(a.place), sortPath(b.place)) ||
    (b.layer?.index ?? -1) - (a.layer?.index ?? -1) ||
    placeIndex(a.place) - placeIndex(b.place) ||
    a.span.offset - b.span.offset ||
    byText(a.fingerprint, b.fingerprint)
  )
}

const COMMANDS: readonly (string | undefined)[] = [undefined, 'test', 'command', 'entrypoint']

/** In a Compose file a variable's own entry tells more than a command that repeats its value. */
const unnamed = (place: Place): number => (place.kind === 'compose' && COMMANDS.includes(place.key) ? 1 : 0)

function relation(main: Placed, other: Placed, sameUnit: boolean): Related {
  return {
    role: roleOf(main, other, sameUnit),
    fingerprint: other.fingerprint,
    place: other.place,
    span: other.span,
    ...(other.layer === undefined ? {} : { layer: other.layer }),
    ...(other.exposure === undefined ? {} : { exposure: other.exposure }),
    ...(other.inlineIgnore === true ? { inlineIgnore: true } : {}),
  }
}

function roleOf(main: Placed, other: Placed, sameUnit: boolean): Related['role'] {
  if (other.fingerprint === main.fingerprint) return 'same-place'
  const fromInstruction = other.place.kind === 'history' && main.place.kind !== 'history'
  return fromInstruction && (sameUnit || !('path' in main.place)) ? 'instruction' : 'same-value'
}

function isSamePlace(related: Related, main: Placed): boolean {
  return (
    related.fingerprint === main.fingerprint &&
    related.layer?.index === main.layer?.index &&
    related.span.offset === main.span.offset
  )
}

/** Without what is said twice. */
function distinct(related: readonly Related[]): Related[] {
  const seen = new Set<string>()
  return related.filter((other) => {
    const key = JSON.stringify([other.role, other.fingerprint, other.place, other.span.offset, other.layer?.index])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function worst<T>(order: readonly T[], values: readonly T[]): T | undefined {
  return order.find((value) => values.includes(value))
}

function sortPath(place: Place): string {
  return 'path' in place
    ? JSON.stringify([place.path, 'inside' in place ? (place.inside ?? []) : []])
    : (place.key ?? '')
}

function placeIndex(place: Place): number {
  return 'index' in place ? (place.index ?? 0) : 0
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
