// What --select names: values by SERVICE.VARIABLE, or by the fingerprint of a finding of "secretscan compose" or of the images' report.
import { resolve } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { LocalFinding, Place, Span } from '../scan/types.js'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { type Candidate, entriesWith } from './candidates.js'
import type { Outcome } from './from-report/match.js'

/** Findings of the project's own files. Their values are plain. */
export type OwnFindings = () => Promise<readonly LocalFinding[]>

export interface SelectContext {
  readonly project: ComposeProject
  readonly candidates: readonly Candidate[]
  /** What the findings of the images' report became, by fingerprint. */
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>
  /** Asked only where a fingerprint is given. */
  readonly findings: OwnFindings
}

const isFingerprint = (wanted: string): boolean => /^v\d+:/.test(wanted)

/**
 * IDs of the candidates that are selected, fingerprints resolved; empty: all.
 * @throws UsageError for a value or a finding that is not there, or that cannot move at all.
 */
export async function selectedIds(wanted: readonly string[], context: SelectContext): Promise<readonly string[]> {
  const findings = wanted.some(isFingerprint) ? await context.findings() : []
  return [
    ...new Set(
      wanted.flatMap((each) => (isFingerprint(each) ? ofFinding(each, findings, context) : named(each, context))),
    ),
  ]
}

function named(wanted: string, { candidates }: SelectContext): readonly string[] {
  if (candidates.some(({ id }) => id === wanted)) return [wanted]
  throw new UsageError(`There is no value ${printable(wanted)} to select.`, {
    hint: `The project has ${candidates.map(({ id }) => printable(id)).join(', ') || 'none'}.`,
  })
}

function ofFinding(
  fingerprint: string,
  findings: readonly LocalFinding[],
  { project, candidates, outcomes }: SelectContext,
): readonly string[] {
  const reported = outcomes.get(fingerprint) ?? []
  const places = findings.flatMap((finding) => placesOf(finding, fingerprint))
  if (reported.length === 0 && places.length === 0)
    throw new UsageError(`There is no finding ${printable(fingerprint)} to select.`, {
      hint: 'Known are those of "secretscan compose" for these files, and with --from-report those of the report that it does not suppress.',
    })
  const standing = reported.flatMap((outcome) => ('reason' in outcome ? [] : outcome))
  const ids = [...standing, ...places.flatMap((each) => candidatesAt(each, project, candidates))].map(({ id }) => id)
  if (ids.length > 0) return ids
  const explained = reported.find((outcome) => 'reason' in outcome)
  if (explained !== undefined && 'reason' in explained)
    throw new UsageError(`The finding ${fingerprint} cannot move: ${explained.reason}.`, { hint: `${explained.todo}.` })
  const [place] = places
  throw new UsageError(`The finding ${fingerprint} cannot move: it is no value of a service or a build.`, {
    hint: `It stands in ${place === undefined ? 'the project' : whereOf(place)}: take it out there by hand.`,
  })
}

interface FoundPlace {
  readonly place: Place
  readonly span: Span
  /** Plain: must not be printed. */
  readonly value: string | undefined
}

/** Of a finding all places of its value, of a related place just that one. */
function placesOf(finding: LocalFinding, fingerprint: string): readonly FoundPlace[] {
  const { value } = finding.secret
  const same = finding.related.filter(({ role }) => role === 'same-value' || role === 'same-place')
  const chosen =
    finding.fingerprint === fingerprint ? [finding, ...same] : same.filter((each) => each.fingerprint === fingerprint)
  return chosen.map(({ place, span }) => ({ place, span, value }))
}

/** Those whose entry is there, or that are made from it; of one entry with several secrets those that hold this one. */
function candidatesAt(
  { place, span, value }: FoundPlace,
  project: ComposeProject,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  if (!('path' in place)) return []
  const file = resolve(project.directory, place.path)
  const isThere = (entry: LocatedValue) =>
    entry.file === file && entry.start <= span.offset && span.offset < Math.max(entry.end, entry.start + 1)
  const lines = project.values.filter((entry) => entry.section === 'dotenv' && isThere(entry))
  const readers = new Set(lines.flatMap(({ key = '' }) => valuesOf(project).interpolating(key)))
  const found = candidates.filter(
    (candidate) =>
      [...entriesWith(candidate), candidate.source].some(isThere) ||
      entriesWith(candidate).some((each) => readers.has(each)),
  )
  const holding = found.filter(
    ({ secret }) => value !== undefined && (secret.includes(value) || value.includes(secret)),
  )
  return holding.length > 0 ? holding : found
}

const whereOf = ({ place, span }: FoundPlace): string =>
  'path' in place ? `${printable(place.path)}${span.line === undefined ? '' : `:${span.line}`}` : place.kind

/** The selected ones, each with those that move only together with it. A variable that may be a secret is one where it is named. */
export function selected(candidates: readonly Candidate[], ids: readonly string[]): readonly Candidate[] {
  const all = madeCertain(candidates, ids)
  return ids.length === 0
    ? all
    : all.filter(({ id, together = [] }) => [id, ...together].some((each) => ids.includes(each)))
}

/** All of them, those in doubt that `ids` name as what they are then. */
export const madeCertain = (candidates: readonly Candidate[], ids: readonly string[]): readonly Candidate[] =>
  candidates.map((candidate) => {
    const { doubtful, obstacle: _, ...certain } = candidate
    return doubtful === true && ids.includes(candidate.id) ? certain : candidate
  })
