// The project's files on the bench: each edit made on the result of those before it, kept as edits of the original bytes.
import { join, relative, resolve } from 'node:path'
import { isMap, isScalar } from 'yaml'
import type { EditStep } from '../compose/edit.js'
import { type EditableFile, editableFile, nodeAt } from '../compose/edit-file.js'
import { closeOpenBlock } from '../compose/edit-lines.js'
import { EditRefusedError } from '../compose/errors.js'
import type { YamlPath } from '../compose/tree.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Dockerfile } from '../dockerfile/types.js'
import { type SourceText, sourceText } from '../support/source-text.js'
import { wholeFiles } from './alternative-files.js'
import { type Part, PendingEdits, PendingLines } from './pending-edits.js'
import { PieceTable } from './piece-table.js'
import type { Edit } from './types.js'

/** Thrown by the edits of these candidates: they are left, and the plan is made again without them. */
export class RefusedError extends Error {
  readonly ids: readonly string[]
  /** What helps; undefined: nothing better than an edit by hand. */
  readonly todo: string | undefined
  /** The candidate that stays and would be written anew. */
  readonly holds: string | undefined

  constructor(ids: readonly string[], reason: string, more: { readonly todo?: string; readonly holds?: string } = {}) {
    super(reason)
    this.ids = ids
    this.todo = more.todo
    this.holds = more.holds
  }
}

export class Workbook {
  readonly #project: ComposeProject
  /** Compose files that could each be started without the others. */
  readonly #wholeFiles: readonly string[]
  readonly #tables = new Map<string, PieceTable>()
  /** Compose files, parsed, with the edits that are still to be made. */
  readonly #opened = new Map<string, PendingEdits>()
  /** Other files with edits of their lines that are still to be made. */
  readonly #texts = new Map<string, PendingLines>()

