// Which file of a build context became a file of the image, and by which COPY or ADD.
import { posix } from 'node:path'
import { contextFiles, contextSources, sourceTakes } from '../../dockerfile/context.js'
import type { Instruction } from '../../dockerfile/types.js'
import { type ServiceBuild, stageChain } from '../builds.js'

export interface CopiedFile {
  /** Relative to the context. */
  readonly source: string
  readonly instruction: Instruction
  /** The instruction names just this file. */
  readonly alone: boolean
  /** It comes along with its folder: the instruction works without it too. */
  readonly inFolder: boolean
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
      const sources = contextSources(instruction)
      const written = instruction.words.at(-1) ?? ''
      const folder = workdirAt(build, instruction)
      const destination = posix.isAbsolute(written)
        ? written
        : `${posix.join(folder, written)}${/(?:^|\/)\.?$/.test(written) ? '/' : ''}`
      const taking = sources.find(
        (source) => sourceTakes(source, file) && targetsOf(source, destination, file).includes(path),
      )
      if (taking === undefined || (posix.basename(file) !== ending && sources.length > 1)) continue
      const from = plain(taking)
      return {
        source: file,
        instruction,
        alone: sources.length === 1 && from === file,
        inFolder: from === '' || from === '.' || file.startsWith(`${from}/`),
      }
    }
  }
  return undefined
}
