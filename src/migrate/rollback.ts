// Takes a migration back: the files' bytes first, then the secrets that it made and nobody uses.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { EXIT, MigrationStoppedError, SecretscanError, UnreachableError, UsageError } from '../support/errors.js'
import { AGENT_CONFIG, CREDENTIALS } from './agent/options.js'
import { writtenUnseen } from './apply-secrets.js'
import { Journal } from './journal.js'
import { projectPath } from './project-files.js'
import { restoreFiles } from './restore-files.js'
import { unnotedVersions } from './rotate/perform.js'
import type { VersionedSecret } from './rotate/versioned.js'
import type { MigrationPlan, SecretStore, StoredSecret } from './types.js'
import { openHasher, type ValueHasher, type Workspace, withLock, workspaceOf } from './workspace.js'

export interface RollbackOptions {
  /** Leaves the secrets where they are. */
  readonly keepSecrets: boolean
  readonly openStore: (workspace: Workspace, hasher: ValueHasher, journal: Journal) => Promise<SecretStore>
  /** For runs that made new versions. */
  readonly openVersioned?: OpenVersioned
}

type OpenVersioned = (ref: string, journal: Journal, hasher: ValueHasher) => Promise<VersionedSecret>

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
  /** The file that keeps those out of git, where the migration's own lines for that are gone. */
  readonly hidden: string | undefined
  /** Files that the Vault Agent of the migration logged in with, and that are gone. */
  readonly agentLogin: readonly string[]
}

/** @throws MigrationStoppedError when lines that the migration wrote were edited since: nothing is overwritten. */
export async function rollback(
  projectDir: string,
  id: string | undefined,
  options: RollbackOptions,
): Promise<RollbackResult> {
  const workspace = workspaceOf(projectDir)
  const chosen = id ?? (await latest(workspace))
  const journal = await Journal.open(workspace, chosen)
  if (journal.state() === 'rolled-back') throw new UsageError(`Migration ${chosen} was rolled back already.`)
  if (journal.cleaned)
    throw new UsageError(`The originals of migration ${chosen} were removed by clean: it cannot be rolled back.`, {
      hint: 'Restore the files from version control.',
    })
  if (!options.keepSecrets) await assertNotShared(workspace, journal)
  return withLock(workspace, async () => {
    const { restored, merged, deleted } = await restoreFiles(journal, options.keepSecrets)
    const outcome = await removeSecrets(workspace, journal, options).catch((error: unknown) => {
      throw halfTakenBack(chosen, error, restored.length + merged.length + deleted.length > 0)
    })
    const hidden = await hideKept(journal, outcome.kept, [...restored, ...merged, ...deleted])
    const login = deleted.includes(AGENT_CONFIG) ? await removeAgentLogin(projectDir) : []
    await journal.write({ type: 'rolled-back' })
    await rm(join(journal.folder, 'merged'), { recursive: true, force: true })
    return { id: chosen, kind: journal.plan.kind, restored, merged, deleted, ...outcome, hidden, agentLogin: login }
  })
}

/**
 * Files of secrets that stay, be they another migration's, must not get into git with the next "git add": the lines that kept them out have
 * been taken back. @returns the file that keeps them out now, where one was needed
 */
async function hideKept(
  { plan }: Journal,
  kept: RollbackResult['kept'],
  takenBack: readonly string[],
): Promise<string | undefined> {
  const folder = plan.to.options['secrets-dir']
  if (plan.to.store !== 'compose-file' || folder === undefined || isAbsolute(folder)) return undefined
  const left = await readdir(projectPath(plan, folder)).catch(() => [])
  const isOpen = left.length > 0 && takenBack.some((path) => basename(path) === '.gitignore')
  if (kept.length === 0 && !isOpen) return undefined
  const path = join(folder, '.gitignore')
  return writeFile(projectPath(plan, path), '*\n', { flag: 'wx' }).then(
    () => path,
    () => undefined, // There is one already, or no folder any more.
  )
}

/** The store is away, which says nothing of this one secret: it can be taken out later. */
const isOutage = (error: SecretscanError & { readonly status?: number }): boolean =>
  error instanceof UnreachableError || (error.status ?? 0) >= 500

/** The files are as they were, and what is in the store is not. */
function halfTakenBack(id: string, error: unknown, hadFiles: boolean): unknown {
  if (!(error instanceof SecretscanError) || error.exitCode !== EXIT.unreachable) return error
  const files = hadFiles ? 'the files are as they were before, what is in the store still stays. ' : ''
  const hint = error.hint === undefined ? '' : `${error.hint.replace(/\.?$/, '.')} `
  return new MigrationStoppedError(`Migration ${id} is taken back in part: ${files}${error.message}`, {
    hint: `${hint}Then finish it: secretscan migrate rollback ${id} (--keep-secrets leaves what is in the store).`,
    cause: error,
  })
}

/** What an agent logged in with is of no use without it, and opens what it read. @returns the paths */
async function removeAgentLogin(projectDir: string): Promise<readonly string[]> {
  const files = [...new Set(Object.values(CREDENTIALS).flatMap((each) => each.map(({ file }) => file.slice(2))))]
  const there: string[] = []
  for (const file of files) {
    const gone = await rm(join(projectDir, file)).then(
      () => true,
      () => false,
    )
    if (gone) there.push(file)
  }
  return there
}

