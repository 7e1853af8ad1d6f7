// secretscan sweep findings: what the store holds, as a report.
import { Flags } from '@oclif/core'
import type { Settings } from '../../config/settings.js'
import { unknownRule } from '../../detect/rule-set.js'
import type { TargetReport } from '../../scan/types.js'
import { UsageError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'
import type { FindingFilter } from '../../sweep/reading/filter.js'
import { meantFingerprint } from '../../sweep/reading/fingerprint.js'
import { type ImageFilter, reportTargets, storedImages } from '../../sweep/reading/images.js'
import { assertBegun, latestSweep } from '../../sweep/reading/sweeps.js'
import { unseenTargets } from '../../sweep/reading/unseen.js'
import type { Database } from '../../sweep/store/database.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { rulesOf } from '../shared/rules.js'
import { runScan } from '../shared/scan.js'
import { sweepFlags } from '../shared/sweep-flags.js'
import { withSweepStore } from '../shared/sweep-store.js'

/** "41" a sweep, "2026-01-31" or a time a date. Throws UsageError. */
export function parseSince(text: string): NonNullable<FindingFilter['since']> {
  if (/^[1-9]\d{0,14}$/.test(text)) return { sweep: Number(text) }
  const isDate = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)
  const date = new Date(text)
  // 31 February would be 3 March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10))
  if (isDate && isDay && !Number.isNaN(date.getTime())) return { date }
  throw new UsageError(`--since ${shorten(printable(text), 60)} is neither the number of a sweep nor a date`, {
    hint: 'Examples: --since 41, --since 2026-01-31, --since 2026-01-31T08:00:00Z',
  })
}

interface FilterFlags {
  readonly new: boolean
  readonly since?: string | undefined
  readonly image?: readonly string[] | undefined
  readonly secret?: string | undefined
}

async function filterOf(
  flags: FilterFlags,
  rules: readonly string[],
  skipRules: readonly string[],
  database: Database,
): Promise<ImageFilter> {
  const since = flags.since === undefined ? undefined : parseSince(flags.since)
  if (since !== undefined && 'sweep' in since) await assertBegun(database, since.sweep)
  const narrowed = flags.new || flags.since !== undefined || flags.secret !== undefined || rules.length > 0
  return {
    rules,
    skipRules,
    all: !narrowed,
    ...(flags.image === undefined ? {} : { images: flags.image }),
    ...(flags.new ? { newIn: await latestSweep(database) } : {}),
    ...(since === undefined ? {} : { since }),
    ...(flags.secret === undefined ? {} : { sameSecretAs: await meantFingerprint(database, flags.secret) }),
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const platformOf = ({ image }: TargetReport): string => image?.platform ?? ''

/** Findings may be of a rule that an earlier version had. Throws UsageError for an ID that neither this one nor the store knows. */
async function assertKnownRules(named: readonly string[], settings: Settings, database: Database): Promise<void> {
  const { rules } = await rulesOf(settings)
  const ids = rules.map(({ id }) => id)
  for (const id of named.filter((candidate) => !ids.includes(candidate))) {
    const found = await database.query('SELECT 1 FROM finding WHERE rule_id = $1 LIMIT 1', [id])
    if (found.length === 0) throw unknownRule(id, ids)
  }
}

/** Images with their findings and, where the question is about all there is, what the latest sweep could not look at. */
async function targetsOf(database: Database, filter: ImageFilter): Promise<TargetReport[]> {
  const isAboutAll = filter.images === undefined && filter.sameSecretAs === undefined && filter.rules?.length === 0
  const unseen = isAboutAll ? await unseenTargets(database) : []
  const images: TargetReport[] = []
  for await (const target of reportTargets(database, filter)) images.push(target)
  // By name: the store has them in the order in which they were first seen.
  return [...unseen, ...images.sort((a, b) => byText(a.reference, b.reference) || byText(platformOf(a), platformOf(b)))]
}

export default class SweepFindings extends BaseCommand {
  static override summary = 'Report what sweeps have found'
  static override description =
    `Prints the findings that the registries' images hold now, in every format that a scan has: each image is a target. Findings that were acknowledged count as suppressed. While a sweep runs, it is asked.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 not everything was scanned, 4 no store or not reachable.`
  static override examples = [
    { description: 'What the latest sweep saw first', command: '<%= config.bin %> <%= command.id %> --new' },
    {
      description: 'Since Monday, of one team, for code scanning',
      command:
        "<%= config.bin %> <%= command.id %> --since 2026-01-05 --image 'team/*' --format sarif --output new.sarif",
    },
    {
      description: 'Every image that holds the value of a finding',
      command: '<%= config.bin %> <%= command.id %> --secret k3t7q2m5x4',
    },
  ]
  static override flags = {
    ...flagsFor('findings'),
    ...sweepFlags,
    new: Flags.boolean({ summary: 'Only what the latest sweep saw first', exclusive: ['since'] }),
    since: Flags.string({
      summary: 'Only what this sweep or a later one saw first, or since a date',
      helpValue: 'SWEEP|DATE',
    }),
    image: Flags.string({
      summary: 'Only images whose name, with host and tag or without, this glob matches (repeatable)',
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
    }),
    secret: Flags.string({
      summary: 'Only findings of the value that this finding is of (its ID or fingerprint)',
      helpValue: 'FINDING',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepFindings)
    const resolved = this.resolve(flags)
    if (flags.since !== undefined) parseSince(flags.since)
    const { rule, 'skip-rule': skipRule, ...settings } = resolved.settings
    // The rules that a finding is filtered by may be of an older version; titles come from those there are.
    // A value that is asked for by a finding of it is shown however sure its other findings are.
    const named = flags.secret !== undefined && resolved.origins.get('min-confidence') === 'default'
    const confidence = named ? { 'min-confidence': 'low' as const } : {}
    const all = { ...resolved, settings: { ...settings, ...confidence, rule: [], 'skip-rule': [] } }
    process.exitCode = await withSweepStore(flags.file, async (database) => {
      await assertKnownRules([...rule, ...skipRule], resolved.settings, database)
      const filter = await filterOf(flags, rule, skipRule, database)
      return runScan({
        resolved: all,
        version: this.config.version,
        title: 'the store',
        scan: async () => ({
          targets: await targetsOf(database, filter),
          worstFirst: true,
          fromStore: { images: await storedImages(database) },
        }),
      })
    })
  }
}
