// secretscan sweep ack: accept a finding, or take that back.
import { Args, Flags } from '@oclif/core'
import type { Settings } from '../../config/settings.js'
import { writeText } from '../../report/write.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { type Acknowledged, acknowledge, withdraw } from '../../sweep/acknowledge.js'
import { meantFingerprint } from '../../sweep/reading/fingerprint.js'
import type { Database } from '../../sweep/store/database.js'
import { BaseCommand } from '../base.js'
import { sweepFlags } from '../shared/sweep-flags.js'
import { withSweepStore } from '../shared/sweep-store.js'

/** The end of the day, in UTC. Throws UsageError. */
function parseUntil(text: string): Date {
  const date = new Date(`${text}T23:59:59.999Z`)
  // 30 February would be 2 March.
  const isDay = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${text}T`)
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || !isDay)
    throw new UsageError(`--until ${printable(text)} is no date`, { hint: 'Example: --until 2026-12-31' })
  if (date.getTime() < Date.now())
    throw new UsageError(`--until ${text} is over`, { hint: 'Give a day that is still to come.' })
  return date
}

export default class SweepAck extends BaseCommand {
  static override summary = 'Acknowledge a finding: it counts and is told no more'
  static override description =
    'For what was looked at and may stay: a test key, a value that was revoked. The finding stays in the store with the reason. With --until it is open again from the next day on; a second time replaces reason and day.'
  static override examples = [
    {
      description: 'Accept it, with a reason for those who ask later',
      command: "<%= config.bin %> <%= command.id %> k3t7q2m5x4 --reason 'revoked on 2 March'",
    },
    {
      description: 'For a while',
      command: "<%= config.bin %> <%= command.id %> k3t7q2m5x4 --reason 'rebuild is on its way' --until 2026-12-31",
    },
    {
      description: 'Take it back',
      command: '<%= config.bin %> <%= command.id %> k3t7q2m5x4 --remove',
    },
  ]
  static override usage = '<%= command.id %> FINDING [FLAGS]'
  static override args = {
    finding: Args.string({
      description: 'Its ID, as "sweep findings" shows it, or its whole fingerprint',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...sweepFlags,
    reason: Flags.string({ summary: 'Why; shown in reports', helpValue: 'TEXT' }),
    until: Flags.string({ summary: 'The last day on which it counts', helpValue: 'DATE' }),
    remove: Flags.boolean({ summary: 'Take an acknowledgement back', exclusive: ['reason', 'until'] }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SweepAck)
    const { settings } = this.resolve(flags)
    if (flags.remove) {
      const fingerprint = await withSweepStore(flags.file, (database) => withdrawMeant(database, args.finding))
      return this.#tell(settings, { fingerprint, acknowledged: false }, `${fingerprint} is open again.`)
    }
    const reason = flags.reason?.trim() ?? ''
    if (reason === '')
      throw new UsageError('An acknowledgement needs a reason', { hint: "Give --reason 'why it may stay'." })
    await assertNoValue(reason, settings)
    const until = flags.until === undefined ? {} : { until: parseUntil(flags.until) }
    const done = await withSweepStore(flags.file, async (database) =>
      acknowledge(database, { fingerprint: await meantFingerprint(database, args.finding), reason, ...until }),
    )
    await this.#tell(settings, { ...done, acknowledged: true }, doneText(done))
  }

  async #tell(
    settings: { readonly json: boolean; readonly quiet: boolean },
    document: object,
    sentence: string,
  ): Promise<void> {
    if (settings.json)
      await writeText(process.stdout, `${JSON.stringify({ schemaVersion: 1, ...document }, null, 2)}\n`)
    else if (!settings.quiet) await writeText(process.stdout, `${printable(sentence)}\n`)
  }
}

/** A reason is kept in the store and shown in reports as it is. Throws UsageError. */
async function assertNoValue(reason: string, settings: Settings): Promise<void> {
  const [{ rulesOf }, { ruleThatFinds }] = await Promise.all([
    import('../shared/rules.js'),
    import('../../detect/words-with-secrets.js'),
  ])
  const rule = ruleThatFinds(await rulesOf(settings), reason)
  if (rule !== undefined)
    throw new UsageError(`The reason holds a value that the rule ${rule} finds; it would be kept and shown in plain`, {
      hint: 'Say it without the value.',
    })
}

async function withdrawMeant(database: Database, text: string): Promise<string> {
  const fingerprint = await meantFingerprint(database, text)
  await withdraw(database, fingerprint)
  return fingerprint
}

function doneText({ fingerprint, ruleId, until }: Acknowledged): string {
  const end = until === undefined ? '' : ` until ${until.toISOString().slice(0, 10)}`
  return `✔ ${fingerprint} (${ruleId}) is acknowledged${end}.`
}
