// The use cases of `secretscan migrate`: make a plan, carry one out, finish one that stopped, take one back.
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { RuleSet } from '../detect/rule-set.js'
import type { SourceOptions } from '../image/types.js'
import { scanProjectStrings } from '../scan/scan-compose.js'
import { openSession } from '../scan/session.js'
import { EXIT, SecretscanError, UnauthorizedError, UnreachableError, UsageError } from '../support/errors.js'
import { type ApplyContext, type ApplyEvent, applyPlan, resumeMigration } from './apply.js'
import type { ApplyResult } from './apply-result.js'
import { assertSameDockerfiles } from './check-dockerfile.js'
import { checkByEngine } from './check-engine.js'
import { assertSameModel, assertValid } from './check-model.js'
import { detectValues } from './detect-values.js'
import type { NamedImage } from './from-report/engine-names.js'
import { obtainFindings, type ScanImages } from './from-report/obtain.js'
import { type GatherOptions, gather } from './gather.js'
import { gitHistory } from './git-history.js'
import { Journal } from './journal.js'
import { findLiterals } from './literals.js'
import { mountedSecrets } from './mounted-secrets.js'
import { moveOnContext } from './move-on/run.js'
import type { Gathered, Planned } from './plan.js'
import { planDrift } from './plan-drift.js'
import { loadOf, requestOf } from './plan-load.js'
import { projectPath } from './project-files.js'
import { imagesOf } from './project-images.js'
import { openValues } from './read-values.js'
import { type RollbackResult, rollback } from './rollback.js'
import { openVersioned } from './rotate/open.js'
import { rotationContext } from './rotate/run.js'
import { makeSafePlan } from './safe-plan.js'
import { secretTexts } from './secret-texts.js'
import { openStore } from './stores/index.js'
import type { CheckStaged, MigrationPlan, SecretStore, StoreKind } from './types.js'
import type { VaultAccess } from './vault/session.js'
import { knownHasher, openWorkspace, type ValueHasher, type Workspace, workspaceOf } from './workspace.js'

export interface MigrateRequest {
  readonly load: LoadOptions
  readonly typedIn?: string
  readonly to: StoreKind
  readonly storeOptions: Readonly<Record<string, string>>
  readonly select: readonly string[]
  /** Names that are wished for, by the values' IDs. */
  readonly names?: Readonly<Record<string, string>>
  /** Of a run that is finished: names that it gave itself, and may have written. */
  readonly ownNames?: readonly string[]
  /** Kept between plans of one run, so that an image is read once. */
  readonly facts?: GatherOptions['facts']
  readonly images: boolean
  /** JSON report of the project's images, absolute. */
  readonly report?: string
  /** The project's images are scanned first, by `scanImages`. */
  readonly scanFirst: boolean
  readonly scanImages: ScanImages
  readonly sourceOptions: SourceOptions
  readonly rules: RuleSet
  readonly vault: VaultAccess
  /** Told what takes time. */
  readonly on: (message: string) => void
}

export interface Prepared {
  readonly gathered: Gathered
  readonly planned: Planned
}

/** Reads, plans, and checks that the plan's result means the same; changes nothing. */
export async function prepare(request: MigrateRequest): Promise<Prepared> {
  const { rules } = request
  // One worker is enough: Compose files are small.
  const session = await openSession({ ...DETECTION, rules }, 1)
  try {
    const gathered = await gather({
      ...request,
      names: request.names ?? {},
      facts: request.facts ?? new Map(),
      findings: (project, builds) =>
        obtainFindings({ ...request, ...(request.images ? { lookUp: lookUpImages } : {}) }, project, builds),
      openStore: (projectDir) => openReadOnly(request, projectDir),
      hasherOf: (projectDir) => knownHasher(workspaceOf(projectDir)),
      literals: (builds) => findLiterals(builds, rules, session.pool),
      history: gitHistory,
      detect: (project, more) => detectValues(project, more, rules, session.pool),
      ownFindings: async (project) => (await scanProjectStrings(project, session.pool)).findings,
      mountedSecrets: (project) => mountedSecrets(project, session),
      secretTexts: (project, builds) => secretTexts(project, builds, session.pool),
    })
    return { gathered, planned: await makeSafePlan(gathered, request.load) }
  } finally {
    await session.close()
  }
}

/** The values themselves are needed, to move them and to show none: they stay in memory. */
export const DETECTION = { maxDecodeDepth: 3, maxArchiveDepth: 0, showSecrets: true, cache: false, cacheMaxSize: 0 }

/** No engine is no failure: names are all that there is to go by then. */
async function lookUpImages(names: readonly string[]): Promise<readonly NamedImage[]> {
  const { namedEngineImages } = await import('../image/sources/engine-images.js')
  try {
    return await namedEngineImages('docker', names)
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof UnauthorizedError) return []
    throw error
  }
}

