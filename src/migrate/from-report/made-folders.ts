// What else of a Dockerfile needs the folder that a COPY makes for its file: without that line it would be gone, and the build would stop.

import { posix } from 'node:path'
import type { Dockerfile, Instruction } from '../../dockerfile/types.js'
import { escaped } from '../../support/regexp.js'
import { stageChain } from '../builds.js'
import { destinationOf, type Taker } from './copied-files.js'

export interface FolderUse {
  /** Absolute. */
  readonly folder: string
  readonly instruction: Instruction
}

/** Folders that images have as a rule, or that a base image would hardly go without. */
const COMMON =
  /^\/(?:|bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|usr\/(?:local(?:\/(?:bin|etc|lib|share|src))?|bin|lib|sbin|share|src)|etc\/(?:ssl|ssh)|var\/(?:cache|lib|log|run|tmp|www))$/

/**
 * The first later line that names a folder which only `taker`'s line makes, by its path or its name; undefined: none. `target` is where
 * the file comes to lie; `goes` tells of another line that it may go too.
 */
export function folderUse(taker: Taker, target: string, goes: (other: Instruction) => boolean): FolderUse | undefined {
  const { dockerfile } = taker.build
  const later = laterThan(dockerfile, taker.instruction)
  for (let folder = posix.dirname(target); !COMMON.test(folder); folder = posix.dirname(folder)) {
    const instruction = later.find((each) => names(each, folder, dockerfile))
    if (instruction !== undefined && !isMadeElsewhere(taker, { folder, instruction }, goes))
      return { folder, instruction }
  }
  return undefined
}

/** Whether the folder is there without the taker's line when it is used. What a RUN line before the copy names is there by then. */
function isMadeElsewhere(
  { build, instruction }: Taker,
  { folder, instruction: use }: FolderUse,
  goes: (other: Instruction) => boolean,
): boolean {
  const { dockerfile, target } = build
  const chain = stageChain(dockerfile, target)
  const makes = (other: Instruction): boolean => {
    const { keyword, text, words } = other
    if (keyword === 'RUN')
      return (other.start < instruction.start || MAKES.test(text)) && names(other, folder, dockerfile)
    const written =
      keyword === 'WORKDIR' ? text.trim() : keyword === 'COPY' || keyword === 'ADD' ? words.at(-1) : undefined
    return written !== undefined && other !== use && isAtOrIn(destinationOf(build, other, written), folder)
  }
  return dockerfile.instructions.some(
    (other) =>
      other !== instruction && chain.has(other.stage) && other.start <= use.start && makes(other) && !goes(other),
  )
}

const MAKES = /\b(?:mkdir|install)\b/

const isAtOrIn = (path: string, folder: string): boolean =>
  path.replace(/\/$/, '') === folder || path.startsWith(`${folder}/`)

/** RUN lines of the stages that are built on the instruction's, and what other stages copy out of it. */
function laterThan(dockerfile: Dockerfile, { start, stage }: Instruction): readonly Instruction[] {
  return dockerfile.instructions.filter((each) => {
    if (each.start <= start) return false
    if (each.keyword === 'RUN') return stageChain(dockerfile, each.stage).has(stage)
    const from = fromStage(dockerfile, each)
    return from !== undefined && stageChain(dockerfile, from).has(stage)
  })
}

/** The stage that a COPY --from copies out of; undefined: an image, or no such line. */
function fromStage({ stages }: Dockerfile, { keyword, flags }: Instruction): number | undefined {
  const from = keyword === 'COPY' ? flags.find(({ name }) => name === 'from')?.value : undefined
  return stages.find(({ name, index }) => from !== undefined && (name === from.toLowerCase() || String(index) === from))
    ?.index
}

/** By its path, or by its own name as a part of a path ("cd conf", "../conf/x"). */
function names({ text, heredocs }: Instruction, folder: string, { bytes }: Dockerfile): boolean {
  const name = escaped(posix.basename(folder))
  const word = new RegExp(`(?:^|[\\s/"'=:;&|(<>])${name}(?=$|[\\s/"';:&|)<>])`)
  const scripts = heredocs.map(({ content }) =>
    Buffer.from(bytes.subarray(content.start, content.end)).toString('utf8'),
  )
  return [text, ...scripts].some((each) => word.test(each))
}
