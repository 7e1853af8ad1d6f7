// The project's files on the bench: each edit made on the result of those before it, kept as edits of the original bytes.
import { join, relative } from 'node:path'
import { isMap } from 'yaml'
import type { EditStep } from '../compose/edit.js'
import { type EditableFile, editableFile, nodeAt } from '../compose/edit-file.js'
import type { YamlPath } from '../compose/tree.js'
import type { ComposeProject } from '../compose/types.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Dockerfile } from '../dockerfile/types.js'
import { type SourceText, sourceText } from '../support/source-text.js'
import { PieceTable } from './piece-table.js'
import type { Edit } from './types.js'

/** Thrown by the edits of these candidates: they are left, and the plan is made again without them. */
export class RefusedError extends Error {
  readonly ids: readonly string[]

  constructor(ids: readonly string[], reason: string) {
    super(reason)
    this.ids = ids
  }
}

export class Workbook {
  readonly #project: ComposeProject
  readonly #tables = new Map<string, PieceTable>()
  /** Files as they are now, parsed; an edit drops its file. */
  readonly #opened = new Map<string, EditableFile>()

  constructor(project: ComposeProject, extra: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#project = project
    for (const { file, bytes } of project.files) this.#tables.set(file, new PieceTable(bytes))
    for (const [file, bytes] of extra) if (!this.#tables.has(file)) this.#tables.set(file, new PieceTable(bytes))
  }

  /** Absolute path of the first Compose file: where secrets are declared. */
  get mainFile(): string {
    return (
      this.#project.files.find(({ kind }) => kind === 'compose')?.file ?? join(this.#project.directory, 'compose.yaml')
    )
  }

  compose(file: string, step: EditStep): void {
    this.#edit(file, step(this.open(file)))
  }

  text(file: string, step: (source: SourceText) => readonly Edit[]): void {
    this.#edit(file, step(sourceText(file, this.#table(file).bytes())))
  }

  /** Each step on the result of the ones before: ranges of one parse do not outlive an edit. */
  dockerfile(file: string, step: (dockerfile: Dockerfile) => readonly Edit[]): void {
    const edits = [...step(parseDockerfile(file, this.#table(file).bytes()))]
    this.#edit(
      file,
      edits.sort((a, b) => a.start - b.start),
    )
  }

  open(file: string): EditableFile {
    const opened = this.#opened.get(file) ?? editableFile(file, this.#table(file).bytes())
    this.#opened.set(file, opened)
    return opened
  }

  /** The file in which `service` has a block (or `key` in it) of its own; the last one wins, as when merging. */
  homeOf(service: string, key?: string): string | undefined {
    const path: YamlPath = key === undefined ? ['services', service] : ['services', service, key]
    return this.#project.files.findLast(
      ({ file, kind }) => kind === 'compose' && this.#has(file, path, key === undefined),
    )?.file
  }

  #has(file: string, path: YamlPath, asMap: boolean): boolean {
    try {
      const node = nodeAt(this.open(file), path)
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
