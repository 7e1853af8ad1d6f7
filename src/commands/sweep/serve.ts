// secretscan sweep serve: the read-only page.
import { Flags } from '@oclif/core'
import { ruleSummaries } from '../../detect/rule-set.js'
import { writeText } from '../../report/write.js'
import { printable } from '../../support/printable.js'
import { loadSweepConfig } from '../../sweep/config/load.js'
import { BaseCommand } from '../base.js'
import { failureOf } from '../shared/failure.js'
import { flagsFor } from '../shared/flags.js'
import { interruptSignal, setInterruptGrace } from '../shared/interrupt.js'
import { rulesOf } from '../shared/rules.js'
import { SWEEP_FILE, sweepFlags } from '../shared/sweep-flags.js'

const PORT = 8428
/** ms that the store may take to close. */
const GRACE = 10_000

export default class SweepServe extends BaseCommand {
  static override summary = 'Serve a read-only page about sweeps on this machine'
  static override description =
    `Sweeps over time, new findings, teams, repositories, rules, where a secret is, layers to fix first; /metrics for Prometheus, /healthz. It listens on 127.0.0.1 only and has no login: for others, put a reverse proxy that asks who they are before it, and name it with --allow-host. Ends with Ctrl-C.`
  static override examples = [
    { description: 'On http://127.0.0.1:8428/', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Behind a reverse proxy with a login',
      command: '<%= config.bin %> <%= command.id %> -f /etc/secretscan/sweep.yaml --allow-host sweeps.example.com',
    },
  ]
  static override flags = {
    ...flagsFor('rules'),
    ...sweepFlags,
    port: Flags.integer({ summary: 'Port on 127.0.0.1; 0 takes any that is free', default: PORT, min: 0, max: 65535 }),
    'allow-host': Flags.string({
      summary: 'Name (host[:port]) under which a reverse proxy asks for the page (repeatable)',
      helpValue: 'HOST',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepServe)
    const { settings } = this.resolve(flags)
    const config = await loadSweepConfig(flags.file ?? SWEEP_FILE)
    const titles = ruleSummaries(await rulesOf(settings))
    setInterruptGrace(GRACE)
    const [{ openStore, START_PATIENCE }, { reopeningDatabase }, { startPage }] = await Promise.all([
      import('../../sweep/store/open-store.js'),
      import('../../sweep/store/reopening.js'),
      import('../../sweep/page/server.js'),
    ])
    const say = (message: string) => void process.stderr.write(`${printable(message)}\n`)
    // It may start together with its database; whoever asks for a page later is told at once.
    let patience = START_PATIENCE
    const options = { mode: 'read', signal: interruptSignal, onAway: say } as const
    const database = await reopeningDatabase(() => openStore(config.store, { ...options, patience }))
    patience = 0
    try {
      const page = await startPage({
        database,
        titles,
        version: this.config.version,
        port: flags.port,
        allowedHosts: (flags['allow-host'] ?? []).map((host) => host.toLowerCase()),
        onError: (error) => say(failureOf(error).message ?? ''),
      })
      await writeText(
        process.stdout,
        settings.json ? `${JSON.stringify({ schemaVersion: 1, url: page.url })}\n` : `${page.url}\n`,
      )
      await stopped()
      await page.close()
    } finally {
      await database.close()
    }
  }
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    if (interruptSignal.aborted) resolve()
    else interruptSignal.addEventListener('abort', () => resolve(), { once: true })
  })
}
