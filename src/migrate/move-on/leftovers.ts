// What secrets that moved on, and Swarm secrets that were taken back, have left where they were: nothing reads it any more. Removed by
// `migrate clean`, only where nobody changed or uses it and, of what moved on, the new place still holds the secret.
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type LoadOptions, loadProject } from '../../compose/load.js'
import { SecretscanError, StoreError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { toldDiskFull } from '../disk-full.js'
import { Journal } from '../journal.js'
import { loadOf } from '../plan-load.js'
import { readIfThere } from '../project-files.js'
import { storedPlace } from '../stored-place.js'
import { openStore } from '../stores/index.js'
import { removeTakenBack, takenBack } from '../taken-back.js'
import type { SecretStore, StoredSecret, StoreKind } from '../types.js'
import { usedBeside } from '../used-beside.js'
import type { VaultAccess } from '../vault/session.js'
import { openHasher, openWorkspace, type ValueHasher, withLock, workspaceOf } from '../workspace.js'
import { type MountedIn, mountedIn } from './mounted.js'
import { settledIn } from './plan.js'

export interface Leftover {
  /** Of the secret. */
  readonly name: string
  readonly from: StoreKind
  /** A file's path, relative to the project, or a name in the Swarm. */
  readonly at: string
  readonly migration: string
}

export interface LeftoversRemoved {
  readonly removed: readonly Leftover[]
  readonly kept: readonly (Leftover & { readonly reason: string })[]
}

/** Of migrations that moved on and have ended, and of runs that were taken back and whose Swarm secrets services used then; what was removed before is not told again. */
export async function leftoversOf(projectDir: string, id: string | undefined): Promise<readonly Leftover[]> {
  const workspace = workspaceOf(projectDir)
  const journals = id === undefined ? await Journal.openAll(workspace) : [await Journal.open(workspace, id)]
  const { journals: all } = await Journal.openReadable(workspace)
  return journals.flatMap((journal) => {
    const { plan } = journal
    const { from } = plan
    const left = takenBack(journal, all).map((stored) => ({
      name: stored.name,
      from: stored.store,
      at: storedPlace(plan, stored),
      migration: journal.id,
    }))
    if (left.length > 0) return left
    if (plan.kind !== 'move' || from === undefined || journal.state() !== 'applied') return []
    const gone = new Set(journal.records.flatMap((record) => (record.type === 'left-removed' ? [record.name] : [])))
    return plan.steps.flatMap((step): readonly Leftover[] => {
      const place = step.do === 'put' ? step.from[0]?.place : undefined
      if (step.do !== 'put' || place === undefined || !('path' in place) || gone.has(step.name)) return []
      return [{ name: step.name, from, at: place.path, migration: journal.id }]
    })
  })
}

/** One after the other; what must stay is told with its reason. Never throws for a single one. */
export async function removeLeftovers(
  leftovers: readonly Leftover[],
  { projectDir, load, vault }: { readonly projectDir: string; readonly load: LoadOptions; readonly vault: VaultAccess },
): Promise<LeftoversRemoved> {
  const removed: Leftover[] = []
  const kept: (Leftover & { reason: string })[] = []
  if (leftovers.length === 0) return { removed, kept }
  const workspace = await openWorkspace(projectDir)
  const hasher = await openHasher(workspace)
  const removers = new Map<string, (leftover: Leftover) => Promise<void>>()
  const removerFor = async (migration: string) => {
    const journal = await Journal.open(workspace, migration)
    return remover(journal, { load: loadOf(journal.plan, load), vault, hasher })
  }
  await withLock(workspace, async () => {
    for (const leftover of leftovers) {
      const { migration } = leftover
      const remove = removers.get(migration) ?? (await removerFor(migration))
      removers.set(migration, remove)
      try {
        await remove(leftover)
        removed.push(leftover)
      } catch (error) {
        if (!(error instanceof SecretscanError)) throw error
        kept.push({ ...leftover, reason: error.message })
      }
    }
  }).catch((error: unknown) => {
    throw toldDiskFull(error, projectDir)
  })
  return { removed, kept }
}

interface Around {
  readonly load: LoadOptions
  readonly vault: VaultAccess
  readonly hasher: ValueHasher
}

function remover(journal: Journal, { load, vault, hasher }: Around) {
  const { projectDir, to } = journal.plan
  const written = journal.stored()
  let open: Promise<SecretStore> | undefined
  let mounted: Promise<MountedIn> | undefined
  return async (leftover: Leftover): Promise<void> => {
    const { name, from, at } = leftover
    const secret = written.find((each) => each.name === name)
    if (secret === undefined) throw new StoreError(`Where ${name} went to is not known.`)
    const project = await loadProject(load)
    const declared = settledIn(project, from)
    const whole = from === 'swarm' ? at : join(projectDir, at)
    if (declared.some((each) => each.at === whole)) throw new StoreError(`The Compose file still names ${at}.`)
    const [beside] = await usedBeside(project, from === 'swarm' ? { names: [at] } : { paths: [whole] })
    if (beside !== undefined) throw new StoreError(`${beside.file} ${beside.use} still.`)
    if (journal.state() === 'rolled-back') {
      await removeTakenBack(secret)
      return journal.write({ type: 'left-removed', name })
    }
    open ??= openStore(to.store, { projectDir, options: to.options, hasher, vault })
    if (!(await (await open).inspect([name])).has(name))
      throw new StoreError(`${name} is no longer where it moved to: this may be the last copy.`)
    if (from !== 'swarm') {
      mounted ??= mountedIn()
      assertUnmounted(await (await mounted)(whole))
    }
    await (from === 'swarm' ? removeSwarmSecret(at) : removeFile(whole, secret, hasher))
    await journal.write({ type: 'left-removed', name })
  }
}

/** @throws StoreError where containers were made with the file. */
function assertUnmounted(containers: readonly string[]): void {
  if (containers.length === 0) return
  throw new StoreError(
    `Containers that were made with it do not start again without it: ${containers.join(', ')}. Make them anew with --force-recreate, and clean again.`,
  )
}

async function removeFile(path: string, { hmac }: StoredSecret, hasher: ValueHasher): Promise<void> {
  const bytes = await readIfThere(path)
  if (bytes === undefined) return
  const value = Secret.of(bytes)
  const changed = hasher.hmac(value) !== hmac
  value.wipe()
  if (changed) throw new StoreError('It has changed since it moved on.')
  await rm(path)
  // The folder goes with its last secret; one that holds anything else stays.
  await rmdir(dirname(path)).catch(() => undefined)
}

/** The Swarm itself refuses to remove what a service uses. */
async function removeSwarmSecret(name: string): Promise<void> {
  const { openSwarm } = await import('../swarm/engine.js')
  const swarm = await openSwarm()
  const secret = (await swarm.secrets()).find(({ Spec }) => Spec?.Name === name)
  if (secret !== undefined) await swarm.remove(secret)
}
