// secretscan sweep status: what runs, what is left, what failed. Also while a sweep runs, whoever runs it.
import { Flags } from '@oclif/core'
import { count, durationText, sizeText } from '../../report/wording.js'
import { writeText } from '../../report/write.js'
import { printable } from '../../support/printable.js'
import { loadSweepConfig } from '../../sweep/config/load.js'
import { type SweepStatus as Status, type SweepState, sweepStatus } from '../../sweep/reading/status.js'
import { openStore } from '../../sweep/store/open-store.js'
import { BaseCommand } from '../base.js'
import { interruptSignal } from '../shared/interrupt.js'
import { SWEEP_FILE, sweepFlags } from '../shared/sweep-flags.js'

const SHOWN_FAILURES = 20
const ALL_FAILURES = 10_000

export default class SweepStatus extends BaseCommand {
  static override summary = 'Show how the sweep stands that runs, or ran last'
  static override description =
    'Says what is left to do, which workers are at it, and what failed and why. Asks the running process where the store is a folder.'
  static override examples = [
    { description: 'At a glance', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For a script', command: '<%= config.bin %> <%= command.id %> --format json' },
  ]
  static override flags = {
    ...sweepFlags,
    format: Flags.option({ summary: 'How it is printed', options: ['table', 'json'] as const, default: 'table' })(),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepStatus)
    const { settings } = this.resolve(flags)
    const isJson = flags.format === 'json' || settings.json
    const config = await loadSweepConfig(flags.file ?? SWEEP_FILE)
    const database = await openStore(config.store, { mode: 'read', signal: interruptSignal })
    try {
      const status = await sweepStatus(database, isJson ? ALL_FAILURES : SHOWN_FAILURES)
      await writeText(process.stdout, isJson ? statusJson(status) : statusText(status, new Date()))
    } finally {
      await database.close()
    }
  }
}

function statusJson(status: Status): string {
  return `${JSON.stringify({ schemaVersion: 1, ...status }, null, 2)}\n`
}

function statusText({ sweep, remaining, workers, failures }: Status, now: Date): string {
  if (sweep === undefined) return 'There has been no sweep yet.\n'
  const lines = [headline(sweep, now)]
  if (sweep.finishedAt === null) {
    const { repositories, openRepositories, layers, openLayers, openBytes, openImages } = remaining
    lines.push(
      `  repositories  ${repositories - openRepositories} of ${repositories}`,
      `  layers        ${layers - openLayers} of ${layers}, ${sizeText(openBytes)} left`,
      `  images        ${count(openImages, 'image')} left`,
      `  workers       ${workers.length === 0 ? 'none' : workers.map(({ id, layers: done }) => `${id} (${count(done, 'layer')})`).join(', ')}`,
    )
  } else {
    const { images = 0, tags = 0, findings = 0, newFindings = 0, layersScanned = 0 } = sweep.counts
    lines.push(
      `  ${count(images, 'image')} under ${count(tags, 'tag')}, ${count(layersScanned, 'layer')} scanned`,
      `  ${count(findings, 'finding')}, ${newFindings.toLocaleString('en-US')} new`,
    )
  }
  for (const { what, name, code, message } of failures)
    lines.push(`  failed: ${what} ${printable(name)}: ${code} ${printable(message)}`)
  if (failures.length === SHOWN_FAILURES) lines.push('  (more with --format json)')
  return `${lines.join('\n')}\n`
}

function headline({ id, trigger, status, startedAt, finishedAt }: SweepState, now: Date): string {
  const begun = `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const took = durationText((finishedAt ?? now).getTime() - startedAt.getTime())
  const by = trigger === 'schedule' ? 'by schedule' : 'by hand'
  return `Sweep ${id} (${by}): ${status}, begun ${begun}, ${finishedAt === null ? `${took} ago` : `took ${took}`}`
}
