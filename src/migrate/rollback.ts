// Takes a migration back: the files' bytes first, then the secrets that it made and nobody uses.
import { rm } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { EXIT, MigrationStoppedError, SecretscanError, UnreachableError, UsageError } from '../support/errors.js'
import { sentence } from '../support/sentence.js'
import { AGENT_CONFIG } from './agent/options.js'
import { diskFullWords, makeRoom } from './disk-full.js'
import { Journal } from './journal.js'
import { keepOut, letIn } from './kept-out.js'
import { assertVersionsThere, type RemoveOptions, removeAgentLogin, removeSecrets } from './remove-secrets.js'
import { restoreFiles } from './restore-files.js'
import { assertNewest, assertNotLastCopy, assertNotRotated, type LaterRotation, rotatedSince } from './rotated-since.js'
import { reopenFolder } from './secrets-folder.js'
import type { MigrationPlan } from './types.js'
import { assertKey, openHasher, type Workspace, withLock, workspaceOf } from './workspace.js'

export interface RollbackResult {
  readonly id: string
  /** Files that have their old bytes again. */
  readonly restored: readonly string[]
  /** Files that were edited since: the edits are kept, what the migration wrote is as it was before. */
  readonly merged: readonly string[]
  /** Files that the migration made and that are gone. */
  readonly deleted: readonly string[]
  /** Secrets, or of a rotation their new versions. */
  readonly removed: readonly string[]
  /** Of a rotation: the value before counts again. */
  readonly kind: MigrationPlan['kind']
  readonly kept: readonly { readonly name: string; readonly reason: string }[]
  /** The files that keep those out of git and images now, where the migration's own lines for that are gone. */
  readonly hidden: readonly string[]
  /** Files that the Vault Agent of the migration logged in with, and that are gone. */
  readonly agentLogin: readonly string[]
}

/**
 * @throws MigrationStoppedError when lines that the migration wrote were edited since, or its secrets rotated: nothing is overwritten.
 */
export async function rollback(
  projectDir: string,
  id: string | undefined,
  options: RemoveOptions,
): Promise<RollbackResult> {
  const workspace = workspaceOf(projectDir)
  const chosen = id ?? (await latest(workspace))
  const journal = await Journal.open(workspace, chosen)
  if (journal.state() === 'rolled-back') throw new UsageError(`Migration ${chosen} was rolled back already.`)
  if (journal.cleaned)
    throw new UsageError(`The originals of migration ${chosen} were removed by clean: it cannot be rolled back.`, {
      hint: 'Restore the files from version control.',
    })
  if (!options.keepSecrets) {
    if (journal.stored().length + journal.unsurePuts().length > 0) await assertKey(workspace, chosen)
    await assertNotShared(workspace, journal)
    if (options.acceptRotated !== true) assertNotRotated(chosen, await rotatedSince(workspace, journal))
    await assertNewest(workspace, journal)
    await assertNotLastCopy(workspace, journal)
    await assertStoreOpens(workspace, journal, options)
  }
  const { openVersioned } = options
  if (openVersioned !== undefined) await assertVersionsThere(workspace, journal, openVersioned, options.keepSecrets)
  return withLock(workspace, async () => {
    const { restored, merged, deleted } = await restoreFiles(journal, options.keepSecrets)
    const outcome = await removeSecrets(workspace, journal, options).catch((error: unknown) => {
      throw halfTakenBack(journal, error, restored.length + merged.length + deleted.length > 0)
    })
    const hidden = await keepOut(workspace, journal, outcome.kept.length > 0, [...restored, ...merged, ...deleted])
    const login = deleted.includes(AGENT_CONFIG) ? await removeAgentLogin(projectDir) : []
    await journal.write({ type: 'rolled-back' })
    const open = await letIn(workspace, journal)
    await reopenFolder(workspace, journal)
    await rm(join(journal.folder, 'merged'), { recursive: true, force: true })
    const changed = {
      restored: [...new Set([...restored, ...open.restored])],
      merged,
      deleted: [...deleted.filter((path) => !hidden.includes(path)), ...open.deleted],
    }
    const stillHidden = hidden.filter((path) => !open.deleted.includes(path) && !open.restored.includes(path))
    return { id: chosen, kind: journal.plan.kind, ...changed, ...outcome, hidden: stillHidden, agentLogin: login }
  }).catch((error: unknown) => {
    throw withoutRoom(journal, error)
  })
}

