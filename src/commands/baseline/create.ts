// secretscan baseline create
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base.js'
import { DEFAULT_BASELINE, readReports, reportArgs, warnOfIncomplete, writeBaseline } from '../shared/baseline-file.js'
import { refuseToReplace } from '../shared/output.js'

export default class BaselineCreate extends BaseCommand {
  static override summary = "Write the fingerprints of a report's findings to a baseline file"
  static override description =
    'A later scan with --baseline FILE suppresses these findings, so that only new ones count. The file holds fingerprints only and can be committed.'
  static override examples = [
    {
      description: 'Accept what an image holds today',
      command: '<%= config.bin %> image myapp:latest --format json | <%= config.bin %> baseline create -',
    },
    {
      description: 'Several reports, another file',
      command: '<%= config.bin %> <%= command.id %> api.json web.json --output known.json',
    },
  ]
  static override usage = '<%= command.id %> REPORT... [FLAGS]'
  static override args = reportArgs
  static override flags = {
    output: Flags.string({ summary: 'The baseline file', helpValue: 'FILE', default: DEFAULT_BASELINE }),
    force: Flags.boolean({ summary: 'Replace a file that is there' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BaselineCreate)
    const { settings } = this.resolve(flags)
    const hint = 'Use "baseline update" to bring it up to date, or --force to replace it.'
    refuseToReplace(flags.output, flags.force, hint)
    const found = await readReports(args.reports)
    const { fingerprints } = found
    await writeBaseline(flags.output, fingerprints)
    if (!settings.quiet) warnOfIncomplete(found, 'what is found there later counts as new.')
    if (settings.json)
      this.log(JSON.stringify({ schemaVersion: 1, file: flags.output, fingerprints: fingerprints.size }))
    else if (!settings.quiet)
      this.log(`${flags.output}: ${fingerprints.size} fingerprints. Use it with --baseline ${flags.output}`)
  }
}
