// The plan of a run that makes new versions: what is written, the edit of the Compose file where it names a version (Swarm), what moves
// over. Pure, without a value, carried out by the same journal as a migration.
import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar } from 'yaml'
import { addEntry } from '../../compose/edit-additions.js'
import { replaceValue } from '../../compose/edit-entries.js'
import { type EditableFile, editableFile, nodeAt } from '../../compose/edit-file.js'
import { EditRefusedError } from '../../compose/errors.js'
import type { YamlPath } from '../../compose/tree.js'
import type { ComposeProject } from '../../compose/types.js'
import { StoreError, UsageError } from '../../support/errors.js'
import { maskedSha256 } from '../project-files.js'
import { type AsGiven, asGiven } from '../project-words.js'
import type { Edit, MigrationPlan, PlanInput, PlanStep, Replaced, StoreKind } from '../types.js'
import { Workbook } from '../workbook.js'

/** One secret that gets a new version. */
export interface NextVersion {
  readonly name: string
  readonly ref: string
  /** Reference of the value; absent: a person gives it. */
  readonly source?: string
  readonly over?: Replaced
  /** The newest version is right already: only files and services may be behind. */
  readonly unchanged?: true
  /** Swarm: as the Compose file names it now, and then. */
  readonly swarmName?: { readonly from: string; readonly to: string }
}

export interface RotationPlanOptions extends AsGiven {
  readonly kind: 'rotation' | 'sync'
  readonly project: ComposeProject
  readonly store: StoreKind
  readonly storeOptions: Readonly<Record<string, string>>
  readonly versions: readonly NextVersion[]
  /** Older versions to be kept; absent: all. */
  readonly keep?: number
  readonly services: readonly string[]
  /** Of these the databases that have to be told. */
  readonly databases?: readonly string[]
}

export interface RotationPlan {
  readonly plan: MigrationPlan
  /** Changed files by absolute path. */
  readonly staged: ReadonlyMap<string, Uint8Array>
}

/** @throws UsageError where a file names the version in a way that no edit can follow. */
export function makeRotationPlan(options: RotationPlanOptions): RotationPlan {
  const { project, versions, keep } = options
  const book = new Workbook(project)
  for (const { name, swarmName } of versions)
    if (swarmName !== undefined && swarmName.from !== swarmName.to) rename(book, project, name, swarmName.to)
  const changes = book.changes()
  const written = versions.filter(({ unchanged }) => unchanged === undefined)
  const steps: PlanStep[] = [
    ...written.map(({ name, ref, source, over }): PlanStep => {
      const base = { do: 'replace' as const, name, ref }
      return { ...base, ...(source === undefined ? {} : { source }), ...(over === undefined ? {} : { over }) }
    }),
    ...written.map(({ name }): PlanStep => ({ do: 'verify', name })),
    ...changes.map(({ path, edits }): PlanStep => ({ do: 'stage', path, edits })),
    ...(changes.length === 0 ? [] : checkAndSwap(changes.map(({ path }) => path))),
    ...versions.flatMap(({ name, ref, swarmName }): readonly PlanStep[] =>
      swarmName === undefined || swarmName.from === swarmName.to
        ? []
        : [{ do: 'roll', name, ref, from: swarmName.from }],
    ),
    ...(keep === undefined ? [] : written.map(({ name, ref }): PlanStep => ({ do: 'prune', name, ref, keep }))),
  ]
  const plan: MigrationPlan = {
    schemaVersion: 1,
    kind: options.kind,
    projectDir: project.directory,
    ...asGiven(options),
    ...(options.databases?.length ? { databases: options.databases } : {}),
    select: versions.map(({ name }) => name),
    images: false,
    to: { store: options.store, options: options.storeOptions },
    inputs: changes.map(({ path, edits, file }) => linesOf(bytesOf(project, file), path, edits)),
    steps,
    left: [],
    notes: [],
    services: options.services,
  }
  return { plan, staged: new Map(changes.map(({ file, bytes }) => [file, bytes])) }
}

export const checkAndSwap = (paths: readonly string[]): readonly PlanStep[] => [
  { do: 'check', what: 'model' },
  { do: 'check', what: 'engine' },
  { do: 'swap', paths },
]