/** Files are given back all or none, and what is left to do is done by the next rollback. */
function withoutRoom({ id, plan }: Journal, error: unknown): unknown {
  const words = diskFullWords(error)
  if (words === undefined) return error
  return new MigrationStoppedError(`Migration ${id} is not taken back yet: ${words}.`, {
    hint: `${makeRoom(plan.projectDir)} Then run it again: secretscan migrate rollback ${id}`,
    cause: error,
  })
}

/** Before a file is touched: an address that is not known, a login that fails. Where files are back already, that is told as a half. */
async function assertStoreOpens(workspace: Workspace, journal: Journal, { openStore }: RemoveOptions): Promise<void> {
  const isRotation = journal.plan.steps.some((step) => step.do === 'replace')
  if (isRotation || journal.state() === 'rolling-back' || journal.stored().length + journal.unsurePuts().length === 0)
    return
  const store = await openStore(workspace, await openHasher(workspace), journal).catch((error: unknown) => {
    throw nothingYet(error)
  })
  await store.close()
}

function nothingYet(error: unknown): unknown {
  if (!(error instanceof UsageError) && !(error instanceof UnreachableError)) return error
  const hint = `${advice(error)}Nothing was changed. (--keep-secrets takes the files back and leaves what is in the store.)`
  return error instanceof UsageError
    ? new UsageError(error.message, { hint, cause: error })
    : new UnreachableError(error.message, { hint, cause: error })
}

const advice = ({ hint }: SecretscanError): string => (hint === undefined ? '' : `${sentence(hint)} `)

/** The files are as they were, and what is in the store is not. */
function halfTakenBack({ id, plan }: Journal, error: unknown, hadFiles: boolean): unknown {
  if (!(error instanceof SecretscanError) || error.exitCode !== EXIT.unreachable) return error
  const files = hadFiles ? 'the files are as they were before, what is in the store still stays. ' : ''
  const what = plan.kind === 'rotation' ? 'Rotation' : 'Migration'
  return new MigrationStoppedError(`${what} ${id} is taken back in part: ${files}${error.message}`, {
    hint: `${advice(error)}Then finish it: secretscan migrate rollback ${id} (--keep-secrets leaves what is in the store).`,
    cause: error,
  })
}

/**
 * The secrets of a copied project are the other copy's too, but for files that were copied with it.
 * @throws UsageError where the project that the migration was made in still has it.
 */
async function assertNotShared(workspace: Workspace, journal: Journal): Promise<void> {
  const { madeIn, plan, id } = journal
  const { store, options } = plan.to
  if (madeIn === workspace.projectDir) return
  const folder = normalize(options['secrets-dir'] ?? '')
  if (store === 'compose-file' && !isAbsolute(folder) && !folder.startsWith('..')) return
  const original = await Journal.open(workspaceOf(madeIn), id).catch(() => undefined)
  if (original === undefined || original.state() === 'rolled-back') return
  throw new UsageError(`Migration ${id} was made in ${madeIn}, whose services use the same secrets.`, {
    hint: 'Take it back there, or run rollback here with --keep-secrets, which restores the files of this folder only.',
  })
}

/** What a rollback would take back: for the question before it. @throws UsageError where there is nothing. */
export async function rollbackTarget(
  projectDir: string,
  id: string | undefined,
): Promise<{
  readonly id: string
  readonly files: readonly string[]
  readonly rotated: readonly string[]
  /** Rotations since, of secrets that it wrote: their values are not in the files that come back. */
  readonly rotatedSince: readonly LaterRotation[]
  readonly plan: MigrationPlan
}> {
  const workspace = workspaceOf(projectDir)
  const journal = await Journal.open(workspace, id ?? (await latest(workspace)))
  const { plan } = journal
  const { steps } = plan
  return {
    id: journal.id,
    files: steps.flatMap((step) => (step.do === 'swap' ? step.paths : [])),
    rotated: steps.flatMap((step) => (step.do === 'replace' ? [step.name] : [])),
    rotatedSince: await rotatedSince(workspace, journal),
    plan,
  }
}

/** The newest migration that can be taken back. */
async function latest(workspace: Workspace): Promise<string> {
  const all = (await Journal.openAll(workspace)).filter((journal) => journal.state() !== 'rolled-back')
  const journal = all.findLast(({ cleaned }) => !cleaned)
  if (journal !== undefined) return journal.id
  const cleaned = all.at(-1)
  throw new UsageError(`There is no migration to roll back in ${workspace.projectDir}.`, {
    hint:
      cleaned === undefined
        ? 'secretscan migrate status lists what was done here.'
        : `The originals of ${cleaned.id} were removed by clean: restore the files from version control.`,
  })
}
