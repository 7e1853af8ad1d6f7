// secretscan sweep status: what runs, what is left, what failed. Also while a sweep runs, whoever runs it.
import { Flags } from '@oclif/core'
import { count, durationText, sizeText } from '../../report/wording.js'
import { writeText } from '../../report/write.js'
import { printable } from '../../support/printable.js'
import { utcText } from '../../support/utc-text.js'
import { loadSweepConfig } from '../../sweep/config/load.js'
import { type OutboxState, outboxState } from '../../sweep/notify/outbox-state.js'
import { type SweepStatus as Status, type SweepState, sweepStatus } from '../../sweep/reading/status.js'
import type { Waiting } from '../../sweep/reading/waiting.js'
import { openStore } from '../../sweep/store/open-store.js'
import { BaseCommand } from '../base.js'
import { interruptSignal } from '../shared/interrupt.js'
import { SWEEP_FILE, sweepFlags } from '../shared/sweep-flags.js'
import {
  emptyText,
  findingsText,
  incompleteText,
  leftOutText,
  otherRulesText,
  unmatchedText,
} from '../shared/sweep-outcome.js'

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
      const messages = await outboxState(database, isJson ? ALL_FAILURES : SHOWN_FAILURES)
      const text = isJson ? statusJson(status, messages) : statusText(this.config.bin, status, messages, new Date())
      await writeText(process.stdout, text)
    } finally {
      await database.close()
    }
  }
}

function statusJson(status: Status, messages: OutboxState): string {
  return `${JSON.stringify({ schemaVersion: 1, ...status, messages }, null, 2)}\n`
}

const failedName = (name: string, reference: string | null): string =>
  reference === null ? name : `${reference} (${name})`

/** Messages about what is new that wait, and those that were given up. */
function messageLines({ pending, waiting, dead, deadTotal, sentToSome }: OutboxState): string[] {
  const more = deadTotal - dead.length + (pending - waiting.length)
  return [
    ...(pending === 0 ? [] : [`  ${count(pending, 'message')} to be sent`]),
    ...waiting.filter(({ reason }) => reason !== '').map(waitingLine),
    ...dead.map(({ sweep, channel, reason }) => `  not sent: sweep ${sweep} to ${channel}: ${printable(reason)}`),
    ...sentToSome.map(
      ({ sweep, channel, reason }) => `  not sent to all: sweep ${sweep} to ${channel}: ${printable(reason)}`,
    ),
    ...(more > 0 ? [`  (${more} more with --format json)`] : []),
  ]
}

function waitingLine({ sweep, channel, reason, attempts, nextAt }: OutboxState['waiting'][number]): string {
  const next = nextAt === null ? '' : `, tried again at ${utcText(nextAt)}`
  return `  not sent yet: sweep ${sweep} to ${channel}, ${attempts === 1 ? 'once' : `${attempts} times`} tried${next}: ${printable(reason)}`
}

function statusText(
  bin: string,
  { sweep, remaining, workers, waiting, failures, unmatched }: Status,
  messages: OutboxState,
  now: Date,
): string {
  if (sweep === undefined) return 'There has been no sweep yet.\n'
  const lines = [headline(sweep, now)]
  if (sweep.finishedAt === null) {
    const { repositories, openRepositories, layers, openLayers, openBytes, openImages } = remaining
    lines.push(
      `  repositories  ${repositories - openRepositories} of ${repositories}`,
      `  layers        ${layers - openLayers} of ${layers}, ${sizeText(openBytes)} left`,
      `  images        ${count(openImages, 'image')} left`,
      ...waiting.map((wait) => `  waits for     ${waitingText(wait)}`),
      `  workers       ${workers.length === 0 ? 'none' : workers.map(({ id, layers: done }) => `${id} (${count(done, 'layer')})`).join(', ')}`,
    )
  } else {
    const { images = 0, tags = 0, layersScanned = 0 } = sweep.counts
    lines.push(
      `  ${count(images, 'image')} under ${count(tags, 'tag')}, ${count(layersScanned, 'layer')} scanned`,
      `  at its end: ${findingsText(sweep.counts)}`,
      ...[...notes(bin, sweep.counts), ...unmatchedText(unmatched)].map((line) => `  ${line}`),
    )
  }
  for (const { what, name, reference, code, message, hint } of failures) {
    lines.push(`  failed: ${what} ${printable(failedName(name, reference))}: ${code} ${printable(message)}`)
    if (what === 'registry' && hint !== null) lines.push(`    ${printable(hint)}`)
  }
  if (failures.length === SHOWN_FAILURES) lines.push('  (more with --format json)')
  lines.push(...messageLines(messages))
  return `${lines.join('\n')}\n`
}

/** "r.example.com/team/app until 2026-11-29 12:05 UTC (failed 3 of 9 times): it answers with …". */
function waitingText({ name, until, reason, tries, most }: Waiting): string {
  const failed = tries === 0 ? '' : ` (failed ${tries} of ${most} times)`
  return `${printable(name)} until ${utcText(until)}${failed}: ${printable(reason)}`
}

const notes = (bin: string, counts: SweepState['counts']): string[] => [
  ...otherRulesText(counts),
  ...leftOutText(counts),
  ...emptyText(counts),
  ...incompleteText(bin, counts),
]

function headline({ id, trigger, status, startedAt, finishedAt }: SweepState, now: Date): string {
  const begun = utcText(startedAt)
  const took = durationText((finishedAt ?? now).getTime() - startedAt.getTime())
  const by = trigger === 'schedule' ? 'by schedule' : 'by hand'
  return `Sweep ${id} (${by}): ${status}, begun ${begun}, ${finishedAt === null ? `${took} ago` : `took ${took}`}`
}
