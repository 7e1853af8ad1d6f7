// Whether a run that stopped may go on, or swap: no file was edited, no value and no secret changed, behind its back. What a rollback may overwrite is
// for restore-files.ts.
import { MigrationStoppedError, UsageError } from '../support/errors.js'
import { Secret } from '../support/secret.js'
import type { Journal } from './journal.js'
import { maskedSha256, projectPath, readIfThere } from './project-files.js'
import type { PlanInput, ReadValue, SecretStore } from './types.js'
import type { ValueHasher } from './workspace.js'

/** Keyed hash of all bytes of a file; undefined of one that is not there. */
export function fileHmac(bytes: Uint8Array | undefined, hasher: ValueHasher): string | undefined {
  return bytes === undefined ? undefined : hasher.hmac(Secret.of(bytes))
}

/**
 * Looks at each file that the run has yet to swap: as the plan saw it, and once a copy was staged, to the byte as it was then.
 * @throws UsageError naming the file (exit 2: nothing was written since)
 */
export async function assertSameFiles(journal: Journal, hasher: ValueHasher): Promise<void> {
  const { plan } = journal
  for (const input of plan.inputs) {
    const swap = plan.steps.findIndex((step) => step.do === 'swap' && step.paths.includes(input.path))
    if (journal.isDone(swap)) continue
    const bytes = await readIfThere(projectPath(plan, input.path))
    const isSwapped = journal.isBegun(swap) && sameBytes(bytes, await readIfThere(journal.staged(input.path)))
    if (isSwapped || isAsBefore(journal, input, bytes, hasher)) continue
    const what = bytes === undefined ? 'is gone' : 'has changed'
    throw new UsageError(`${input.path} ${what} since the plan was made.`, { hint: wayOn(journal.id) })
  }
}

function isAsBefore(
  { plan, records }: Journal,
  { path, cut, maskedSha256: planned }: PlanInput,
  bytes: Uint8Array | undefined,
  hasher: ValueHasher,
): boolean {
  const stage = plan.steps.findIndex((step) => step.do === 'stage' && step.path === path)
  const staged = records.findLast((record) => record.type === 'staged' && record.step === stage)
  if (staged?.type === 'staged') return staged.hmac === fileHmac(bytes, hasher)
  return maskedSha256(bytes ?? new Uint8Array(), cut) === planned
}

/**
 * The values that were written are those that stand in the files still: what is swapped in afterwards takes them out there.
 * @throws UsageError naming the secret
 */
export async function assertSameValues(journal: Journal, hasher: ValueHasher, readValue: ReadValue): Promise<void> {
  const { steps, kind } = journal.plan
  const isStaged = steps.every((step, index) => step.do !== 'stage' || journal.isDone(index))
  if (kind !== undefined || isStaged) return
  const written = new Map(journal.stored().map(({ name, hmac }) => [name, hmac]))
  for (const step of steps) {
    const hmac = step.do === 'put' ? written.get(step.name) : undefined
    if (step.do !== 'put' || hmac === undefined) continue
    const value = await readValue(step.from)
    try {
      if (hasher.hmac(value) === hmac) continue
    } finally {
      value.wipe()
    }
    throw new UsageError(`The value of ${step.name} has changed in the files since it was written.`, {
      hint: wayOn(journal.id),
    })
  }
}

/**
 * The secrets that were written are in their store still, as they were: the files that are swapped in know no other place of the values.
 * @throws UsageError naming the secret
 */
export async function assertSameSecrets(journal: Journal, store: SecretStore | undefined): Promise<void> {
  const written = journal.stored().filter(({ name }) => isPut(journal, name))
  if (store === undefined || written.length === 0) return
  const there = await store.inspect(written.map(({ name }) => name))
  for (const { name, id, hmac } of written) {
    const found = there.get(name)
    const isSame = found?.hmac === undefined ? found?.id === id : found.hmac === hmac
    if (isSame) continue
    throw new UsageError(
      `The secret ${name} (${id}) ${found === undefined ? 'is gone' : 'has changed'} since it was written.`,
      {
        hint: wayOn(journal.id),
      },
    )
  }
}

const isPut = ({ plan: { steps } }: Journal, name: string): boolean =>
  steps.some((step) => step.do === 'put' && step.name === name)

const sameBytes = (left: Uint8Array | undefined, right: Uint8Array | undefined): boolean =>
  left !== undefined && right !== undefined && Buffer.compare(left, right) === 0

const wayOn = (id: string): string =>
  `Take the run back with secretscan migrate rollback ${id}, then migrate again; or undo that change and resume.`

/** What was made ready to be swapped in is there still. @throws MigrationStoppedError: only the way back is left */
export async function assertStaged(journal: Journal): Promise<void> {
  const { steps } = journal.plan
  const isSwapped = steps.every((step, index) => step.do !== 'swap' || journal.isDone(index))
  for (const [index, step] of isSwapped ? [] : steps.entries()) {
    if (step.do !== 'stage' || !journal.isDone(index)) continue
    if ((await readIfThere(journal.staged(step.path))) !== undefined) continue
    throw new MigrationStoppedError(
      `What ${step.path} was to become is gone from ${journal.folder}: migration ${journal.id} cannot be finished.`,
      { hint: `Take it back: secretscan migrate rollback ${journal.id}` },
    )
  }
}
