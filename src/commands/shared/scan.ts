// What every scanning command does around its scan: rules before it; suppressions, filters, reports and the exit code after it.
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { ResolvedSettings } from '../../config/resolve.js'
import { variableOf } from '../../config/setting.js'
import type { Settings } from '../../config/settings.js'
import { type RuleSet, ruleSummaries } from '../../detect/rule-set.js'
import { useColor } from '../../report/color.js'
import { distinctFindings } from '../../report/distinct.js'
import type { ScanReport } from '../../report/types.js'
import { sortWorstFirst } from '../../report/worst-first.js'
import type { SessionOptions } from '../../scan/session.js'
import type { Coverage, ScanContext, SuppressedBy, TargetReport } from '../../scan/types.js'
import type { Issue } from '../../support/issue.js'
import { withoutLogins } from '../../support/logins.js'
import { printable } from '../../support/printable.js'
import { applySuppressions, type SuppressionOptions } from '../../suppress/apply.js'
import { readBaseline } from '../../suppress/baseline.js'
import { filterFindings } from '../../suppress/filter.js'
import { readGitleaksIgnore } from '../../suppress/gitleaks-ignore.js'
import { readIgnoreFile } from '../../suppress/ignore-file.js'
import type { IsHeld } from '../../suppress/since.js'
import { scanExitCode } from './exit-code.js'
import { interruptSignal } from './interrupt.js'
import { keptOriginals } from './kept-originals.js'
import { failureLines, reportOutputs, writeReports, writtenLine } from './output.js'
import { startProgress } from './progress.js'
import { isWanted, rulesOf } from './rules.js'

/** More workers than this gain little: one thread unpacks, and each worker has its own rules in memory. */
const MOST_WORKERS = 4

export interface ScanRun {
  readonly resolved: ResolvedSettings
  readonly version: string
  /** What is scanned, in a few words, for the progress line. */
  readonly title: string
  readonly scan: (rules: RuleSet, context: ScanContext) => Promise<ScanOutcome>
  /** false: another part of the program says what goes on. */
  readonly progress?: boolean
}

export interface ScanOutcome {
  readonly targets: readonly TargetReport[]
  /** What is left out: what an earlier image holds too (--since). */
  readonly since?: IsHeld
  /** About the run and none of its targets. */
  readonly notes?: readonly Issue[]
  /** Targets that nobody named one by one: those to look at first stand first. */
  readonly worstFirst?: boolean
  /** They were scanned earlier, and come out of a store that holds so many images. */
  readonly fromStore?: { readonly images: number }
}

/** What every scan's workers and cache need to know of the settings. */
export function sessionOptions(settings: Settings, rules: RuleSet): SessionOptions {
  return {
    rules,
    maxDecodeDepth: settings['max-decode-depth'],
    maxArchiveDepth: settings['max-archive-depth'],
    showSecrets: settings['show-secrets'],
    cache: !settings['no-cache'],
    cacheMaxSize: settings['cache-max-size'],
    ...(settings['max-file-size'] === undefined ? {} : { maxFileSize: settings['max-file-size'] }),
  }
}

/** How a scan reads no baseline. */
function withoutBaseline({ origins, files }: ResolvedSettings): string {
  const origin = origins.get('baseline')
  if (origin === 'file')
    return `Remove "baseline" from ${printable(files.get('baseline') ?? '')}. To have one, scan without it`
  return `Scan without ${origin === 'variable' ? variableOf('baseline') : '--baseline'}`
}

function suppressionOptions(resolved: ResolvedSettings): SuppressionOptions {
  const { settings, origins } = resolved
  const baseline =
    settings.baseline === undefined ? undefined : readBaseline(settings.baseline, withoutBaseline(resolved))
  const ignoreFile = readIgnoreFile(settings['ignore-file'], new Date(), origins.get('ignore-file') !== 'default')
  return {
    inlineIgnores: settings['inline-ignores'],
    tellStale: settings['show-suppressed'] || origins.get('ignore-file') !== 'default',
    ...(baseline === undefined ? {} : { baseline }),
    ...(ignoreFile === undefined ? {} : { ignoreFile }),
  }
}

/**
 * What depends on the rules: all ids there are (not where the built-in ones were left out: the ignore file may name those), and
 * .gitleaksignore beside our own ignore file.
 */
function knownRules(
  settings: Settings,
  { ids: ruleIds }: RuleSet,
): Pick<SuppressionOptions, 'ruleIds' | 'gitleaksIgnore'> {
  const ofGitleaks = join(dirname(settings['ignore-file']), '.gitleaksignore')
  const gitleaksIgnore = readGitleaksIgnore(ofGitleaks, new Set(ruleIds))
  return {
    ...(settings['no-default-rules'] ? {} : { ruleIds }),
    ...(gitleaksIgnore === undefined ? {} : { gitleaksIgnore }),
  }
}

