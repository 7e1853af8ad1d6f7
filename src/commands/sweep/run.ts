// secretscan sweep run: one sweep, to its end.
import { Flags } from '@oclif/core'
import { writeText } from '../../report/write.js'
import { runSweep } from '../../sweep/run-sweep.js'
import { openTools } from '../../sweep/work/open-tools.js'
import { BaseCommand } from '../base.js'
import { countingFindings, outcomeText, sweepExitCode, unreadText } from '../shared/sweep-outcome.js'
import { placesText, prepareSweep, runFlags } from '../shared/sweep-process.js'

export default class SweepRun extends BaseCommand {
  static override summary = 'Sweep all registries once'
  static override description =
    `Looks at every repository, tag and image that sweep.yaml names. A layer is scanned once, however many images hold it, and never again in later sweeps; an image that is known costs one HEAD request a tag. A sweep that was interrupted is taken up where it was. With a PostgreSQL store, workers on other machines help ("sweep worker").

A registry that was read before and is away now is asked again, later and later, for 8 to 17 minutes; one of which nothing was ever read and where nobody answers (no such name, refused, no way to it) for up to a minute. The others go on meanwhile.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 not everything was seen, 4 no registry or the store cannot be reached, 6 another sweep is running.`
  static override examples = [
    {
      description: 'Everything, and what is new in this sweep decides the exit code',
      command: '<%= config.bin %> <%= command.id %> --new-only',
    },
    {
      description: 'From a timer or a CronJob',
      command: '<%= config.bin %> <%= command.id %> -f /etc/secretscan/sweep.yaml --quiet',
    },
    {
      description: 'Some repositories out of turn; the others stay as they are',
      command: 'echo team/app | <%= config.bin %> <%= command.id %> --repos-from - --new-only',
    },
    {
      description: 'Again what could not be read last time',
      command: '<%= config.bin %> <%= command.id %> --only-failed',
    },
  ]
  static override flags = {
    ...runFlags,
    'new-only': Flags.boolean({ summary: 'Only findings that this sweep saw first count for the exit code' }),
    'repos-from': Flags.string({
      summary:
        'Sweep the repositories in this file, one a line ("-": standard input), and leave all others as they are',
      helpValue: 'FILE',
      exclusive: ['only-failed'],
    }),
    'only-failed': Flags.boolean({ summary: 'Ask again only for what failed in the last sweep' }),
    resume: Flags.boolean({ summary: 'Go on with a sweep that was interrupted (what it does anyway)' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepRun)
    const resolved = this.resolve(flags)
    const { settings } = resolved
    const prepared = await prepareSweep(flags.file, resolved, flags['repos-from'])
    const { config, progress, rules, named } = prepared
    const opened = await openTools(config, { ...prepared, on: (event) => progress.on(event) })
    try {
      const outcome = await runSweep(opened.tools, {
        trigger: 'run',
        scope: flags['only-failed'] ? 'failed' : 'all',
        ...(named === undefined ? {} : { named }),
        ruleSummaries: rules,
        onBegin: ({ id, resumed }) =>
          progress.say(resumed ? `Sweep ${id} goes on where it was` : `Sweep ${id} of ${placesText(config, named)}`),
      })
      progress.stop()
      const counting = { ...settings, newOnly: flags['new-only'] }
      const found = await countingFindings(opened.tools.database, outcome, counting)
      process.exitCode = sweepExitCode(outcome, found, counting)
      if (settings.json) {
        const { id, resumed, status, startedAt, finishedAt, counts, messages, unmatched } = outcome
        await writeText(
          process.stdout,
          `${JSON.stringify({ schemaVersion: 1, sweep: { id, resumed, status, startedAt, finishedAt, ...counts, messages, unmatched } }, null, 2)}\n`,
        )
      } else if (!settings.quiet) await writeText(process.stdout, outcomeText(this.config.bin, outcome))
      // Why the exit code is what it is, is no advice.
      else for (const line of unreadText(this.config.bin, outcome)) process.stderr.write(`${line}\n`)
    } finally {
      if (prepared.signal.aborted)
        progress.say(`What was scanned is kept; the next ${this.config.bin} sweep run goes on from there.`)
      progress.stop()
      await opened.close()
    }
  }
}
