// Marks the findings that a rule's allowlist, the baseline, the ignore file or an inline comment suppresses. Removes and counts nothing.
import type { Finding, Place, Span, SuppressedBy, TargetReport } from '../scan/types.js'
import type { Issue } from '../support/issue.js'
import { nearest } from '../support/nearest.js'
import type { Baseline } from './baseline.js'
import type { IgnoreEntry, IgnoreFile } from './ignore-file.js'

export interface SuppressionOptions {
  readonly baseline?: Baseline
  readonly ignoreFile?: IgnoreFile
  /** What gitleaks was told to ignore. */
  readonly gitleaksIgnore?: IgnoreFile
  /** Whether to tell which of its lines match nothing: a file that was not asked for is for other targets too. */
  readonly tellStale: boolean
  /** Every rule there is, to tell "rule:" lines that name none; absent: they are not checked. */
  readonly ruleIds?: readonly string[]
  /** --inline-ignores: inside images too, where a stranger may have written them. */
  readonly inlineIgnores: boolean
}

export interface Suppressed {
  readonly targets: readonly TargetReport[]
  /** Entries that have expired or match nothing. */
  readonly notes: readonly Issue[]
}

type Suppression = { readonly by: SuppressedBy; readonly reason?: string }

/** One place of a finding: the main one, or a place where the same value stands too. */
interface Occurrence {
  readonly fingerprint?: string
  readonly place: Place
  readonly line?: number
  readonly inlineIgnore: boolean
}

function pathsOf(place: Place): readonly string[] {
  if (!('path' in place)) return []
  // A git object goes by the path that it has in the history, so that one entry speaks of a file and its old versions.
  if ('gitPath' in place && place.gitPath !== undefined) return [place.path, place.gitPath]
  const inside = 'inside' in place ? (place.inside ?? []) : []
  return inside.length === 0 ? [place.path] : [place.path, [place.path, ...inside].join('/')]
}

function occurrences(finding: Finding, inlineCounts: boolean): Occurrence[] {
  const main = {
    fingerprint: finding.fingerprint,
    place: finding.place,
    ...lineOf(finding.span),
    inlineIgnore: inlineCounts && finding.inlineIgnore === true,
  }
  const others = finding.related.filter(({ role }) => role === 'same-value')
  return [
    main,
    ...others.map(({ fingerprint, place, span, inlineIgnore }) => ({
      place,
      ...lineOf(span),
      inlineIgnore: inlineCounts && inlineIgnore === true,
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })),
  ]
}

const lineOf = ({ line }: Span): { readonly line?: number } => (line === undefined ? {} : { line })

/** Remembers which entries were of use. */
interface Usage {
  readonly fingerprints: Set<string>
  readonly entries: Set<IgnoreEntry>
}

function suppressionOf(
  occurrence: Occurrence,
  ruleId: string,
  options: SuppressionOptions,
  usage: Usage,
): Suppression | undefined {
  const { fingerprint, place, line, inlineIgnore } = occurrence
  const where = { ruleId, paths: pathsOf(place), ...(line === undefined ? {} : { line }) }
  const subject = { ...where, ...(fingerprint === undefined ? {} : { fingerprint }) }
  for (const entry of options.ignoreFile?.matches(subject) ?? []) usage.entries.add(entry)
  if (fingerprint !== undefined && options.baseline?.fingerprints.has(fingerprint) === true) {
    usage.fingerprints.add(fingerprint)
    return { by: 'baseline' }
  }
  const entry = options.ignoreFile?.match(subject) ?? options.gitleaksIgnore?.match(subject)
  if (entry !== undefined) return { by: 'ignore-file', ...(entry.reason === undefined ? {} : { reason: entry.reason }) }
  return inlineIgnore ? { by: 'inline' } : undefined
}

/** A finding is suppressed only if every place of its value is; the main place's reason is the one that is told. */
function mark(finding: Finding, options: SuppressionOptions, inlineCounts: boolean, usage: Usage): Finding {
  const found = occurrences(finding, inlineCounts).map((occurrence) =>
    suppressionOf(occurrence, finding.ruleId, options, usage),
  )
  if (finding.allowed !== undefined) return { ...finding, suppressed: { by: 'allowlist', reason: finding.allowed } }
  const [main] = found
  return main !== undefined && found.every((suppression) => suppression !== undefined)
    ? { ...finding, suppressed: main }
    : finding
}

/** "rule:" lines with an id that no rule has: they suppress nothing, ever. */
function unknownRuleNotes({ ignoreFile, ruleIds }: SuppressionOptions): Issue[] {
  if (ignoreFile === undefined || ruleIds === undefined) return []
  return ignoreFile.entries.flatMap(({ line, kind, text }) => {
    const id = kind === 'rule' ? /^rule:\s*([a-z0-9-]+)(?:\s|$)/.exec(text)?.[1] : undefined
    if (id === undefined || ruleIds.includes(id) || id.startsWith('project-')) return []
    const suggestion = nearest(id, ruleIds)
    const advice = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
    const detail = `${ignoreFile.path}:${line}: there is no rule "${id}"${advice}`
    return [{ code: 'IGNORE_UNKNOWN_RULE', effect: 'note' as const, detail }]
  })
}

/** `images`: images alone were scanned, where entries for the paths of a project need not match anything. */
function staleNotes(options: SuppressionOptions, usage: Usage, images: boolean): Issue[] {
  const { baseline, ignoreFile } = options
  const notes: Issue[] = []
  const stale = [...(baseline?.fingerprints ?? [])].filter((fingerprint) => !usage.fingerprints.has(fingerprint)).length
  if (baseline !== undefined && stale > 0) {
    notes.push({
      code: 'BASELINE_STALE',
      effect: 'note',
      detail: `${stale} of ${baseline.fingerprints.size} fingerprints in ${baseline.path} match nothing here`,
    })
  }
  const unused = (ignoreFile?.entries ?? []).filter(
    (entry) => !usage.entries.has(entry) && !entry.text.startsWith('!') && !(images && entry.kind !== 'fingerprint'),
  )
  if (ignoreFile !== undefined && options.tellStale && unused.length > 0) {
    notes.push({
      code: 'IGNORE_STALE',
      effect: 'note',
      detail: `${ignoreFile.path} has entries that match nothing here (line ${unused.map(({ line }) => line).join(', ')})`,
    })
  }
  for (const { line, until } of ignoreFile?.expired ?? []) {
    notes.push({
      code: 'IGNORE_EXPIRED',
      effect: 'note',
      detail: `${ignoreFile?.path ?? ''}:${line} has expired (until=${until ?? ''}) and no longer counts`,
    })
  }
  return notes
}

/** The same targets with `suppressed` set where it applies, and what the baseline and the ignore file hold in vain. */
export function applySuppressions(targets: readonly TargetReport[], options: SuppressionOptions): Suppressed {
  const usage: Usage = { fingerprints: new Set(), entries: new Set() }
  const marked = targets.map((target) => {
    const inlineCounts = options.inlineIgnores || target.kind === 'dir' || target.kind === 'compose'
    return { ...target, findings: target.findings.map((finding) => mark(finding, options, inlineCounts, usage)) }
  })
  return {
    targets: marked,
    notes: [
      ...staleNotes(
        options,
        usage,
        targets.every(({ kind }) => kind === 'image'),
      ),
      ...unknownRuleNotes(options),
    ],
  }
}
