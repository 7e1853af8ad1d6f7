// secretscan sweep worker: takes work from a shared store until it is told to stop.
import { UsageError } from '../../support/errors.js'
import { outboxWriter } from '../../sweep/run-sweep.js'
import { openTools } from '../../sweep/work/open-tools.js'
import { runWorker } from '../../sweep/work/worker.js'
import { BaseCommand } from '../base.js'
import { prepareSweep, workerFlags } from '../shared/sweep-process.js'

export default class SweepWorker extends BaseCommand {
  static override summary = 'Help with the sweeps of a shared store'
  static override description =
    'Takes work from a PostgreSQL store whenever a sweep is running, beside as many other workers as there are. Every worker needs the same sweep.yaml, the same key and the same rules. SIGTERM ends it; what it held goes to others at once, after a crash within half a minute.'
  static override examples = [
    {
      description: 'As a container, in as many copies as wanted',
      command: '<%= config.bin %> <%= command.id %> -f /etc/secretscan/sweep.yaml',
    },
  ]
  static override flags = workerFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepWorker)
    const prepared = await prepareSweep(flags.file, this.resolve(flags))
    const { config, progress, signal, rules } = prepared
    if (config.store.kind !== 'postgres')
      throw new UsageError('Workers need a store in PostgreSQL: a folder has one process.', {
        hint: 'Set store to postgres://… in sweep.yaml, or use "sweep run".',
      })
    const opened = await openTools(config, { ...prepared, on: (event) => progress.on(event) })
    try {
      progress.say(`Worker ${opened.tools.worker} waits for sweeps`)
      await runWorker(opened.tools, { atEnd: outboxWriter(config, rules) })
    } finally {
      progress.stop()
      await opened.close()
    }
    signal.throwIfAborted()
  }
}
