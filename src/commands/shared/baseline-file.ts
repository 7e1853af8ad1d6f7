// What `baseline create` and `baseline update` share: reports in, a baseline file out.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { Args } from '@oclif/core'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { whyUnreadable } from '../../support/unreadable.js'
import { baselineText } from '../../suppress/baseline.js'
import { reportFingerprints } from '../../suppress/report-fingerprints.js'
import { writeFileWhole } from './output.js'
import { proseFor } from './prose.js'

export const DEFAULT_BASELINE = '.secretscan-baseline.json'

export const reportArgs = {
  reports: Args.string({
    description: 'JSON reports; "-" reads one from standard input',
    required: true,
    multiple: true,
    ignoreStdin: true,
  }),
}

async function readReport(path: string): Promise<string> {
  if (path === '-') return readAll(process.stdin)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`The report ${path} cannot be read: ${whyUnreadable(error)}`, { cause: error })
  }
}

/** What is known of the reports' targets. */
export interface KnownFindings {
  readonly fingerprints: ReadonlySet<string>
  /** The reports in which part of a target was not scanned, as they were named. */
  readonly incomplete: readonly string[]
}

/** The fingerprints of all findings in the reports; "-" is standard input. Throws UsageError, also for a scan that failed. */
export async function readReports(paths: readonly string[]): Promise<KnownFindings> {
  const fingerprints = new Set<string>()
  const incomplete: string[] = []
  for (const path of paths) {
    const name = path === '-' ? 'standard input' : path
    const report = reportFingerprints(await readReport(path), name)
    for (const fingerprint of report.fingerprints) fingerprints.add(fingerprint)
    if (report.incomplete) incomplete.push(name)
  }
  return { fingerprints, incomplete }
}

/** Tells, on standard error, that reports do not speak of all that is there, and what follows from it. */
export function warnOfIncomplete({ incomplete }: KnownFindings, consequence: string): void {
  if (incomplete.length === 0) return
  const reports = incomplete.map(printable).join(', ')
  process.stderr.write(
    proseFor(process.stderr, `Warning: part of what ${reports} is about was not scanned; ${consequence}\n`),
  )
}

/** Replaces the baseline file, or makes it. */
export async function writeBaseline(path: string, fingerprints: ReadonlySet<string>): Promise<void> {
  await writeFileWhole(resolve(path), 0o666, async (out) => {
    out.write(baselineText(fingerprints))
  })
}
