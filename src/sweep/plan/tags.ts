// One repository of one sweep: its tags, which of them point at something new, and which are gone.
import { setMaxListeners } from 'node:events'
import type { Digest } from '../../image/types.js'
import { batches } from '../../support/batches.js'
import { checkRepository } from '../enumerate/listed-names.js'
import type { Database } from '../store/database.js'
import { storableDate } from '../store/storable.js'
import type { KnownDigests, SweepRegistryAccess, TagFailure } from '../types.js'
import { storedFailure, verdict } from '../work/failures.js'
import type { SweepTools } from '../work/tools.js'
import { type PlannedRepository, planDigest } from './images.js'
import { isNewDigest, type Looked, lookedParameters, type Tag, TagRows } from './tag-rows.js'
import { keepUnmatchedTags } from './unmatched.js'

/** Tags that are looked up and written at a time. */
const BATCH = 200

export interface SweptRepository extends PlannedRepository {
  readonly host: string
  readonly name: string
  readonly sweep: number
}

/**
 * Lists the tags and plans what is new; `progressed` is called where something was. A tag that cannot be resolved is written down and the
 * others go on; errors that pass by themselves are thrown, and asking again does only what is left.
 */
export async function planRepository(
  repository: SweptRepository,
  access: SweepRegistryAccess,
  tools: SweepTools,
  progressed: () => Promise<void> = async () => {},
): Promise<void> {
  checkRepository(repository.host, repository.name)
  const { database, signal } = tools
  const known = knownDigests(database, repository)
  const rows = new TagRows(database, repository.id, repository.sweep)
  const failures: TagFailure[] = []
  const unmatched: (readonly string[])[] = []
  const told = {
    onFailure: (failure: TagFailure) => void failures.push(failure),
    onUnmatched: (patterns: readonly string[]) => void unmatched.push(patterns),
  }
  for await (const tags of batches(access.tags(repository.name, known, signal, told), BATCH)) {
    if (await rows.stand(tags, lookedOf(repository, tools))) continue
    await rows.write(tags)
    if ((await planNew(tags, repository, access, tools)) > 0) await progressed()
  }
  await writeFailures(failures, rows)
  await rows.leaveGone()
  for (const patterns of unmatched) await keepUnmatchedTags(database, repository, patterns)
}

/** Tags whose digest could not be had. What passes by itself is thrown: the repository is asked again. */
async function writeFailures(failures: readonly TagFailure[], rows: TagRows): Promise<void> {
  const passing = failures.find(({ error }) => verdict(error) !== 'give-up')
  if (passing !== undefined) throw passing.error
  for (const { tag, error } of failures) await rows.writeFailed(tag, storedFailure(error))
}

/** Returns how many digests were new and could be resolved. */
async function planNew(
  tags: readonly Tag[],
  repository: SweptRepository,
  access: SweepRegistryAccess,
  tools: SweepTools,
): Promise<number> {
  const digests = await newDigests(tags, repository, tools)
  const controller = new AbortController()
  const signal = AbortSignal.any([tools.signal, controller.signal])
  setMaxListeners(0, signal)
  let planned = 0
  const tasks = digests.map((digest) =>
    tools.slots.use(repository.host, signal, async () => {
      signal.throwIfAborted()
      if (await planOne(digest, repository, access, tools)) planned++
    }),
  )
  const outcomes = await Promise.allSettled(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        // What fails for one fails for all: the others stop too.
        controller.abort(error)
        throw error
      }),
    ),
  )
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw controller.signal.aborted ? controller.signal.reason : tools.signal.reason
  return planned
}

/** Those not yet resolved and, where a new rule set is to look at everything again, those whose images were scanned with another. */
async function newDigests(tags: readonly Tag[], repository: SweptRepository, tools: SweepTools): Promise<Digest[]> {
  const rows = await tools.database.query<{ digest: Digest }>(
    `SELECT DISTINCT t.digest FROM unnest($1::text[]) AS t (digest) WHERE ${isNewDigest(2)} ORDER BY t.digest`,
    [tags.map(({ digest }) => digest), ...lookedParameters(lookedOf(repository, tools))],
  )
  return rows.map(({ digest }) => digest)
}

const lookedOf = ({ platforms }: SweptRepository, { config, rules }: SweepTools): Looked => ({
  platforms,
  rescan: config.rescanOnRuleChange,
  rules,
})

/** False where something behind it cannot be read; the tags say why. */
async function planOne(
  digest: Digest,
  repository: SweptRepository,
  access: SweepRegistryAccess,
  tools: SweepTools,
): Promise<boolean> {
  let failure: unknown
  try {
    const resolved = await access.resolve(repository.name, digest, tools.signal)
    failure = await planDigest(digest, resolved, repository, tools)
  } catch (error) {
    if (verdict(error) !== 'give-up') throw error
    failure = error
  }
  if (failure === undefined) return true
  await tools.database.query('UPDATE tag SET failure = $1 WHERE repository_id = $2 AND digest = $3', [
    JSON.stringify(storedFailure(failure)),
    repository.id,
    digest,
  ])
  return false
}

function knownDigests(database: Database, { id }: PlannedRepository): KnownDigests {
  return {
    lastDigests: async (tags) => {
      const rows = await database.query<Tag>(
        `SELECT name AS tag, digest FROM tag WHERE repository_id = $1 AND name = ANY($2::text[]) AND gone_at IS NULL
           AND failure IS NULL AND digest <> ''`,
        [id, tags],
      )
      return new Map(rows.map(({ tag, digest }) => [tag, digest]))
    },
    createdAt: async (digests) => {
      const rows = await database.query<{ digest: Digest; at: Date | null }>(
        `SELECT resolved_image.digest, max(image.created_at) AS at FROM resolved_image JOIN image ON image.id = resolved_image.image_id
           WHERE resolved_image.digest = ANY($1::text[]) GROUP BY resolved_image.digest
         UNION ALL SELECT digest, created_at FROM passed_over WHERE digest = ANY($1::text[])`,
        [digests],
      )
      return new Map(rows.map(({ digest, at }) => [digest, at?.toISOString() ?? '']))
    },
    remember: async (digest, createdAt) => {
      await database.query(
        'INSERT INTO passed_over (digest, created_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING',
        [digest, storableDate(createdAt)],
      )
    },
  }
}
