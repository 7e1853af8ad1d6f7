// The part of a rollback behind its files: the secrets that the run made and nobody uses, and the login of its agent.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MigrationStoppedError, SecretscanError, UnreachableError } from '../support/errors.js'
import { CREDENTIALS } from './agent/options.js'
import { writtenUnseen } from './apply-secrets.js'
import type { Journal } from './journal.js'
import { KEPT_AS_ASKED } from './journal-record.js'
import type { RollbackResult } from './rollback.js'
import { unnotedVersions } from './rotate/perform.js'
import type { VersionedSecret } from './rotate/versioned.js'
import { readablePlace } from './stored-place.js'
import type { SecretStore, StoredSecret } from './types.js'
import { openHasher, type ValueHasher, type Workspace } from './workspace.js'

export interface RemoveOptions {
  /** Leaves the secrets where they are. */
  readonly keepSecrets: boolean
  /** A person knows that secrets of this migration were rotated since, and that its files hold the values of before. */
  readonly acceptRotated?: boolean
  readonly openStore: (workspace: Workspace, hasher: ValueHasher, journal: Journal) => Promise<SecretStore>
  /** For runs that made new versions. */
  readonly openVersioned?: OpenVersioned
}

type OpenVersioned = (ref: string, journal: Journal, hasher: ValueHasher) => Promise<VersionedSecret>

/** Takes out what the run wrote, in the journal step by step. @throws SecretscanError where the store is away. */
export async function removeSecrets(
  workspace: Workspace,
  journal: Journal,
  options: RemoveOptions,
): Promise<Pick<RollbackResult, 'removed' | 'kept'>> {
  const removed: string[] = []
  const kept: { name: string; reason: string }[] = []
  const keep = async (name: string, reason: string) => {
    kept.push({ name, reason })
    await journal.write({ type: 'kept', name, reason })
  }
  const noteRemoved = async ({ name }: StoredSecret) => {
    removed.push(name)
    await journal.write({ type: 'removed', name })
  }
  const open = options.openVersioned
  if (open !== undefined) await noteVersions(workspace, journal, open)
  const stored = journal.stored()
  const unsure = journal.unsurePuts()
  if (stored.length + unsure.length === 0) return { removed, kept }
  const hasher = await openHasher(workspace)
  const takeBack = takerBack(journal, hasher, open)
  const store =
    takeBack === undefined
      ? await options.openStore(workspace, hasher, journal).catch((error: unknown) => withoutStore(error, options))
      : undefined
  try {
    for (const name of unsure) await store?.tidy?.(name)
    const { ours, others } =
      store === undefined && options.keepSecrets ? { ours: [], others: unsure } : await writtenUnseen(store, journal)
    for (const name of others) await keep(name, 'whether this run wrote it before it was stopped is not known')
    for (const secret of [...stored, ...ours]) {
      if (options.keepSecrets) await keep(secret.name, KEPT_AS_ASKED)
      else if (!secret.createdByUs) await keep(secret.name, 'it was there before')
      else if (takeBack === undefined) {
        const stays = await store?.remove(secret).then(() => undefined, reasonToKeep)
        if (stays !== undefined) await keep(secret.name, stays)
        else await noteRemoved(secret)
      } else {
        // Where the value before does not come to count again, the run is not taken back.
        const stays = await takeBack(secret)
        if (stays === undefined) await noteRemoved(secret)
        else {
          removed.push(secret.name)
          await keep(secret.name, stays)
        }
      }
    }
    await store?.settle?.()
  } finally {
    await store?.close()
  }
  return { removed, kept }
}

/** What stays where it is needs no store that answers. */
function withoutStore(error: unknown, { keepSecrets }: RemoveOptions): undefined {
  if (!keepSecrets || !(error instanceof SecretscanError)) throw error
  return undefined
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

/**
 * @throws MigrationStoppedError where a value is gone that would count again, or where one was changed since the run wrote it, unless what
 * is there is to stay: nothing was taken back.
 */
export async function assertVersionsThere(
  workspace: Workspace,
  journal: Journal,
  open: OpenVersioned,
  keepSecrets: boolean,
): Promise<void> {
  const { id, plan } = journal
  if (journal.state() === 'rolling-back') return
  for (const record of journal.records) {
    const step = record.type === 'put' ? plan.steps[record.step] : undefined
    if (record.type !== 'put' || step?.do !== 'replace') continue
    const versioned = await open(step.ref, journal, await openHasher(workspace))
    const way = await versioned.wayBack(record.stored, journal.keptValue(record.step))
    if (way === 'gone')
      throw new MigrationStoppedError(
        `The value that ${step.name} had before ${id} is gone (--keep removed it): nothing was taken back.`,
        {
          hint: `Make a new version with the value that is to count: secretscan rotate ${step.name}. A migration before it is taken back by its ID, with --keep-secrets.`,
        },
      )
    if (way === 'changed' && !keepSecrets)
      throw new MigrationStoppedError(
        `${readablePlace(plan, record.stored)} has changed since ${id} wrote the value of ${step.name}: nothing was taken back.`,
        {
          hint: `Look at it. secretscan rotate ${step.name} writes another value; secretscan migrate rollback ${id} --keep-secrets leaves the one that is there, and puts the rotation aside.`,
        },
      )
  }
}

/** For runs that made new versions: brings back what was before. undefined for those that only wrote new secrets. */
function takerBack(journal: Journal, hasher: ValueHasher, open: OpenVersioned | undefined) {
  const { steps } = journal.plan
  if (open === undefined || !steps.some((step) => step.do === 'replace')) return undefined
  return async (secret: StoredSecret): Promise<string | undefined> => {
    const record = journal.records.find((each) => each.type === 'put' && each.stored === secret)
    const step = record?.type === 'put' ? steps[record.step] : undefined
    if (record?.type !== 'put' || step?.do !== 'replace') return undefined
    return (await open(step.ref, journal, hasher)).restore(secret, journal.keptValue(record.step))
  }
}

/** Of one secret that a store does not give up. */
function reasonToKeep(error: unknown): string {
  if (!(error instanceof SecretscanError) || isOutage(error)) throw error
  return error.message
}

/** The store is away, which says nothing of this one secret: it can be taken out later. */
const isOutage = (error: SecretscanError & { readonly status?: number }): boolean =>
  error instanceof UnreachableError || (error.status ?? 0) >= 500

/** What an agent logged in with is of no use without it, and opens what it read. @returns the paths */
export async function removeAgentLogin(projectDir: string): Promise<readonly string[]> {
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
