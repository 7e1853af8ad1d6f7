// Carries a plan out: secrets first and read back, then staged copies checked, then all files swapped. Every step is journalled, so
// a run killed anywhere is finished by resuming or taken back by rollback.
import { readFile, rm } from 'node:fs/promises'
import { prepareAll, writeAtomic } from '../support/atomic.js'
import { EXIT, MigrationStoppedError, SecretscanError, UnreachableError, UsageError } from '../support/errors.js'
import { type ApplyResult, resultOf, swappedBy } from './apply-result.js'
import { hasWritten, putSecret, type Run, rotationRun, verifySecret } from './apply-secrets.js'
import { isDiskFull, toldDiskFull } from './disk-full.js'
import { Journal } from './journal.js'
import { assertNoneOpen, movesValues, progressOf, wayOnFrom } from './open-runs.js'
import { applyByteEdits, assertWritable, checkDrift, projectPath, readIfThere, swapIn } from './project-files.js'
import { assertSameFiles, assertSameSecrets, assertSameValues, assertStaged, fileHmac } from './resume-check.js'
import { performRotation, type RotationRun } from './rotate/perform.js'
import type { VersionedSecret } from './rotate/versioned.js'
import { closeFolder } from './secrets-folder.js'
import type { CheckStaged, MigrationPlan, PlanStep, ReadValue, SecretStore } from './types.js'
import { assertKey, openHasher, openWorkspace, type ValueHasher, type Workspace, withLock } from './workspace.js'

export interface ApplyContext {
  readonly signal: AbortSignal
  /** For plans with `put` steps. */
  readonly openStore?: (workspace: Workspace, hasher: ValueHasher) => Promise<SecretStore>
  /** For plans with `replace` steps. */
  readonly rotation?: {
    readonly open: (ref: string, workspace: Workspace, hasher: ValueHasher) => Promise<VersionedSecret>
    readonly newValue: RotationRun['newValue']
  }
  readonly readValue: ReadValue
  readonly checkStaged: CheckStaged
  readonly on: (event: ApplyEvent) => void
  readonly now?: Date
}

export type ApplyEvent = {
  /** The run's ID. */
  readonly id: string
  readonly step: PlanStep
  readonly index: number
  readonly count: number
  readonly detail?: string
}

/** @throws UsageError on drift, LockedError, StoreError before the first write; MigrationStoppedError (exit 5) after it. */
export async function applyPlan(plan: MigrationPlan, context: ApplyContext): Promise<ApplyResult> {
  await checkDrift(plan)
  const workspace = await openWorkspace(plan.projectDir)
  return withLock(workspace, async () => {
    await checkDrift(plan)
    if (movesValues(plan)) await assertNoneOpen(plan.projectDir)
    await assertWritable(plan, swappedBy(plan))
    return run(workspace, { plan }, context)
  })
}

/** Finishes a migration that was killed or stopped. @throws UsageError where a file was edited since: nothing is written. */
export async function resumeMigration(projectDir: string, id: string, context: ApplyContext): Promise<ApplyResult> {
  const workspace = await openWorkspace(projectDir)
  return withLock(workspace, async () => {
    const journal = await Journal.open(workspace, id)
    const state = journal.state()
    if (state !== 'started') {
      const message = `Migration ${id} is ${state}: there is nothing to resume.`
      if (state !== 'rolling-back') throw new UsageError(message, { hint: 'See secretscan migrate status.' })
      throw new MigrationStoppedError(message, { hint: `Finish the way back: secretscan migrate rollback ${id}` })
    }
    if (journal.records.some((record) => 'hmac' in record || record.type === 'put')) await assertKey(workspace, id)
    const hasher = await openHasher(workspace)
    await assertStaged(journal)
    await assertSameFiles(journal, hasher)
    await assertSameValues(journal, hasher, context.readValue)
    await assertWritable(journal.plan, swappedBy(journal.plan)).catch((error: unknown) => {
      throw isDiskFull(error) ? stopped(journal, error) : error
    })
    return run(workspace, { journal }, context)
  })
}