  constructor(project: ComposeProject, extra: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#project = project
    this.#wholeFiles = wholeFiles(project)
    for (const { file, bytes } of project.files) this.#tables.set(file, new PieceTable(bytes))
    for (const [file, bytes] of extra) if (!this.#tables.has(file)) this.#tables.set(file, new PieceTable(bytes))
  }

  /** Absolute path of the first Compose file: where secrets are declared. */
  get mainFile(): string {
    return (
      this.#project.files.find(({ kind }) => kind === 'compose')?.file ?? join(this.#project.directory, 'compose.yaml')
    )
  }

  /** `part`: what the step reads and edits, and nothing beside it. */
  compose(file: string, step: EditStep, part?: Part): void {
    try {
      this.#step(file, step, part)
    } catch (error) {
      if (!(error instanceof EditRefusedError) || error.reason !== 'open-block') throw error
      this.#edit(file, closeOpenBlock(this.#parsedAnew(file).file))
      this.#step(file, step, part)
    }
  }

  #step(file: string, step: EditStep, part: Part | undefined): void {
    if (this.#parsed(file, part).add(step(this.open(file, part)), part)) return
    const fresh = this.#parsedAnew(file)
    fresh.add(step(fresh.file), part)
  }

  /** A step on lines that no other such step edits: it is given the file as it was before them. Where lines meet, as it is now. */
  lines(file: string, step: (source: SourceText) => readonly Edit[]): void {
    const known = this.#texts.get(file)
    if (known?.add(step(known.source)) === true) return
    const fresh = new PendingLines(sourceText(file, this.#bytes(file)))
    this.#texts.set(file, fresh)
    fresh.add(step(fresh.source))
  }

  text(file: string, step: (source: SourceText) => readonly Edit[]): void {
    this.#edit(file, step(sourceText(file, this.#bytes(file))))
  }

  /** Each step on the result of the ones before: ranges of one parse do not outlive an edit. */
  dockerfile(file: string, step: (dockerfile: Dockerfile) => readonly Edit[]): void {
    const edits = [...step(parseDockerfile(file, this.#bytes(file)))]
    this.#edit(
      file,
      edits.sort((a, b) => a.start - b.start),
    )
  }

  /** The file as it is now; with `part`, what of it stands there. */
  open(file: string, part?: Part): EditableFile {
    return this.#parsed(file, part).file
  }

  #parsed(file: string, part: Part | undefined): PendingEdits {
    const opened = this.#opened.get(file)
    return opened?.isClean(part) === true ? opened : this.#parsedAnew(file)
  }

  #parsedAnew(file: string): PendingEdits {
    const opened = new PendingEdits(editableFile(file, this.#bytes(file)))
    this.#opened.set(file, opened)
    return opened
  }

  /** With all edits made. */
  #bytes(file: string): Uint8Array {
    const table = this.#table(file)
    for (const opened of [this.#opened, this.#texts]) {
      const pending = opened.get(file)?.edits ?? []
      opened.delete(file)
      if (pending.length > 0) table.edit(pending)
    }
    return table.bytes()
  }

  /**
   * The file in which `service` has a block of its own: the first one, which people start without its override files, too. With `key`, the
   * file in which it has that: the last one wins, as when merging. Never one that is only extended, whose services others may extend.
   */
  homeOf(service: string, key?: string): string | undefined {
    return key === undefined ? this.homesOf(service)[0] : this.homesOf(service, key).at(-1)
  }

  /** All of them, in the order of merging. */
  homesOf(service: string, key?: string): readonly string[] {
    const path = key === undefined ? ['services', service] : ['services', service, key]
    return this.#project.files
      .filter(({ kind, extended }) => kind === 'compose' && extended === undefined)
      .flatMap(({ file }) => (this.#has(file, path, key === undefined) ? [file] : []))
  }

  /** true of a file whose services are extended and are none of the project's: others may extend them, too. */
  isExtended(file: string): boolean {
    return this.#project.files.some((each) => each.file === file && each.extended === true)
  }

  /**
   * The file in which what `service` needs for `values` is added: the first one of its own that holds one of them, or that extends what
   * does, so that it needs no other file. With `key`, one that takes back what the files before it say under that key (`!override`).
   */
  homeBeside(service: string, values: readonly LocatedValue[], key?: string): string | undefined {
    const overriding = key === undefined ? undefined : this.homeOf(service, key)
    if (key !== undefined && overriding !== undefined && this.#isTagged(overriding, ['services', service, key]))
      return overriding
    const isReached = ({ via, path: [top, name], file }: LocatedValue) =>
      via.includes('extends') && (this.isExtended(file) || (top === 'services' && name !== service))
    const holding = new Set(
      values.filter((value) => !isReached(value)).flatMap((value) => this.#naming(service, value)),
    )
    const extending = values.some(isReached)
    return (
      this.homesOf(service).find(
        (file) => holding.has(file) || (extending && this.#has(file, ['services', service, 'extends'], false)),
      ) ?? this.homeOf(service)
    )
  }

  /** That file first, then others that could be started without it and give the service one of the values: each needs the same. */
  homesBeside(service: string, values: readonly LocatedValue[], key?: string): readonly string[] {
    const first = this.homeBeside(service, values, key)
    return first === undefined ? [] : [first, ...this.othersBeside(service, values, first)]
  }

  /** Those that could be started without `first` and give the service one of the values. */
  othersBeside(service: string, values: readonly LocatedValue[], first: string | undefined): readonly string[] {
    const holding = new Set(values.flatMap((value) => this.#naming(service, value)))
    const own = this.homesOf(service)
    return this.#wholeFiles.filter((file) => file !== first && holding.has(file) && own.includes(file))
  }

  /** true where the service's block there merges or extends another one. */
  isInheriting(service: string, file: string): boolean {
    const path = ['services', service]
    const block = nodeAt(this.open(file, { path }), path)
    return (
      isMap(block) && block.items.some(({ key }) => isScalar(key) && (key.source === '<<' || key.value === 'extends'))
    )
  }

  /** The files by which the service has the value: of an env file's those that name it. */
  #naming(service: string, { section, file }: LocatedValue): readonly string[] {
    if (section !== 'env-file-entry') return [file]
    const { directory, values } = this.#project
    const isOf = (each: LocatedValue) => each.service === service || each.usedBy.includes(service)
    const names = values.filter((each) => each.section === 'env_file' && isOf(each))
    return names.filter(({ resolved }) => resolve(directory, resolved) === file).map((each) => each.file)
  }

  #isTagged(file: string, path: YamlPath): boolean {
    const { tag } = nodeAt(this.open(file, { path: path.slice(0, 2) }), path) as { readonly tag?: string }
    return tag === '!override' || tag === '!reset'
  }

  #has(file: string, path: YamlPath, asMap: boolean): boolean {
    try {
      const node = nodeAt(this.open(file, { path: path.slice(0, 2) }), path)
      return asMap ? isMap(node) : node !== undefined
    } catch {
      return false
    }
  }

  /** Changed files: absolute path -> edits, in the order of paths. */
  changes(): readonly {
    readonly file: string
    readonly path: string
    readonly edits: readonly Edit[]
    readonly bytes: Uint8Array
  }[] {
    for (const file of [...this.#opened.keys(), ...this.#texts.keys()]) this.#bytes(file)
    return [...this.#tables]
      .map(([file, table]) => ({
        file,
        path: relative(this.#project.directory, file),
        edits: table.edits(),
        bytes: table.bytes(),
      }))
      .filter(({ edits }) => edits.length > 0)
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  #edit(file: string, edits: readonly Edit[]): void {
    if (edits.length === 0) return
    this.#table(file).edit(edits)
    this.#opened.delete(file)
  }

  #table(file: string): PieceTable {
    const table = this.#tables.get(file)
    if (table === undefined) throw new RangeError(`${file} is not on the bench`)
    return table
  }
}