/**
 * The secrets of a copied project are the other copy's too, but for files that were copied with it.
 * @throws UsageError where the project that the migration was made in still has it.
 */
async function assertNotShared(workspace: Workspace, journal: Journal): Promise<void> {
  const { madeIn, plan, id } = journal
  const { store, options } = plan.to
  if (madeIn === workspace.projectDir) return
  if (store === 'compose-file' && !isAbsolute(options['secrets-dir'] ?? '')) return
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
): Promise<{ readonly id: string; readonly files: readonly string[]; readonly rotated: readonly string[] }> {
  const workspace = workspaceOf(projectDir)
  const journal = await Journal.open(workspace, id ?? (await latest(workspace)))
  const { steps } = journal.plan
  return {
    id: journal.id,
    files: steps.flatMap((step) => (step.do === 'swap' ? step.paths : [])),
    rotated: steps.flatMap((step) => (step.do === 'replace' ? [step.name] : [])),
  }
}

/** The newest migration that can be taken back. */
async function latest(workspace: Workspace): Promise<string> {
  for (const journal of [...(await Journal.openAll(workspace))].reverse()) {
    if (journal.state() !== 'rolled-back' && !journal.cleaned) return journal.id
  }
  throw new UsageError(`There is no migration to roll back in ${workspace.projectDir}.`)
}

async function removeSecrets(workspace: Workspace, journal: Journal, options: RollbackOptions) {
  const removed: string[] = []
  const kept: { name: string; reason: string }[] = []
  const keep = async (name: string, reason: string) => {
    kept.push({ name, reason })
    await journal.write({ type: 'kept', name, reason })
  }
  const open = options.openVersioned
  if (open !== undefined) await noteVersions(workspace, journal, open)
  const stored = journal.stored()
  const unsure = journal.unsurePuts()
  if (stored.length + unsure.length === 0) return { removed, kept }
  const hasher = await openHasher(workspace)
  const takeBack = takerBack(journal, hasher, open)
  const store = takeBack === undefined ? await options.openStore(workspace, hasher, journal) : undefined
  try {
    for (const name of unsure) await store?.tidy?.(name)
    const { ours, others } = await writtenUnseen(store, journal)
    for (const name of others) await keep(name, 'whether this run wrote it before it was stopped is not known')
    for (const secret of [...stored, ...ours]) {
      if (options.keepSecrets) await keep(secret.name, '--keep-secrets')
      else if (!secret.createdByUs) await keep(secret.name, 'it was there before')
      else {
        try {
          await (store?.remove(secret) ?? takeBack?.(secret))
          removed.push(secret.name)
          await journal.write({ type: 'removed', name: secret.name })
        } catch (error) {
          if (!(error instanceof SecretscanError) || isOutage(error)) throw error
          await keep(secret.name, error.message)
        }
      }
    }
  } finally {
    await store?.close()
  }
  return { removed, kept }
}

/** A run that was killed behind a write has it noted now, so that it is taken back too; of one killed in a write nothing stays. */
async function noteVersions(workspace: Workspace, journal: Journal, open: OpenVersioned): Promise<void> {
  const offered = new Set(journal.records.flatMap((record) => (record.type === 'offered' ? [record.step] : [])))
  if (offered.size === 0) return
  const hasher = await openHasher(workspace)
  for (const index of offered) {
    const step = journal.plan.steps[index]
    if (step?.do === 'replace') await (await open(step.ref, journal, hasher)).tidy?.()
  }
  for (const { step, stored } of await unnotedVersions(journal, (ref) => open(ref, journal, hasher)))
    await journal.write({ type: 'put', step, stored })
}

/** For runs that made new versions: brings back what was before. undefined for those that only wrote new secrets. */
function takerBack(journal: Journal, hasher: ValueHasher, open: OpenVersioned | undefined) {
  const { steps } = journal.plan
  if (open === undefined || !steps.some((step) => step.do === 'replace')) return undefined
  return async (secret: StoredSecret): Promise<void> => {
    const record = journal.records.find((each) => each.type === 'put' && each.stored === secret)
    const step = record?.type === 'put' ? steps[record.step] : undefined
    if (record?.type !== 'put' || step?.do !== 'replace') return
    await (await open(step.ref, journal, hasher)).restore(secret, journal.keptValue(record.step))
  }
}

/** Removes the kept originals and staged copies of ended migrations; the journal stays. @returns the IDs that were cleaned. */
export async function clean(projectDir: string, id: string | undefined): Promise<readonly string[]> {
  const workspace = workspaceOf(projectDir)
  const ids = id === undefined ? await Journal.list(workspace) : [id]
  const cleaned: string[] = []
  if (ids.length === 0) return cleaned
  await withLock(workspace, async () => {
    for (const each of ids) {
      const journal = await Journal.open(workspace, each)
      if (journal.cleaned) continue
      if (journal.state() === 'started' || journal.state() === 'rolling-back') {
        if (id === undefined) continue
        throw new UsageError(`Migration ${each} has not ended: its originals are still needed.`, {
          hint: `Run secretscan migrate apply --resume ${each}, or secretscan migrate rollback ${each}.`,
        })
      }
      for (const name of ['originals', 'staged', 'merged'])
        await rm(join(journal.folder, name), { recursive: true, force: true })
      await journal.write({ type: 'cleaned' })
      cleaned.push(each)
    }
  })
  return cleaned
}
