// The use case of `secretscan migrate sync`: Swarm secrets brought up to what Vault holds. A changed value is a new version; the Compose
// file names it and the services move over. What is up to date is left alone, so a second run does nothing.
import { loadProject } from '../../compose/load.js'
import type { ComposeProject } from '../../compose/types.js'
import { NotFoundError, UsageError } from '../../support/errors.js'
import { applyPlan } from '../apply.js'
import type { ApplyResult } from '../apply-result.js'
import { filesGiven } from '../project-words.js'
import { readReferencesIfThere } from '../references.js'
import type { ApplyOptions } from '../run.js'
import { baseOf } from '../swarm/engine.js'
import type { MigrationPlan } from '../types.js'
import { assertNamedAlone } from '../used-beside.js'
import { openHasher, openWorkspace, type ValueHasher } from '../workspace.js'
import { databasesOf } from './database-note.js'
import { findSecret } from './find.js'
import { type OpenContext, openVersioned } from './open.js'
import { makeRotationPlan, type NextVersion } from './plan.js'
import { onlyWay, type RotateRequest, rotationContext } from './run.js'

export type SyncRequest = Pick<RotateRequest, 'load' | 'vault' | 'storeOptions' | 'keep'>

export interface PreparedSync {
  readonly project: ComposeProject
  /** Without steps where everything is up to date. */
  readonly plan: MigrationPlan
  /** Names whose value in Vault is another than that of the newest version, or that Swarm has not. */
  readonly changed: readonly string[]
  readonly unchanged: readonly string[]
}

interface Pair {
  readonly name: string
  /** vault://… */
  readonly source: string
  /** As the Compose file names it. */
  readonly swarmName: string
}

/** Looks at both sides; writes nothing but the project's key. @throws UsageError where there is nothing to bring together. */
export async function prepareSync(request: SyncRequest): Promise<PreparedSync> {
  const { load, vault, keep } = request
  const project = await loadProject(load)
  const references = await readReferencesIfThere(project.directory)
  const pairs = pairsOf(project, references)
  if (pairs.length === 0)
    throw new UsageError('No secret of this project is external in the Compose file and has a reference to Vault.', {
      hint: 'secretscan migrate apply --to vault --vault-delivery swarm makes such secrets.',
    })
  const hasher = await openHasher(await openWorkspace(project.directory))
  const storeOptions = onlyWay(request.storeOptions)
  const context = { projectDir: project.directory, options: storeOptions, hasher, vault }
  const versions: NextVersion[] = []
  for (const pair of pairs) versions.push(await compare(pair, context))
  const changed = versions.filter(({ unchanged }) => unchanged === undefined).map(({ name }) => name)
  const places = changed.map((name) => findSecret(project, references, name))
  const renamed = versions.flatMap(({ swarmName }) =>
    swarmName === undefined || swarmName.from === swarmName.to ? [] : [swarmName.from],
  )
  await assertNamedAlone(project, renamed)
  const { plan } = makeRotationPlan({
    kind: 'sync',
    project,
    ...filesGiven(project.directory, load),
    store: 'swarm',
    storeOptions,
    versions,
    services: [...new Set(places.flatMap(({ users }) => users))].sort(),
    databases: [...new Set(places.flatMap((place) => databasesOf(project, place)).map(({ service }) => service))],
    ...(keep === undefined ? {} : { keep }),
  })
  const names = versions.map(({ name }) => name)
  return { project, plan, changed, unchanged: names.filter((name) => !changed.includes(name)) }
}

function pairsOf(
  project: ComposeProject,
  references: readonly { readonly name: string; readonly ref: string }[],
): readonly Pair[] {
  const declared = (project.model['secrets'] ?? {}) as Readonly<
    Record<string, { readonly external?: unknown; readonly name?: unknown }>
  >
  return references.flatMap(({ name, ref }) => {
    const secret = declared[name]
    if (secret?.external !== true || !ref.startsWith('vault://')) return []
    return [{ name, source: ref, swarmName: String(secret.name ?? name) }]
  })
}

async function compare({ name, source, swarmName }: Pair, context: OpenContext): Promise<NextVersion> {
  const value = await (await openVersioned(source, context)).read()
  if (value === undefined)
    throw new NotFoundError(`Vault has nothing at ${source}, which ${name} refers to.`, {
      hint: 'Write it there, or mend the reference. Nothing was changed.',
    })
  const hmac = hmacOf(context.hasher, value)
  const base = baseOf(swarmName)
  const ref = `swarm://${base}`
  const there = await (await openVersioned(ref, context)).current()
  const same = there?.hmac === hmac
  const version = (there?.version ?? 0) + (same ? 0 : 1)
  const to = same && there?.version === 1 && swarmName === base ? base : `${base}_v${version}`
  return {
    name,
    ref,
    source,
    ...(there?.version === undefined ? {} : { over: { version: there.version } }),
    ...(same ? { unchanged: true as const } : {}),
    swarmName: { from: swarmName, to },
  }
}

function hmacOf(hasher: ValueHasher, value: Parameters<ValueHasher['hmac']>[0]): string {
  const hmac = hasher.hmac(value)
  value.wipe()
  return hmac
}

/** undefined where there was nothing to do. */
export async function sync(
  request: SyncRequest,
  { plan }: PreparedSync,
  options: ApplyOptions,
): Promise<ApplyResult | undefined> {
  if (plan.steps.length === 0) return undefined
  return applyPlan(plan, rotationContext(request, plan, options))
}