/** Counts what is suppressed and, unless it is to be shown, takes it out. */
function settleSuppressed(
  targets: readonly TargetReport[],
  { shown, once }: { readonly shown: boolean; readonly once: boolean },
): Pick<ScanReport, 'targets' | 'suppressed'> {
  const suppressed: Record<SuppressedBy, number> = {
    baseline: 0,
    'ignore-file': 0,
    inline: 0,
    allowlist: 0,
    acknowledgement: 0,
  }
  const all = targets.flatMap(({ findings }) => findings)
  for (const finding of once ? distinctFindings(all) : all)
    if (finding.suppressed !== undefined) suppressed[finding.suppressed.by]++
  if (shown) return { targets, suppressed }
  return {
    suppressed,
    targets: targets.map((target) => ({
      ...target,
      findings: target.findings.filter((finding) => finding.suppressed === undefined),
    })),
  }
}

/** Remarks stand beside findings in every format, and quote addresses whose passwords are masked there. */
function quotedWithoutLogins(target: TargetReport): TargetReport {
  const coverage = target.coverage.map(({ place, ...entry }): Coverage => {
    const named = place !== undefined && 'path' in place ? { ...place, path: withoutLogins(place.path) } : place
    return { ...entry, detail: withoutLogins(entry.detail), ...(named === undefined ? {} : { place: named }) }
  })
  return { ...target, input: withoutLogins(target.input), reference: withoutLogins(target.reference), coverage }
}

function reportOf(
  found: ScanOutcome,
  suppression: SuppressionOptions,
  settings: Settings,
  isWanted: (ruleId: string) => boolean,
): Pick<ScanReport, 'targets' | 'suppressed' | 'filtered' | 'notes'> {
  const marked = applySuppressions(found.targets, suppression)
  const { targets, filtered } = filterFindings(marked.targets, {
    minSeverity: settings['min-severity'],
    minConfidence: settings['min-confidence'],
    exposure: settings.exposure,
    origin: settings.origin,
    ...(found.since === undefined ? {} : { since: found.since }),
    isWanted,
    once: found.fromStore !== undefined,
  })
  const settled = settleSuppressed(targets, {
    shown: settings['show-suppressed'],
    once: found.fromStore !== undefined,
  })
  const ordered = found.worstFirst === true ? sortWorstFirst(settled.targets) : settled.targets
  return {
    ...settled,
    targets: ordered.map(quotedWithoutLogins),
    filtered,
    notes: [...(found.notes ?? []), ...marked.notes, ...keptOriginals(ordered)],
  }
}

/** The summaries of the rules that findings name. */
function namedRules(rules: RuleSet, targets: readonly TargetReport[]): ScanReport['rules'] {
  const named = new Set(targets.flatMap(({ findings }) => findings.map(({ ruleId }) => ruleId)))
  if (named.size === 0) return new Map()
  return new Map([...ruleSummaries(rules)].filter(([id]) => named.has(id)))
}

/** The choice that --color, --no-color or a setting made; undefined where none did. */
function colorFlag({ settings, origins }: ResolvedSettings): boolean | undefined {
  return origins.get('no-color') === 'default' ? undefined : !settings['no-color']
}

async function scanWithProgress(run: ScanRun, rules: RuleSet): Promise<ScanOutcome> {
  const { settings } = run.resolved
  const flag = colorFlag(run.resolved)
  const color = useColor({
    env: process.env,
    isTerminal: process.stderr.isTTY === true,
    ...(flag === undefined ? {} : { flag }),
  })
  const progress = await startProgress({
    shown: run.progress !== false && !settings.quiet && !settings['no-progress'],
    color,
    title: run.title,
  })
  try {
    const concurrency = settings.concurrency ?? Math.min(MOST_WORKERS, availableParallelism())
    return await run.scan(rules, { signal: interruptSignal, on: (event) => progress.on(event), concurrency })
  } finally {
    progress.stop()
  }
}

/** Scans, and makes the report. Throws UsageError for settings that cannot be, before anything is scanned. */
export async function makeReport(run: ScanRun): Promise<ScanReport> {
  const { settings } = run.resolved
  const suppression = suppressionOptions(run.resolved)
  const rules = await rulesOf(settings)
  const wanted = isWanted(settings, rules)
  const startedAt = new Date()
  const start = performance.now()
  const found = await scanWithProgress(run, rules)
  const parts = reportOf(found, { ...suppression, ...knownRules(settings, rules) }, settings, wanted)
  return {
    tool: { name: 'secretscan', version: run.version, rules: { count: rules.ids.length, digest: rules.digest } },
    startedAt,
    durationMs: performance.now() - start,
    ...(found.fromStore === undefined ? {} : { fromStore: found.fromStore }),
    ...parts,
    rules: namedRules(rules, parts.targets),
  }
}

/**
 * Runs a scan from its settings to its reports and returns the exit code. Everything that can be wrong with the settings (rules,
 * baseline, ignore file, outputs) is thrown as UsageError before anything is scanned.
 */
export async function runScan(run: ScanRun): Promise<number> {
  const { settings } = run.resolved
  const outputs = reportOutputs(settings, process.cwd())
  const report = await makeReport(run)
  interruptSignal.throwIfAborted()
  await writeReports(report, outputs, settings, colorFlag(run.resolved))
  process.stderr.write(failureLines(report, outputs))
  if (!settings.quiet) process.stderr.write(writtenLine(report, outputs, process.stderr.isTTY))
  return scanExitCode(report.targets, settings)
}
