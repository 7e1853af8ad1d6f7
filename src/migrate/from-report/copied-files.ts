// Which file of a build context became a file of the image, and by which COPY or ADD.
import { stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { contextFiles, contextSources, sourceTakes } from '../../dockerfile/context.js'
import type { Instruction } from '../../dockerfile/types.js'
import { type Builds, type ServiceBuild, stageChain } from '../builds.js'

export interface CopiedFile {
  /** Relative to the context. */
  readonly source: string
  readonly instruction: Instruction
}

const plain = (source: string): string =>
  posix.normalize(source.replace(/^["']|["']$/g, '')).replace(/^(?:\.?\/)+|\/+$/g, '')

/** Where `file` can come to lie in the image, absolute paths. A destination that may be a folder or a file gives both. */
function targetsOf(source: string, destination: string, file: string): readonly string[] {
  const from = plain(source)
  if (from === '' || from === '.') return [posix.join(destination, file)]
  if (file.startsWith(`${from}/`)) return [posix.join(destination, file.slice(from.length + 1))]
  const inside = posix.join(destination, posix.basename(file))
  return /[\\/]$|(?:^|\/)\.$/.test(destination) ? [inside] : [inside, destination]
}

/** The folder that relative destinations of `instruction` are in. */
function workdirAt(build: ServiceBuild, instruction: Instruction): string {
  const chain = stageChain(build.dockerfile, build.target)
  return build.dockerfile.instructions
    .filter(({ keyword, stage, start }) => keyword === 'WORKDIR' && chain.has(stage) && start < instruction.start)
    .reduce((folder, { text }) => posix.resolve(folder, text.replace(/^["']|["']$/g, '')), '/')
}

/** The absolute path that `written` in an instruction means; one of a folder ends in a slash where it is written so. */
export function destinationOf(build: ServiceBuild, instruction: Instruction, written: string): string {
  if (posix.isAbsolute(written)) return written
  return `${posix.join(workdirAt(build, instruction), written)}${/(?:^|\/)\.?$/.test(written) ? '/' : ''}`
}

/** Where `instruction` can have put the context's `file`, absolute paths; undefined: it does not take it. */
function taking(build: ServiceBuild, instruction: Instruction, file: string) {
  const sources = contextSources(instruction)
  const source = sources.find((each) => sourceTakes(each, file))
  if (source === undefined) return undefined
  const destination = destinationOf(build, instruction, instruction.words.at(-1) ?? '')
  const from = plain(source)
  return {
    targets: targetsOf(source, destination, file),
    alone: sources.length === 1 && from === file,
    inFolder: from === '' || from === '.' || file.startsWith(`${from}/`),
    several: sources.length > 1,
  }
}

/** Where an instruction that copies one single source can have put it, absolute paths; [] for all others. */
export function targetsIn(build: ServiceBuild, instruction: Instruction): readonly string[] {
  const [source, ...others] = contextSources(instruction)
  if (source === undefined || others.length > 0 || plain(source) === '') return []
  return taking(build, instruction, plain(source))?.targets ?? []
}

/** COPY and ADD of the image's own stages, from the context. */
function copiesOf(build: ServiceBuild): readonly Instruction[] {
  const chain = stageChain(build.dockerfile, build.target)
  return build.dockerfile.instructions.filter(
    (instruction) => chain.has(instruction.stage) && contextSources(instruction).length > 0,
  )
}

/** The context's file that lies at `path` (absolute) in the image; undefined where no instruction puts one there. */
export async function copiedFrom(build: ServiceBuild, path: string): Promise<CopiedFile | undefined> {
  const copies = copiesOf(build).toReversed()
  if (copies.length === 0) return undefined
  const ending = posix.basename(path)
  for await (const { path: file, type } of contextFiles(build.context, {
    on: () => undefined,
    dockerfile: build.dockerfile.file,
  })) {
    if (type !== 'file') continue
    for (const instruction of copies) {
      const found = taking(build, instruction, file)
      if (found?.targets.includes(path) !== true || (posix.basename(file) !== ending && found.several)) continue
      return { source: file, instruction }
    }
  }
  return undefined
}

/** An instruction of any stage that takes a file of the context. */
export interface Taker extends CopiedFile {
  readonly build: ServiceBuild
  /** The instruction names just this file. */
  readonly alone: boolean
  /** It comes along with its folder: the instruction works without it too. */
  readonly inFolder: boolean
  /** Its stage is one of those that the image holds. */
  readonly kept: boolean
  /** Where the file can come to lie, absolute paths. */
  readonly targets: readonly string[]
}

/** Every COPY and ADD that takes `source`, of all stages of all Dockerfiles that share the ignore file of `build`. */
export function takersOf(builds: Builds, build: ServiceBuild, source: string): readonly Taker[] {
  return [...builds.of.values()]
    .filter(({ ignoreFile }) => ignoreFile === build.ignoreFile)
    .flatMap((each) => {
      const chain = stageChain(each.dockerfile, each.target)
      return each.dockerfile.instructions.flatMap((instruction) => {
        const found = taking(each, instruction, source)
        return found === undefined
          ? []
          : [{ ...found, source, instruction, build: each, kept: chain.has(instruction.stage) }]
      })
    })
}

/** A COPY or ADD that would put a file at `path`, were it not that the ignore file keeps it out; undefined: none. */
export async function ignoredCopy(build: ServiceBuild, path: string): Promise<CopiedFile | undefined> {
  for (const instruction of copiesOf(build).toReversed()) {
    for (const written of contextSources(instruction)) {
      const source = plain(written)
      if (source === '' || taking(build, instruction, source)?.targets.includes(path) !== true) continue
      const found = await stat(join(build.context, source)).catch(() => undefined)
      if (found?.isFile() === true) return { source, instruction }
    }
  }
  return undefined
}
