// The use case of `secretscan rotate`: the next version of a secret, and what reads it brought along.
import { join } from 'node:path'
import { type LoadOptions, loadProject } from '../../compose/load.js'
import type { ComposeProject } from '../../compose/types.js'
import type { RuleSet } from '../../detect/rule-set.js'
import { InternalError, NotFoundError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { isWrapped } from '../agent/config.js'
import { AGENT_CONFIG } from '../agent/options.js'
import { type ApplyContext, applyPlan } from '../apply.js'
import type { ApplyResult } from '../apply-result.js'
import { checkByEngine } from '../check-engine.js'
import { Journal } from '../journal.js'
import { orOpenRun } from '../open-runs.js'
import { projectPath, readIfThere } from '../project-files.js'
import { imagesOf } from '../project-images.js'
import { asGiven, filesGiven } from '../project-words.js'
import { readReferencesIfThere } from '../references.js'
import type { ApplyOptions } from '../run.js'
import { entriesHolding, holding, holdingHashed, placeWords, whereWritten } from '../same-value.js'
import type { CheckStaged, MigrationPlan } from '../types.js'
import { assertNamedAlone } from '../used-beside.js'
import type { VaultAccess } from '../vault/session.js'
import { knownHasher, type ValueHasher, workspaceOf } from '../workspace.js'
import { type Advice, adviceFor } from './advice.js'
import { copiesOf } from './copies.js'
import { databasesOf } from './database-note.js'
import { findSecret, type SecretPlace } from './find.js'
import { type Issuer, issuerOf } from './issuer.js'
import { openVersioned } from './open.js'
import { assertOnlyVersions, makeRotationPlan } from './plan.js'
import { asStored, bareValue } from './settings-line.js'
import { type Shape, shapeOf } from './shape.js'

export interface RotateRequest {
  readonly load: LoadOptions
  readonly name: string
  /** Older versions to be kept; absent: all. */
  readonly keep?: number
  /** As given: "vault-addr" …; what the secret's migration used stands in for the rest. */
  readonly storeOptions: Readonly<Record<string, string>>
  readonly vault: VaultAccess
  readonly rules: RuleSet
  readonly bin: string
}

export interface PreparedRotation {
  readonly place: SecretPlace
  readonly plan: MigrationPlan
  readonly project: ComposeProject
  /** Who issued the value that is there. */
  readonly issuer?: Issuer
  /** What the value that is there is, where it is no bare one; unknown where its store gives none back. */
  readonly shape?: Shape
  readonly advice: Advice
  /** Other secrets that had the same value when they were written. */
  readonly sameValue: readonly string[]
  /** Entries of the project in which the value of before is written, as `path:line (SERVICE.VARIABLE)`, and files of its other secrets and configs. */
  readonly stillHeldBy: readonly string[]
}

/** Reads and plans; writes nothing. @throws NotFoundError where there is no such secret, or nothing in its place. */
export async function prepareRotation(request: RotateRequest): Promise<PreparedRotation> {
  const { load, name, keep, rules, bin, vault } = request
  const project = await loadProject(load)
  const references = await readReferencesIfThere(project.directory)
  const place = await orOpenRun(project.directory, () => findSecret(project, references, name))
  const workspace = workspaceOf(project.directory)
  const journals = await Journal.openAll(workspace)
  const hasher = await knownHasher(workspace)
  const storeOptions = { ...earlierOptions(journals, place), ...onlyWay(request.storeOptions), ...deliveryOf(place) }
  const { directory: projectDir } = project
  const versioned = await openVersioned(place.ref, { projectDir, options: storeOptions, hasher, vault })
  const there = await versioned.current()
  if (there === undefined)
    throw new NotFoundError(`There is nothing at ${place.ref}, where ${name} should be.`, {
      hint: 'Bring it back, or mend the reference.',
    })
  const stored = await versioned.read()
  const value = stored === undefined ? undefined : bareValue(project, place, stored)
  const issuer = (value === undefined ? undefined : await issuerOf(name, value, rules)) ?? issuerThen(journals, place)
  const shape = value === undefined ? undefined : shapeOf(value)
  const swarmName =
    place.store === 'swarm' && place.swarmName !== undefined
      ? { from: place.swarmName, to: `${place.ref.slice('swarm://'.length)}_v${(there.version ?? 1) + 1}` }
      : undefined
  if (swarmName !== undefined) await assertNamedAlone(project, [swarmName.from])
  const { plan } = makeRotationPlan({
    kind: 'rotation',
    project,
    ...filesGiven(projectDir, load),
    store: place.store,
    storeOptions,
    versions: [
      {
        name,
        ref: place.ref,
        ...(there.version === undefined ? {} : { over: { version: there.version } }),
        ...(swarmName === undefined ? {} : { swarmName }),
      },
    ],
    services: place.users,
    databases: databasesOf(project, place).map(({ service }) => service),
    ...(keep === undefined ? {} : { keep }),
  })
  const agent = place.byAgent ? await readIfThere(join(project.directory, AGENT_CONFIG)) : undefined
  const agentOpensOnce = agent !== undefined && isWrapped(Buffer.from(agent).toString('utf8'))
  return {
    place,
    plan,
    project,
    advice: adviceFor(place, {
      project,
      cwd: load.cwd ?? process.cwd(),
      given: asGiven(plan),
      bin,
      agentOpensOnce,
      deployed: journals.some((journal) => journal.state() === 'applied' && journal.plan.deployed === true),
    }),
    sameValue: sameValue(journals, name, [there.hmac, value === undefined ? undefined : hasher.hmac(value)]),
    stillHeldBy: [
      ...stillHolding(project, value, there.hmac, hasher),
      ...(value === undefined ? [] : await copiesOf(value, project, place)),
    ],
    ...(issuer === undefined ? {} : { issuer }),
    ...(shape === undefined ? {} : { shape }),
  }
}

/** What the run that put the secret there was told of the store. */
function earlierOptions(journals: readonly Journal[], { name, store }: SecretPlace): Readonly<Record<string, string>> {
  const run = journals.findLast((each) =>
    each.stored().some((secret) => secret.name === name && secret.store === store),
  )
  return onlyWay(run?.plan.to.options ?? {})
}

/** Who issued it by what its migration knew: a rule may tell it by the variable that it had. */
function issuerThen(journals: readonly Journal[], { name }: SecretPlace): Issuer | undefined {
  const applied = journals.filter((journal) => journal.state() === 'applied')
  const moved = applied.flatMap(({ plan }) => plan.rotate ?? []).filter((each) => each.name === name)
  return moved.at(-1)?.issuers?.[0]
}

/** Options that say how Vault is reached; where in it the secret is says the reference. */
export const onlyWay = (options: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(options).filter(([key]) => /^(?:vault-addr|vault-namespace|kv-version)$/.test(key)))

/** How services get a secret from Vault, where it is not by `secretscan exec`: what is said behind a rollback depends on it. */
function deliveryOf({ store, byAgent, swarmName }: SecretPlace): Readonly<Record<string, string>> {
  if (store !== 'vault') return {}
  if (byAgent) return { 'vault-delivery': 'agent' }
  return swarmName === undefined ? {} : { 'vault-delivery': 'swarm' }
}

/** By the value where its place gives it back, else by its hash. */
function stillHolding(
  project: ComposeProject,
  value: Secret | undefined,
  hmac: string | undefined,
  hasher: ValueHasher,
): readonly string[] {
  if (value === undefined && (hmac === undefined || hmac === '')) return []
  const holds =
    value === undefined
      ? holdingHashed(hmac ?? '', (text) => hashed(text, hasher))
      : holding(Buffer.from(value.reveal()).toString('utf8'))
  return whereWritten(project, entriesHolding(project, holds)).map(({ entry, readers }) =>
    placeWords(project, entry, readers),
  )
}

function hashed(text: string, hasher: ValueHasher): string {
  const secret = Secret.of(Buffer.from(text))
  try {
    return hasher.hmac(secret)
  } finally {
    secret.wipe()
  }
}

/** `hmacs`: of what is there, and of the value alone where that is a line with it. */
function sameValue(
  journals: readonly Journal[],
  name: string,
  hmacs: readonly (string | undefined)[],
): readonly string[] {
  const newest = new Map(
    journals
      .filter((journal) => journal.state() === 'applied')
      .flatMap((journal) => journal.stored().map((secret) => [secret.name, secret.hmac])),
  )
  return [...newest]
    .flatMap(([other, value]) => (other !== name && value !== '' && hmacs.includes(value) ? [other] : []))
    .sort()
}

/** Writes the next version. The value stays the caller's to wipe. @throws UsageError where it cannot stand in its place. */
export async function rotate(
  request: Pick<RotateRequest, 'load' | 'vault'>,
  { plan, project, place }: PreparedRotation,
  value: Secret,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const stored = asStored(project, place, value)
  try {
    return await applyPlan(
      plan,
      rotationContext(request, plan, options, async () => Secret.of(stored.reveal())),
    )
  } finally {
    stored.wipe()
  }
}

/** How the steps of such a plan are carried out. `given`: the value of steps that name no source; undefined: nobody has it any more. */
export function rotationContext(
  { load, vault }: Pick<RotateRequest, 'load' | 'vault'>,
  { to, select, projectDir, databases }: MigrationPlan,
  options: ApplyOptions,
  given: () => Promise<Secret | undefined> = async () => undefined,
): ApplyContext {
  const open = (ref: string, projectDir: string, hasher: ValueHasher) =>
    openVersioned(ref, { projectDir, options: to.options, hasher, vault, databases, images: () => imagesOf(load) })
  return {
    signal: options.signal,
    on: options.onStep,
    readValue: async () => {
      throw new InternalError('this plan reads no values')
    },
    checkStaged: checkVersions(load, select),
    rotation: {
      newValue: async ({ source }) =>
        source === undefined ? given() : (await open(source, projectDir, { hmac: () => '' })).read(),
      open: (ref, workspace, hasher) => open(ref, workspace.projectDir, hasher),
    },
  }
}

function checkVersions(load: LoadOptions, names: readonly string[]): CheckStaged {
  return async (what, staged) => {
    const before = await loadProject(load)
    const projectDir = before.directory
    const overlay = new Map([...staged].map(([path, bytes]) => [projectPath({ projectDir }, path), bytes]))
    if (what === 'engine') return checkByEngine({ load, projectDir, overlay, to: 'swarm' })
    assertOnlyVersions(before, await loadProject({ ...load, overlay }), names)
    return undefined
  }
}
