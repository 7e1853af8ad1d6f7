// What the commands that work on sweeps (run, start, worker) have in common: flags, configuration, rules, and what a person sees meanwhile.
import type { Interfaces } from '@oclif/core'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { Settings } from '../../config/settings.js'
import type { RuleSummary } from '../../detect/rule.js'
import { type RuleSet, ruleSummaries } from '../../detect/rule-set.js'
import { count } from '../../report/wording.js'
import type { DetectionOptions } from '../../scan/session.js'
import { loadSweepConfig } from '../../sweep/config/load.js'
import { namedRepositories } from '../../sweep/config/repositories-from.js'
import type { NamedRepositories, SweepConfig } from '../../sweep/types.js'
import { flagsFor } from './flags.js'
import { interruptSignal, setInterruptGrace } from './interrupt.js'
import { rulesOf } from './rules.js'
import { sessionOptions } from './scan.js'
import { SWEEP_FILE, sweepFlags } from './sweep-flags.js'
import { type SweepProgress, startSweepProgress } from './sweep-progress.js'

/** What decides results, and what is shown: the flags of single scans that mean something for a sweep. */
const SHARED = [
  'rules',
  'no-default-rules',
  'max-file-size',
  'max-decode-depth',
  'max-archive-depth',
  'no-progress',
  'offline',
] as const
const OUTCOME = ['fail-on', 'allow-incomplete', 'min-confidence'] as const

/** ms that a sweep may take to give back what it holds after the first signal. */
const GRACE = 30_000

function picked(names: readonly string[]): Interfaces.FlagInput {
  const all = flagsFor('scan')
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => names.includes(name) || names.includes(name.replace(/^no-/, ''))),
  )
}

export const workerFlags = { ...sweepFlags, ...picked(SHARED) }
export const runFlags = { ...sweepFlags, ...picked([...SHARED, ...OUTCOME]) }

export interface SweepProcess {
  readonly config: SweepConfig
  /** Of --repos-from: these alone. */
  readonly named?: NamedRepositories
  readonly detection: DetectionOptions
  readonly rules: ReadonlyMap<string, RuleSummary>
  readonly progress: SweepProgress
  readonly signal: AbortSignal
  readonly offline: boolean
}

/** Reads everything that can be wrong before a store is opened. Throws UsageError, RuleError. */
export async function prepareSweep(
  file: string | undefined,
  { settings }: ResolvedSettings,
  repositoriesFrom?: string,
): Promise<SweepProcess> {
  const config = await loadSweepConfig(file ?? SWEEP_FILE)
  const named = repositoriesFrom === undefined ? undefined : await namedRepositories(config, repositoriesFrom)
  const rules = await rulesOf(settings)
  setInterruptGrace(GRACE)
  return {
    config,
    ...(named === undefined ? {} : { named }),
    detection: detectionOf(settings, rules),
    rules: ruleSummaries(rules),
    progress: await startSweepProgress({ counts: !settings['no-progress'], quiet: settings.quiet }),
    signal: interruptSignal,
    offline: settings.offline,
  }
}

function detectionOf(settings: Settings, rules: RuleSet): DetectionOptions {
  const { maxDecodeDepth, maxArchiveDepth, maxFileSize } = sessionOptions(settings, rules)
  return {
    rules,
    maxDecodeDepth,
    maxArchiveDepth,
    showSecrets: false,
    ...(maxFileSize === undefined ? {} : { maxFileSize }),
  }
}

/** "registry.example.com:5000", "3 registries" or "2 lines of --repos-from". */
export function placesText({ registries }: SweepConfig, named?: NamedRepositories): string {
  if (named !== undefined) return `${count([...named.values()].flat().length, 'line')} of --repos-from`
  const [first] = registries
  return registries.length === 1 && first !== undefined
    ? first.host
    : count(registries.length, 'registry').replace(/ys$/, 'ies')
}
