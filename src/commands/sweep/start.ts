// secretscan sweep start: stays, and sweeps by the schedule of sweep.yaml.
import { count } from '../../report/wording.js'
import { UsageError } from '../../support/errors.js'
import { deliverUntil } from '../../sweep/notify/deliver-until.js'
import { runSweep } from '../../sweep/run-sweep.js'
import { type ClaimTime, followSchedule } from '../../sweep/schedule.js'
import { openTools } from '../../sweep/work/open-tools.js'
import { BaseCommand } from '../base.js'
import { findingsText, unreadText, unsentText } from '../shared/sweep-outcome.js'
import { prepareSweep, type SweepProcess, workerFlags } from '../shared/sweep-process.js'

export default class SweepStart extends BaseCommand {
  static override summary = 'Sweep by the schedule of sweep.yaml, until stopped'
  static override description =
    'Stays and sweeps whenever the schedule says so. Times that went by while it was not running are made good by one sweep; a sweep that was interrupted is taken up at once. Sweeps never overlap, also where two of these run on one store. SIGTERM ends it within half a minute, and the next start goes on.'
  static override examples = [
    {
      description: 'As a service',
      command: '<%= config.bin %> <%= command.id %> -f /etc/secretscan/sweep.yaml --no-progress',
    },
  ]
  static override flags = workerFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepStart)
    const prepared = await prepareSweep(flags.file, this.resolve(flags))
    const { config, progress, signal } = prepared
    const { schedule } = config
    if (schedule === undefined)
      throw new UsageError('sweep.yaml has no schedule.', {
        hint: 'Add one, e.g. schedule: { cron: "0 3 * * *", timeZone: Europe/Berlin }, or use "sweep run".',
      })
    const opened = await openTools(config, { ...prepared, on: (event) => progress.on(event) })
    const { database } = opened.tools
    const sweep = (claim?: ClaimTime) => sweepOnce(opened.tools, prepared, this.config.bin, claim)
    const onDead = (notSent: number) =>
      unsentText(this.config.bin, { notSent, waiting: 0 }).forEach((line) => {
        progress.say(line)
      })
    const deliveries = deliverUntil(database, { channels: config.notify, signal, onDead })
    try {
      await followSchedule({ schedule, database, signal, sweep, say: (line) => progress.say(line) })
    } finally {
      progress.stop()
      await deliveries
      await opened.close()
    }
    signal.throwIfAborted()
  }
}

async function sweepOnce(
  tools: Parameters<typeof runSweep>[0],
  { rules, progress }: SweepProcess,
  bin: string,
  claim?: ClaimTime,
): Promise<void> {
  const outcome = await runSweep(tools, {
    trigger: 'schedule',
    scope: 'all',
    ...(claim === undefined ? {} : { claim }),
    ruleSummaries: rules,
    onBegin: (begun) => progress.say(`Sweep ${begun.id} ${begun.resumed ? 'goes on where it was' : 'begins'}`),
  })
  const { id, status, counts, messages } = outcome
  progress.say(`Sweep ${id}: ${status}, ${count(counts.layersScanned, 'layer')} scanned, ${findingsText(counts)}`)
  for (const line of [...unreadText(bin, outcome), ...unsentText(bin, messages)]) progress.say(line)
}