async function run(
  workspace: Workspace,
  from: { readonly plan: MigrationPlan } | { readonly journal: Journal },
  context: ApplyContext,
): Promise<ApplyResult> {
  const hasher = await openHasher(workspace)
  const store = await context.openStore?.(workspace, hasher)
  let state: Run | undefined
  try {
    const journal =
      'journal' in from ? from.journal : await Journal.create(workspace, from.plan, context.now ?? new Date())
    if ('journal' in from) {
      await assertSameSecrets(journal, store)
      for (const { name } of journal.stored()) await store?.tidy?.(name)
    }
    state = { workspace, journal, store, opened: new Map(), hasher, context }
    await closeFolder(journal)
    await walk(state)
    await store?.settle?.()
    return resultOf(journal)
  } catch (cause) {
    const error = toldDiskFull(cause, workspace.projectDir)
    if (state === undefined) throw error
    const written = await hasWritten(state)
    // Of a run that was refused nothing stays, or it would count as one that stopped half-way.
    const interrupted = context.signal.aborted
    const refused = interrupted || (error instanceof SecretscanError && error.exitCode !== EXIT.bug)
    if (refused && written === 'nothing' && 'plan' in from) await forget(state)
    const lost = written === 'unknown' && error instanceof UnreachableError
    if (interrupted && written !== 'nothing') throw interruptedIn(state.journal, error)
    throw written === 'something' || lost ? stopped(state.journal, error) : error
  } finally {
    await store?.close()
  }
}

async function forget({ journal, store }: Run): Promise<void> {
  for (const name of journal.unsurePuts()) await store?.tidy?.(name)
  await rm(journal.folder, { recursive: true, force: true })
}

const interruptedIn = (journal: Journal, cause: unknown): Error =>
  new MigrationStoppedError(`Migration ${journal.id} was interrupted: ${progressOf(journal)}.`, {
    hint: wayOnFrom(journal.id),
    cause,
  })

function stopped(journal: Journal, error: unknown): Error {
  if (error instanceof SecretscanError && error.exitCode === EXIT.bug) return error
  const message = error instanceof Error ? error.message : String(error)
  const hint = error instanceof SecretscanError && error.hint !== undefined ? `${error.hint} ` : ''
  return new MigrationStoppedError(`Migration ${journal.id} stopped: ${message}`, {
    hint: `${hint}${wayOnFrom(journal.id)}`,
    cause: error,
  })
}

async function walk(state: Run): Promise<void> {
  const { journal, context } = state
  const { steps } = journal.plan
  for (const [index, step] of steps.entries()) {
    if (journal.isDone(index)) continue
    context.signal.throwIfAborted()
    context.on({ id: journal.id, step, index, count: steps.length })
    await journal.write({ type: 'intent', step: index })
    const detail = (await perform(state, step, index)) ?? []
    await journal.write({ type: 'done', step: index, ...(detail.length === 0 ? {} : { detail }) })
  }
  await journal.write({ type: 'applied' })
}

/** @returns what there is to tell of the step. */
async function perform(state: Run, step: PlanStep, index: number): Promise<readonly string[] | undefined> {
  switch (step.do) {
    case 'replace':
    case 'roll':
    case 'prune':
      return performRotation(rotationRun(state), step, index)
    case 'check': {
      const by = await state.context.checkStaged(step.what, await stagedFiles(state.journal))
      return by === undefined ? undefined : [by]
    }
    default:
      await performMove(state, step, index)
      return undefined
  }
}

async function performMove(
  state: Run,
  step: Exclude<PlanStep, { readonly do: 'replace' | 'roll' | 'prune' | 'check' }>,
  index: number,
): Promise<void> {
  switch (step.do) {
    case 'put':
      return putSecret(state, step, index)
    case 'verify':
      return verifySecret(state, step.name, index)
    case 'stage':
      return stageFile(state, step, index)
    case 'swap':
      await assertSameFiles(state.journal, state.hasher)
      await assertSameSecrets(state.journal, state.store)
      await (await prepareAll(step.paths, (path) => swapIn(filesOf(state.journal, path)))).commit()
  }
}

async function stageFile({ journal, hasher }: Run, step: PlanStep & { do: 'stage' }, index: number): Promise<void> {
  const bytes = await readIfThere(projectPath(journal.plan, step.path))
  const hmac = fileHmac(bytes, hasher)
  await journal.write({ type: 'staged', step: index, ...(hmac === undefined ? {} : { hmac }) })
  const staged = applyByteEdits(bytes ?? new Uint8Array(), step.edits)
  await writeAtomic(journal.staged(step.path), staged, { mode: 0o600 })
}

async function stagedFiles(journal: Journal): Promise<ReadonlyMap<string, Uint8Array>> {
  const staged = new Map<string, Uint8Array>()
  for (const step of journal.plan.steps) {
    if (step.do === 'stage') staged.set(step.path, await readFile(journal.staged(step.path)))
  }
  return staged
}

export function filesOf(journal: Journal, path: string) {
  return {
    path: projectPath(journal.plan, path),
    original: journal.original(path),
    staged: journal.staged(path),
    merged: journal.merged(path),
  }
}