const bytesOf = (project: ComposeProject, file: string): Uint8Array =>
  project.files.find((each) => each.file === file)?.bytes ?? new Uint8Array()

/** Only the lines that are edited are hashed: what else stands in the file may hold a value that somebody could guess. */
export function linesOf(bytes: Uint8Array, path: string, edits: readonly Edit[]): PlanInput {
  const cut: { start: number; end: number }[] = []
  let at = 0
  for (const { start, end } of edits) {
    const from = bytes.lastIndexOf(0x0a, Math.max(0, start - 1)) + 1
    const newline = bytes.indexOf(0x0a, end)
    if (from > at) cut.push({ start: at, end: from })
    at = Math.max(at, newline < 0 ? bytes.length : newline)
  }
  if (at < bytes.length) cut.push({ start: at, end: bytes.length })
  return { path, cut, maskedSha256: maskedSha256(bytes, cut) }
}

/** Writes the new version's name where the Compose files have the old one. */
function rename(book: Workbook, project: ComposeProject, name: string, to: string): void {
  const files = declaringFiles(project, name)
  try {
    for (const file of files) book.compose(file, (open) => renamed(open, name, to))
  } catch (error) {
    if (!(error instanceof EditRefusedError)) throw error
    throw new UsageError(`The version of ${name} cannot be changed in the Compose file: ${error.message}.`, {
      hint: 'Write it as "name: TEXT" below the secret.',
      cause: error,
    })
  }
}

function renamed(open: EditableFile, name: string, to: string): ReturnType<typeof replaceValue> {
  const at: YamlPath = ['secrets', name]
  const path = [
    [...at, 'name'],
    [...at, 'external', 'name'],
  ].find((each) => isThere(open, each))
  if (path === undefined) return addEntry(open, { section: at, key: 'name' }, to)
  refuseVariable(open, path, name)
  return replaceValue(open, path, to)
}

/**
 * The last Compose file that declares the secret, and those before it that say the same of it.
 * @throws UsageError where none declares it itself
 */
export function declaringFiles(project: ComposeProject, name: string): readonly string[] {
  const all = project.files.flatMap(({ file, kind, bytes }) => {
    const declared = kind === 'compose' ? declarationIn(file, bytes, name) : undefined
    return declared === undefined ? [] : [{ file, declared }]
  })
  const last = all.at(-1)
  if (last !== undefined)
    return all.filter(({ declared }) => isDeepStrictEqual(declared, last.declared)).map(({ file }) => file)
  throw new UsageError(`No Compose file of the project declares the secret ${name} itself.`, {
    hint: 'It may come from an included project: do it there.',
  })
}

function declarationIn(file: string, bytes: Uint8Array, name: string): unknown {
  try {
    const node = nodeAt(editableFile(file, bytes), ['secrets', name])
    return isMap(node) ? node.toJSON() : undefined
  } catch {
    return undefined
  }
}

function isThere(file: EditableFile, path: YamlPath): boolean {
  try {
    return nodeAt(file, path) !== undefined
  } catch {
    return false
  }
}

function refuseVariable(file: EditableFile, path: YamlPath, name: string): void {
  const node = nodeAt(file, path)
  if (isScalar(node) && /(?:^|[^$])(?:\$\$)*\$[{A-Za-z_]/.test(node.source ?? ''))
    throw new UsageError(`The name of ${name} is put together of variables in the Compose file.`, {
      hint: 'Write the name out, or set the variable to the next version yourself.',
    })
}

/** @throws StoreError where the staged project differs in anything but where these secrets are (`source`), or their versions. */
export function assertOnlyVersions(
  before: ComposeProject,
  after: ComposeProject,
  names: readonly string[],
  what: 'version' | 'source' = 'version',
): void {
  const bare = (project: ComposeProject): string => {
    const secrets = { ...((project.model['secrets'] ?? {}) as Readonly<Record<string, unknown>>) }
    for (const name of names)
      secrets[name] = what === 'source' ? {} : { ...(secrets[name] as object | undefined), name: '' }
    return JSON.stringify({ ...project.model, secrets })
  }
  if (bare(before) !== bare(after))
    throw new StoreError('The edited project would not mean the same.', {
      hint: 'Nothing was changed in your files; please report this file.',
    })
}