/** A store that is only looked at: no key is made for it. */
async function openReadOnly({ to, storeOptions, vault }: MigrateRequest, projectDir: string): Promise<SecretStore> {
  const hasher = await knownHasher(workspaceOf(projectDir))
  return openStore(to, { projectDir, options: storeOptions, hasher, vault })
}

/** Why secrets cannot go to the request's store now (no Swarm manager, no Vault, no token …); undefined: they can. */
export async function storeObstacle(request: MigrateRequest, projectDir: string): Promise<SecretscanError | undefined> {
  try {
    const store = await openReadOnly(request, projectDir)
    await store.close()
    return undefined
  } catch (error) {
    const isObstacle =
      error instanceof SecretscanError && error.exitCode !== EXIT.bug && error.exitCode !== EXIT.interrupted
    if (isObstacle) return error
    throw error
  }
}

const storeOpener =
  (
    { to, storeOptions: options, vault }: Pick<MigrateRequest, 'to' | 'storeOptions' | 'vault'>,
    images?: () => Promise<readonly string[]>,
  ) =>
  (workspace: Workspace, hasher: ValueHasher) =>
    openStore(to, {
      projectDir: workspace.projectDir,
      options,
      hasher,
      vault,
      ...(images === undefined ? {} : { images }),
    })

/** @throws UsageError when `plan` is not what would be planned now (exit 2, nothing written). */
export function assertUnchanged(
  plan: MigrationPlan,
  { planned }: { readonly planned: { readonly plan: MigrationPlan } },
): void {
  const drift = planDrift(plan, planned.plan)
  if (drift === undefined) return
  throw new UsageError(`The plan is of another state: ${drift} since it was made.`, {
    hint: 'Make the plan again: secretscan migrate plan.',
  })
}

export interface ApplyOptions {
  readonly signal: AbortSignal
  readonly onStep: (event: ApplyEvent) => void
}

/** Carries a prepared plan out. */
export async function apply(
  request: MigrateRequest,
  { gathered, planned }: Prepared,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const context = await applyContext(request, { gathered, planned }, options)
  return applyPlan(planned.plan, context)
}

async function applyContext(
  request: MigrateRequest,
  prepared: Prepared | undefined,
  options: ApplyOptions,
): Promise<ApplyContext> {
  return {
    signal: options.signal,
    on: options.onStep,
    openStore: storeOpener(request, () => imagesOf(request.load)),
    readValue: async (sources) => (await openValues(request.load))(sources),
    checkStaged: checker(request, prepared),
  }
}

function checker(request: MigrateRequest, given: Prepared | undefined): CheckStaged {
  /** Once for all checks: an image is looked into for it. */
  let made = given === undefined ? undefined : Promise.resolve(given)
  return async (what, staged) => {
    const projectDir = given?.gathered.project.directory ?? (await loadProject(request.load)).directory
    const overlay = new Map([...staged].map(([path, bytes]) => [projectPath({ projectDir }, path), bytes]))
    if (what === 'engine')
      return checkByEngine({
        load: request.load,
        projectDir,
        overlay,
        to: request.storeOptions['vault-delivery'] === 'swarm' ? 'swarm' : request.to,
      })
    made ??= prepare(request)
    const { gathered, planned } = await made
    const after = await loadProject({ ...request.load, overlay })
    if (what === 'schema') {
      assertValid(gathered.project, after)
      return undefined
    }
    assertSameModel(gathered.project, after, planned.moves, gathered.agent !== undefined)
    assertSameDockerfiles(gathered.builds, overlay, planned.moves)
    return undefined
  }
}

/** Finishes a migration that was killed or stopped. */
export async function resume(
  request: Omit<MigrateRequest, 'to' | 'storeOptions' | 'select' | 'names'>,
  projectDir: string,
  id: string,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const { plan } = await Journal.open(await openWorkspace(projectDir), id)
  if (plan.kind === 'move') {
    const own = { load: loadOf(plan, request.load), vault: request.vault }
    const { context, close } = moveOnContext(own, plan, options)
    return resumeMigration(projectDir, id, context).finally(close)
  }
  if (plan.kind !== undefined) {
    const own = { load: loadOf(plan, request.load), vault: request.vault }
    return resumeMigration(projectDir, id, rotationContext(own, plan, options))
  }
  const ownNames = plan.steps.flatMap((step) => (step.do === 'put' ? [step.name] : []))
  const whole = { ...requestOf(plan, request), ownNames }
  return resumeMigration(projectDir, id, await applyContext(whole, undefined, options))
}

export async function takeBack(
  projectDir: string,
  id: string | undefined,
  keepSecrets: boolean,
  vault: VaultAccess,
  acceptRotated = false,
): Promise<RollbackResult> {
  return rollback(projectDir, id, {
    keepSecrets,
    acceptRotated,
    openStore: (workspace, hasher, { plan }) =>
      storeOpener({ to: plan.to.store, storeOptions: plan.to.options, vault })(workspace, hasher),
    openVersioned: (ref, { plan: { to, databases } }, hasher) =>
      openVersioned(ref, { projectDir, options: to.options, hasher, vault, databases }),
  })
}
