// The steps of a run that concern a store: a secret written, read back, brought to its next version.
import { InternalError, StoreError } from '../support/errors.js'
import type { ApplyContext } from './apply.js'
import type { Journal } from './journal.js'
import { type RotationRun, storedFor, unnotedVersions, verifyReplaced } from './rotate/perform.js'
import type { VersionedSecret } from './rotate/versioned.js'
import type { LabelOnly, PlanStep, SecretStore, StoredSecret, Verified } from './types.js'
import type { ValueHasher, Workspace } from './workspace.js'

/** A run under way: what its steps share. */
export interface Run {
  readonly workspace: Workspace
  readonly journal: Journal
  readonly store: SecretStore | undefined
  /** Opened secrets by reference. */
  readonly opened: Map<string, Promise<VersionedSecret>>
  readonly hasher: ValueHasher
  readonly context: ApplyContext
}

export function rotationRun({ workspace, journal, hasher, opened, context }: Run): RotationRun {
  const { rotation } = context
  if (rotation === undefined) throw new InternalError('this plan rotates, which the caller did not prepare for')
  const open = (ref: string) => {
    const versioned = opened.get(ref) ?? rotation.open(ref, workspace, hasher)
    opened.set(ref, versioned)
    return versioned
  }
  return { workspace, journal, hasher, open, newValue: rotation.newValue }
}

/** A put whose outcome was lost in a crash is looked at before it is done again: never twice what may have happened. */
export async function putSecret(
  { journal, store, hasher, context }: Run,
  step: PlanStep & { do: 'put' },
  index: number,
): Promise<void> {
  if (store === undefined) throw new InternalError('this plan writes, and no store is open')
  if (journal.stored().some(({ name }) => name === step.name)) return
  const value = await context.readValue(step.from)
  try {
    store.check(step.name, value)
    const there = (await store.inspect([step.name])).get(step.name)
    const equal = there?.hmac !== undefined && there.hmac === hasher.hmac(value)
    if (there !== undefined && !equal) {
      throw new StoreError(`${store.kind} already holds a secret "${step.name}" with another value.`, {
        hint: 'Choose another name, or remove it if nothing uses it.',
      })
    }
    if (there === undefined) await journal.write({ type: 'absent', step: index, hmac: hasher.hmac(value) })
    const stored: StoredSecret =
      there === undefined
        ? await store.put(step.name, value, {
            ifVersion: 0,
            migration: journal.id,
            ...(step.access === undefined ? {} : { access: step.access }),
          })
        : {
            store: store.kind,
            name: step.name,
            id: there.id,
            createdByUs:
              (there.migration ?? journal.id) === journal.id &&
              journal.records.some((record) => record.type === 'absent' && record.step === index),
            hmac: hasher.hmac(value),
            ...(there.version === undefined ? {} : { version: there.version }),
          }
    await journal.write({ type: 'put', step: index, stored })
  } finally {
    value.wipe()
  }
}

export async function verifySecret(state: Run, name: string, index: number): Promise<void> {
  const { journal, store, context } = state
  const replaced = journal.plan.steps.find((step) => step.do === 'replace' && step.name === name)
  if (replaced?.do === 'replace') {
    const written = storedFor(journal, name, replaced.ref)
    if (written === undefined) throw new InternalError(`no new version of ${name} is known`)
    return journal.write({
      type: 'verified',
      step: index,
      ...howOf(await verifyReplaced(rotationRun(state), replaced, written)),
    })
  }
  const stored = journal.stored().find((secret) => secret.name === name)
  const put = journal.plan.steps.find((step) => step.do === 'put' && step.name === name)
  if (stored === undefined || put?.do !== 'put' || store === undefined) return
  const value = await context.readValue(put.from)
  try {
    await journal.write({ type: 'verified', step: index, ...howOf(await store.verify(stored, value)) })
  } finally {
    value.wipe()
  }
}

const howOf = (said: Verified | LabelOnly) => (typeof said === 'string' ? { how: said } : said)

/** What stands under names that a stopped run was about to write: ours where the store tells so, else left alone. */
export async function writtenUnseen(
  store: SecretStore | undefined,
  journal: Journal,
): Promise<{ readonly ours: readonly StoredSecret[]; readonly others: readonly string[] }> {
  const names = journal.unsurePuts()
  if (store === undefined || names.length === 0) return { ours: [], others: [] }
  const there = await store.inspect(names)
  const present = names.flatMap((name) => {
    const secret = there.get(name)
    return secret === undefined ? [] : [{ name, secret }]
  })
  // A store that notes no migration holds the very value that was to be written under a name that was free.
  const isOurs = ({ name, secret }: (typeof present)[number]) =>
    secret.migration === journal.id ||
    (secret.migration === undefined && secret.hmac !== undefined && secret.hmac === journal.hmacToWrite(name))
  return {
    ours: present.filter(isOurs).map(({ name, secret: { id, hmac = '', version } }) => ({
      store: store.kind,
      name,
      id,
      hmac,
      createdByUs: true,
      ...(version === undefined ? {} : { version }),
    })),
    others: present.filter((each) => !isOurs(each)).map(({ name }) => name),
  }
}

/**
 * Whether a run that failed has changed anything, its last write included, whose answer may be what was lost; unknown where the store can
 * no longer be asked.
 */
export async function hasWritten(state: Run): Promise<'nothing' | 'something' | 'unknown'> {
  const { journal, store, context } = state
  if (journal.records.some(({ type }) => type === 'put' || type === 'done')) return 'something'
  const begun = journal.records.some(({ type }) => type === 'absent' || type === 'offered')
  if (!begun) return 'nothing'
  try {
    const { ours, others } = await writtenUnseen(store, journal)
    if (ours.length > 0) return 'something'
    const rotated = context.rotation === undefined ? [] : await unnotedVersions(journal, rotationRun(state).open)
    if (rotated.length > 0) return 'something'
    return others.length > 0 ? 'unknown' : 'nothing'
  } catch {
    return 'unknown'
  }
}
