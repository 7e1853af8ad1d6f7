// The steps of a run that carries secrets from one version to the next. Each may be done again after a crash: what has happened is seen
// and not done twice.
import { rm } from 'node:fs/promises'
import { InternalError, StoreError, UsageError } from '../../support/errors.js'
import type { Secret } from '../../support/secret.js'
import { Journal } from '../journal.js'
import type { LabelOnly, PlanStep, RotationStep, StoredSecret, Verified } from '../types.js'
import type { ValueHasher, Workspace } from '../workspace.js'
import type { VersionedSecret } from './versioned.js'

type ReplaceStep = Extract<PlanStep, { readonly do: 'replace' }>

export interface RotationRun {
  readonly workspace: Workspace
  readonly journal: Journal
  readonly hasher: ValueHasher
  readonly open: (ref: string) => Promise<VersionedSecret>
  /** A new one each time: it is wiped. undefined: the value was given to a run that has ended, and nobody has kept it. */
  readonly newValue: (step: ReplaceStep) => Promise<Secret | undefined>
}

/** @returns what there is to tell of it. */
export async function performRotation(run: RotationRun, step: RotationStep, index: number): Promise<readonly string[]> {
  if (step.do === 'replace') return replaceSecret(run, step, index)
  const versioned = await run.open(step.ref)
  const stored = storedFor(run.journal, step.name, step.ref) ?? (await newestAsStored(versioned, step.name))
  if (step.do === 'roll') return (await versioned.roll?.(step.from, stored)) ?? []
  const removed = await versioned.prune(stored, step.keep)
  return [...removed, ...(await pruneKeptValues(run, step.ref, step.keep))]
}

/** Where the newest version is right already and only services are behind. */
async function newestAsStored(versioned: VersionedSecret, name: string): Promise<StoredSecret> {
  const there = await versioned.current()
  if (there === undefined) throw new InternalError(`no version of ${name} is known`)
  const { id, version, hmac = '' } = there
  return { store: versioned.store, name, id, createdByUs: false, hmac, ...(version === undefined ? {} : { version }) }
}

export function storedFor(journal: Journal, name: string, ref: string): StoredSecret | undefined {
  const at = journal.plan.steps.findIndex((step) => step.do === 'replace' && step.name === name && step.ref === ref)
  return journal.records.flatMap((record) => (record.type === 'put' && record.step === at ? [record.stored] : []))[0]
}

async function replaceSecret(run: RotationRun, step: ReplaceStep, index: number): Promise<readonly string[]> {
  const { journal, hasher } = run
  if (storedFor(journal, step.name, step.ref) !== undefined) return []
  const versioned = await run.open(step.ref)
  const there = await versioned.current()
  const offered = journal.records.find((record) => record.type === 'offered' && record.step === index)
  if (offered?.type === 'offered' && there?.hmac === offered.hmac) {
    await journal.write({ type: 'put', step: index, stored: landed(versioned, step, there, offered.hmac) })
    return []
  }
  const value = await run.newValue(step)
  if (value === undefined)
    throw new UsageError(
      `The new value of ${step.name} was not written before the run stopped, and it is kept nowhere.`,
      {
        hint: `secretscan migrate rollback ${journal.id}, then rotate again`,
      },
    )
  try {
    versioned.check(value)
    const hmac = hasher.hmac(value)
    if (there?.hmac === hmac && step.source === undefined)
      throw new UsageError(`The new value of ${step.name} is the one that it has.`, { hint: 'Give another one.' })
    await journal.write({ type: 'offered', step: index, hmac })
    const stored = await versioned.replace(value, {
      name: step.name,
      migration: journal.id,
      keep: journal.keptValue(index),
      ...(step.over === undefined ? {} : { over: step.over }),
    })
    await journal.write({ type: 'put', step: index, stored })
  } finally {
    value.wipe()
  }
  return []
}

/** Versions that a stopped run has written without noting it: found by the hash that it noted before. */
export async function unnotedVersions(
  journal: Journal,
  open: RotationRun['open'],
): Promise<readonly { readonly step: number; readonly stored: StoredSecret }[]> {
  const found: { step: number; stored: StoredSecret }[] = []
  for (const record of journal.records) {
    const step = record.type === 'offered' ? journal.plan.steps[record.step] : undefined
    if (record.type !== 'offered' || step?.do !== 'replace') continue
    if (storedFor(journal, step.name, step.ref) !== undefined) continue
    const versioned = await open(step.ref)
    const there = await versioned.current()
    if (there?.hmac === record.hmac)
      found.push({ step: record.step, stored: landed(versioned, step, there, record.hmac) })
  }
  return found
}

/** What a write has made whose end nobody has noted. */
function landed(
  { store }: VersionedSecret,
  { name, over }: ReplaceStep,
  there: { readonly id: string; readonly version?: number },
  hmac: string,
): StoredSecret {
  return {
    store,
    name,
    id: there.id,
    createdByUs: true,
    hmac,
    ...(there.version === undefined ? {} : { version: there.version }),
    ...(over?.version === undefined ? {} : { previousVersion: over.version }),
  }
}

/** @throws StoreError where the place does not hold the version that was written. */
export async function verifyReplaced(
  run: Pick<RotationRun, 'open' | 'newValue'>,
  step: ReplaceStep,
  stored: StoredSecret,
): Promise<Verified | LabelOnly> {
  const versioned = await run.open(step.ref)
  const there = await versioned.current()
  if (there?.hmac !== stored.hmac) throw new StoreError(`${stored.id} does not hold what was written to it.`)
  if (versioned.prove === undefined) return 'read-back'
  const value = await run.newValue(step)
  if (value === undefined) return { how: 'label-only', reason: 'The value is not known any more.' }
  try {
    return await versioned.prove(stored, value)
  } finally {
    value.wipe()
  }
}

/** Values before that runs keep, but for those of the newest `keep` runs. */
async function pruneKeptValues({ workspace }: RotationRun, ref: string, keep: number): Promise<readonly string[]> {
  const kept = [...(await Journal.openAll(workspace))]
    .reverse()
    .flatMap((each) =>
      each.plan.steps.flatMap((step, index) =>
        step.do === 'replace' && step.ref === ref && storedFor(each, step.name, ref) !== undefined && !each.cleaned
          ? [{ id: each.id, file: each.keptValue(index) }]
          : [],
      ),
    )
  const gone: string[] = []
  for (const { id, file } of kept.slice(keep)) {
    const there = await rm(file).then(
      () => true,
      () => false,
    )
    if (there) gone.push(`the value that run ${id} kept`)
  }
  return gone
}
