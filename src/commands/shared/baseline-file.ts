// What `baseline create` and `baseline update` share: reports in, a baseline file out.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { Args } from '@oclif/core'
import { UsageError } from '../../support/errors.js'
import { whyUnreadable } from '../../support/unreadable.js'
import { baselineText, reportFingerprints } from '../../suppress/baseline.js'
import { writeFileWhole } from './output.js'

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

/** The fingerprints of all findings in the reports; "-" is standard input. Throws UsageError. */
export async function fingerprintsOfReports(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const all = new Set<string>()
  for (const path of paths) {
    const name = path === '-' ? 'standard input' : path
    for (const fingerprint of reportFingerprints(await readReport(path), name)) all.add(fingerprint)
  }
  return all
}

/** Replaces the baseline file, or makes it. */
export async function writeBaseline(path: string, fingerprints: ReadonlySet<string>): Promise<void> {
  await writeFileWhole(resolve(path), 0o666, async (out) => {
    out.write(baselineText(fingerprints))
  })
}
