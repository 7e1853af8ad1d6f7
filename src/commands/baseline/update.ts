// secretscan baseline update
import { Flags } from '@oclif/core'
import { readBaseline } from '../../suppress/baseline.js'
import { BaseCommand } from '../base.js'
import { DEFAULT_BASELINE, readReports, reportArgs, warnOfIncomplete, writeBaseline } from '../shared/baseline-file.js'

export default class BaselineUpdate extends BaseCommand {
  static override summary = 'Bring a baseline file up to date with new reports'
  static override description =
    'Adds the findings of the reports and drops the fingerprints that they no longer hold; where part of a target was not scanned it drops none. Give the reports of all targets that the baseline stands for, made without it or with --show-suppressed.'
  static override examples = [
    {
      description: 'After some secrets were revoked and removed',
      command: '<%= config.bin %> <%= command.id %> report.json',
    },
    {
      description: 'Only add, drop nothing',
      command: '<%= config.bin %> <%= command.id %> api.json --keep-stale --output known.json',
    },
  ]
  static override usage = '<%= command.id %> REPORT... [FLAGS]'
  static override args = reportArgs
  static override flags = {
    output: Flags.string({ summary: 'The baseline file', helpValue: 'FILE', default: DEFAULT_BASELINE }),
    'keep-stale': Flags.boolean({ summary: 'Keep fingerprints that the reports no longer hold' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BaselineUpdate)
    const { settings } = this.resolve(flags)
    const before = readBaseline(flags.output).fingerprints
    const reports = await readReports(args.reports)
    const found = reports.fingerprints
    // What was not scanned may still hold what the report does not: dropped, it would come back as new.
    const keeps = flags['keep-stale'] || reports.incomplete.length > 0
    const after = keeps ? new Set([...before, ...found]) : found
    await writeBaseline(flags.output, after)
    const added = [...after].filter((fingerprint) => !before.has(fingerprint)).length
    const dropped = [...before].filter((fingerprint) => !after.has(fingerprint)).length
    if (!settings.quiet && !flags['keep-stale'])
      warnOfIncomplete(
        reports,
        'no fingerprint was dropped. To drop those that it does not hold: secretscan baseline create REPORT... --force',
      )
    if (settings.json)
      this.log(JSON.stringify({ schemaVersion: 1, file: flags.output, fingerprints: after.size, added, dropped }))
    else if (!settings.quiet)
      this.log(`${flags.output}: ${after.size} fingerprints (${added} added, ${dropped} dropped)`)
  }
}
