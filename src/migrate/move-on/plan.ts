// The plan of a project that moved before and moves on: its secrets go from one store to another, and the Compose file says where they
// are now. How services read them does not change. Pure, without a value.
import { relative } from 'node:path'
import { changeSource } from '../../compose/edit-declare.js'
import { EditRefusedError } from '../../compose/errors.js'
import type { ComposeProject } from '../../compose/types.js'
import { UsageError } from '../../support/errors.js'
import type { IgnoreLines } from '../ignore-files.js'
import { type AsGiven, asGiven } from '../project-words.js'
import { addReferences } from '../references.js'
import { missingLines } from '../rewrites/ignore-lines.js'
import { readersOf } from '../rotate/find.js'
import { checkAndSwap, declaringFiles, linesOf } from '../rotate/plan.js'
import type { ComposeEntry, MigrationPlan, PlanStep, StoreKind } from '../types.js'
import type { UseBeside } from '../used-beside.js'
import { Workbook } from '../workbook.js'

/** Readable by every user of a container, inside a folder that only its owner may enter: what a service could read before. */
const AS_IN_SWARM = 0o444

/** A secret where it is now. */
export interface Settled {
  readonly name: string
  /** Absolute path of its file, or its name in the Swarm. */
  readonly at: string
}

export interface MoveOnGathered extends AsGiven {
  readonly project: ComposeProject
  readonly from: StoreKind
  readonly to: StoreKind
  readonly storeOptions: Readonly<Record<string, string>>
  readonly secrets: readonly Settled[]
  readonly select: readonly string[]
  /** Other Compose files that use them where they are. */
  readonly beside?: readonly UseBeside[]
  readonly entryOf: (name: string) => ComposeEntry
  readonly referenceOf?: (name: string) => { readonly ref: string; readonly env: string }
  /** Absolute path -> bytes ("" where one is to be made), and the lines that it needs. */
  readonly ignoreFiles: ReadonlyMap<string, Uint8Array>
  readonly ignoreLines: ReadonlyMap<string, IgnoreLines>
  readonly references?: { readonly file: string; readonly bytes: Uint8Array }
}

export interface MoveOnPlan {
  readonly plan: MigrationPlan
  readonly staged: ReadonlyMap<string, Uint8Array>
  /** Bytes before, of every changed file. */
  readonly before: ReadonlyMap<string, Uint8Array>
}

/** Secrets of the Compose model that are in the store `from`. */
export function settledIn(project: ComposeProject, from: StoreKind): readonly Settled[] {
  const declared = (project.model['secrets'] ?? {}) as Readonly<
    Record<string, { readonly file?: unknown; readonly external?: unknown; readonly name?: unknown }>
  >
  return Object.entries(declared).flatMap(([name, secret]): readonly Settled[] => {
    if (from === 'swarm') return secret.external === true ? [{ name, at: String(secret.name ?? name) }] : []
    // What an agent logs in with is no secret of the services.
    if (typeof secret.file !== 'string' || secret.file.includes('/.secretscan/')) return []
    return [{ name, at: secret.file }]
  })
}

/** @throws UsageError where the Compose file's form does not let a secret be edited. */
export function makeMoveOnPlan(gathered: MoveOnGathered): MoveOnPlan {
  const { project, secrets, from, to, references, ignoreFiles } = gathered
  const extra = new Map([
    ...ignoreFiles,
    ...(references === undefined ? [] : [[references.file, references.bytes] as const]),
  ])
  const book = new Workbook(project, extra)
  for (const { name } of secrets) point(book, project, name, gathered.entryOf(name))
  if (secrets.length > 0) alongside(book, gathered)
  const changes = book.changes()
  const bytesOf = (file: string) =>
    project.files.find((each) => each.file === file)?.bytes ?? extra.get(file) ?? new Uint8Array()
  const steps: PlanStep[] = [
    ...secrets.map((secret): PlanStep => {
      const access = to === 'compose-file' ? { access: { mode: AS_IN_SWARM } } : {}
      return { do: 'put', name: secret.name, from: [sourceOf(secret, gathered)], ...access }
    }),
    ...secrets.map(({ name }): PlanStep => ({ do: 'verify', name })),
    ...changes.map(({ path, edits }): PlanStep => ({ do: 'stage', path, edits })),
    ...(changes.length === 0 ? [] : checkAndSwap(changes.map(({ path }) => path))),
  ]
  const plan: MigrationPlan = {
    schemaVersion: 1,
    kind: 'move',
    from,
    projectDir: project.directory,
    ...asGiven(gathered),
    select: gathered.select,
    images: false,
    to: { store: to, options: gathered.storeOptions },
    inputs: changes.map(({ file, path, edits }) => linesOf(bytesOf(file), path, edits)),
    steps,
    left: [],
    notes: secrets.length === 0 ? [] : [leftNote(gathered), ...besideNotes(gathered)],
    services: [...new Set(secrets.flatMap(({ name }) => readersOf(project, name).users))].sort(),
  }
  return {
    plan,
    staged: new Map(changes.map(({ file, bytes }) => [file, bytes])),
    before: new Map(changes.map(({ file }) => [file, bytesOf(file)])),
  }
}

function point(book: Workbook, project: ComposeProject, name: string, entry: ComposeEntry): void {
  const files = declaringFiles(project, name)
  try {
    for (const file of files) for (const step of changeSource(name, entry)) book.compose(file, step)
  } catch (cause) {
    if (!(cause instanceof EditRefusedError)) throw cause
    throw new UsageError(`The secret ${name} cannot be edited in the Compose file: ${cause.message}.`, {
      hint: 'Write it in a simpler form, or leave it out with --select.',
      cause,
    })
  }
}

function alongside(book: Workbook, { references, referenceOf, secrets, ignoreFiles, ignoreLines }: MoveOnGathered) {
  if (references !== undefined && referenceOf !== undefined) {
    const entries = secrets.map(({ name }) => ({ name, ...referenceOf(name) }))
    book.text(references.file, ({ text, bytes }) => [
      { start: bytes.length, end: bytes.length, insert: addReferences(text, entries) },
    ])
  }
  const names = secrets.map(({ name }) => name)
  for (const file of ignoreFiles.keys())
    book.text(file, ({ text }) => missingLines(text, ignoreLines.get(file)?.(names) ?? []))
}

function sourceOf({ at }: Settled, { project, from }: MoveOnGathered) {
  const path = from === 'swarm' ? at : relative(project.directory, at)
  const transform = [from === 'swarm' ? ('swarm-secret' as const) : ('whole-file' as const)]
  return { place: { kind: 'file' as const, path }, span: { offset: 0 }, transform }
}

function besideNotes({ beside = [], project }: MoveOnGathered): readonly string[] {
  const own = project.mainFiles.map((file) => relative(project.directory, file))
  return beside.map(
    ({ file, use }) =>
      `${file} ${use}, and is not part of this plan: it goes on with what is there. Where it belongs to the project, move on with both (${[...own, file].map((each) => `-f ${each}`).join(' ')}).`,
  )
}

function leftNote({ from, secrets, project }: MoveOnGathered): string {
  if (from === 'swarm')
    return `The Swarm secrets ${secrets.map(({ at }) => at).join(', ')} stay until secretscan migrate clean removes them.`
  const files = secrets.map(({ at }) => relative(project.directory, at))
  return `The files ${files.join(', ')} stay, and hold the values, until secretscan migrate clean removes them.`
}
