// The use case of `migrate plan|apply --from`: secrets that moved before go to another store.
import { join } from 'node:path'
import { type LoadOptions, loadProject } from '../../compose/load.js'
import type { ComposeProject } from '../../compose/types.js'
import { StoreError, UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { type ApplyContext, applyPlan } from '../apply.js'
import type { ApplyResult } from '../apply-result.js'
import { readBuilds } from '../builds.js'
import { checkByEngine } from '../check-engine.js'
import { readReferencesFile } from '../gather.js'
import { gatherIgnoreFiles } from '../ignore-files.js'
import { projectPath, readIfThere } from '../project-files.js'
import { imagesOf } from '../project-images.js'
import { filesGiven, isOfSwarm } from '../project-words.js'
import { assertOnlyVersions } from '../rotate/plan.js'
import type { ApplyOptions } from '../run.js'
import { stackRefusal } from '../stack-refusal.js'
import { openStore } from '../stores/index.js'
import type { CheckStaged, MigrationPlan, StoreKind, ValueSource } from '../types.js'
import { type Places, usedBeside } from '../used-beside.js'
import type { VaultAccess } from '../vault/session.js'
import { type MoveOnPlan, makeMoveOnPlan, type Settled, settledIn } from './plan.js'

export interface MoveOnRequest {
  readonly load: LoadOptions
  readonly from: StoreKind
  readonly to: StoreKind
  readonly storeOptions: Readonly<Record<string, string>>
  /** Names; empty: all that are there. */
  readonly select: readonly string[]
  readonly vault: VaultAccess
}

export interface PreparedMoveOn extends MoveOnPlan {
  readonly project: ComposeProject
  readonly names: readonly string[]
}

/** Reads and plans, and checks that the result means the same; writes nothing. */
export async function prepareMoveOn(request: MoveOnRequest): Promise<PreparedMoveOn> {
  const { load, from, to, storeOptions, select, vault } = request
  if (from === to) throw new UsageError(`The secrets are in ${to} already.`, { hint: 'Give another --to.' })
  if (storeOptions['vault-delivery'] === 'agent')
    throw new UsageError('An agent cannot be put in place of secrets that Compose grants.', {
      hint: 'Use --vault-delivery exec; or take the first migration back and migrate with the agent.',
    })
  const project = await loadProject(load)
  const all = settledIn(project, from)
  const unknown = select.find((name) => !all.some((secret) => secret.name === name))
  if (unknown !== undefined)
    throw new UsageError(`There is no secret ${unknown} in ${from}.`, {
      hint: `The project has ${all.map(({ name }) => name).join(', ') || 'none'}.`,
    })
  const noStack = isOfSwarm({ store: to, options: storeOptions }) ? await stackRefusal(project) : undefined
  if (noStack !== undefined) throw new UsageError(noStack.reason, { hint: noStack.todo })
  const secrets = select.length === 0 ? all : all.filter(({ name }) => select.includes(name))
  const store = await openStore(to, {
    projectDir: project.directory,
    options: storeOptions,
    hasher: { hmac: () => '' },
    vault,
  })
  try {
    const builds = await readBuilds(project, (file) => readIfThere(file).catch(() => undefined))
    const plan = makeMoveOnPlan({
      project,
      ...filesGiven(project.directory, load),
      from,
      to,
      storeOptions,
      secrets,
      select,
      beside: await usedBeside(project, placesOf(secrets, from)),
      entryOf: (name) => store.composeEntry({ name, version: 1 }),
      ...(await gatherIgnoreFiles(project.directory, builds, {
        to,
        storeOptions,
        ownNames: secrets.map(({ name }) => name),
      })),
      ...(store.reference === undefined
        ? {}
        : {
            referenceOf: (name: string) => store.reference?.(name) ?? { ref: '', env: '' },
            references: await readReferencesFile(project.directory),
          }),
    })
    const names = secrets.map(({ name }) => name)
    assertOnlyVersions(project, await loadProject({ ...load, overlay: plan.staged }), names, 'source')
    return { ...plan, project, names }
  } finally {
    await store.close()
  }
}

function placesOf(secrets: readonly Settled[], from: StoreKind): Places {
  const all = secrets.map(({ at }) => at)
  return from === 'swarm' ? { names: all } : { paths: all }
}

export async function moveOn(
  request: Pick<MoveOnRequest, 'load' | 'vault'>,
  { plan }: MoveOnPlan,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const { context, close } = moveOnContext(request, plan, options)
  return applyPlan(plan, context).finally(close)
}

/** How such a plan is carried out; `close` ends what reads the values. */
export function moveOnContext(
  { load, vault }: Pick<MoveOnRequest, 'load' | 'vault'>,
  plan: MigrationPlan,
  { signal, onStep }: ApplyOptions,
): { readonly context: ApplyContext; readonly close: () => Promise<void> } {
  const { store, options } = plan.to
  const images = () => imagesOf(load)
  const reader = swarmReader(plan, images)
  const context: ApplyContext = {
    signal,
    on: onStep,
    openStore: ({ projectDir }, hasher) => openStore(store, { projectDir, options, hasher, vault, images }),
    readValue: async ([source]) =>
      source?.transform.includes('swarm-secret') === true ? reader.read(source) : readFileValue(plan, source),
    checkStaged: checkSources(load, plan),
  }
  return { context, close: reader.close }
}

async function readFileValue({ projectDir }: MigrationPlan, source: ValueSource | undefined): Promise<Secret> {
  const path = source !== undefined && 'path' in source.place ? source.place.path : ''
  const bytes = await readIfThere(join(projectDir, path))
  if (bytes !== undefined && bytes.length > 0) return Secret.of(bytes)
  throw new UsageError(`The secret's file ${path} is ${bytes === undefined ? 'gone' : 'empty'}.`, {
    hint: 'Bring it back, or leave it out with --select.',
  })
}

/** Swarm gives no value back: one short-lived service reads all that the plan moves. */
function swarmReader(plan: MigrationPlan, images: () => Promise<readonly string[]>) {
  const wanted = plan.steps.flatMap((step) => (step.do === 'put' ? step.from : []))
  const nameOf = ({ place }: ValueSource): string => ('path' in place ? place.path : '')
  let opened: Promise<Awaited<ReturnType<typeof open>>> | undefined
  async function open() {
    const { openSwarm } = await import('../swarm/engine.js')
    const { openOneShot } = await import('../swarm/one-shot.js')
    const swarm = await openSwarm()
    const ids = new Map((await swarm.secrets()).map(({ ID, Spec }) => [Spec?.Name ?? '', ID]))
    const missing = wanted.map(nameOf).find((name) => !ids.has(name))
    if (missing !== undefined)
      throw new StoreError(`The Swarm has no secret ${missing}.`, { hint: 'docker secret ls shows what is there.' })
    const service = await openOneShot(
      swarm,
      [...new Set(wanted.map((each) => ids.get(nameOf(each)) ?? ''))],
      await images(),
    )
    if (!('missing' in service)) return { ids, service }
    throw new StoreError(`Swarm gives no value back, and no service can read it here: ${service.missing}`, {
      hint: 'Run this on a manager node that has an image of the project with a shell; or write the values to the new store yourself.',
    })
  }
  return {
    async read(source: ValueSource): Promise<Secret> {
      opened ??= open()
      const { ids, service } = await opened
      return service.read(ids.get(nameOf(source)) ?? '')
    },
    close: async () => {
      await opened?.then(({ service }) => service.close()).catch(() => undefined)
    },
  }
}

function checkSources(load: LoadOptions, plan: MigrationPlan): CheckStaged {
  const names = plan.steps.flatMap((step) => (step.do === 'put' ? [step.name] : []))
  return async (what, staged) => {
    const before = await loadProject(load)
    const projectDir = before.directory
    const overlay = new Map([...staged].map(([path, bytes]) => [projectPath({ projectDir }, path), bytes]))
    if (what === 'engine')
      return checkByEngine({ load, projectDir, overlay, to: isOfSwarm(plan.to) ? 'swarm' : plan.to.store })
    assertOnlyVersions(before, await loadProject({ ...load, overlay }), names, 'source')
    return undefined
  }
}
