// One decision for a file of a build context, whatever lines take it: mounted wherever it lay, or left with the line that stands against it.

import { basename, relative } from 'node:path'
import type { ComposeProject } from '../../compose/types.js'
import type { Instruction } from '../../dockerfile/types.js'
import { printable } from '../../support/printable.js'
import { escaped } from '../../support/regexp.js'
import { type Builds, type ServiceBuild, stageChain } from '../builds.js'
import { imageOf } from '../service-model.js'
import { type Taker, takersOf, targetsIn } from './copied-files.js'
import type { Explained } from './explain.js'
import type { CopiedSecret } from './file-finding.js'
import { folderUse } from './made-folders.js'

/** What the report says of a path (absolute) in a service's image: how it is exposed; undefined: nothing. */
export type FateOf = (service: string, path: string) => string | undefined

interface Deciding {
  readonly project: ComposeProject
  readonly builds: Builds
  readonly fateOf: FateOf
}

/** Files that programs read by themselves while an image is built. */
const READ_BY_BUILDS =
  /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|\.pypirc|pip\.conf|\.git-credentials|\.gitconfig|id_[a-z0-9]+|auth\.json|settings\.xml|nuget\.config|config\.json|gradle\.properties)$/i

/** The decision for the context's file `source`, which the report found at `path` (absolute). */
export function decideFile(
  deciding: Deciding,
  build: ServiceBuild,
  source: string,
  path: string,
): Explained | CopiedSecret {
  const takers = takersOf(deciding.builds, build, source)
  const obstacle = takers.map((taker) => obstacleOf(deciding, build, taker)).find((each) => each !== undefined)
  if (obstacle !== undefined) {
    const isThere = deciding.fateOf(build.service, path) === 'final'
    return explained(build, takers, obstacle, { path, isThere })
  }
  return {
    mounts: mountsOf(deciding, takers),
    removed: uniqueLines(takers.filter(({ alone }) => alone)),
    folderStays: takers.some(({ alone }) => !alone),
    ignoreFile: build.ignoreFile,
    ignoreLine: `/${source}`,
  }
}

interface Obstacle {
  readonly taker: Taker
  readonly reason: string
  /** The file has to be there while the image is built, at the path. */
  readonly duringBuild?: string
  /** What has to stand where the line was. */
  readonly instead?: string
}

function obstacleOf(deciding: Deciding, build: ServiceBuild, taker: Taker): Obstacle | undefined {
  const { project, fateOf } = deciding
  const { instruction, targets, kept, alone, inFolder } = taker
  const where = `${lineOf(build, taker)} copies ${printable(taker.source)}`
  const reader = readerOf(taker)
  const target = targets.at(-1) ?? ''
  const gone = servicesOf(project, taker).some((service) =>
    targets.some((each) => ['deleted', 'overwritten'].includes(fateOf(service, each) ?? '')),
  )
  if (kept && gone)
    return { taker, reason: `${where}; a later line takes it away, but its layer still holds it`, duringBuild: target }
  if (reader !== undefined)
    return {
      taker,
      reason: `${where}, and RUN in line ${reader.line} may read it while the image is built`,
      duringBuild: target,
    }
  if (!alone && !inFolder) return { taker, reason: `${where} together with others that it names` }
  if (alone && !kept) return { taker, reason: `${where} into another stage, which may need it`, duringBuild: target }
  const reported = servicesOf(project, taker).some((service) => targets.some((each) => fateOf(service, each)))
  if (alone && !reported)
    return {
      taker,
      reason: `${where} to ${printable(instruction.words.at(-1) ?? '')}, where the report knows of no file`,
    }
  return alone ? folderNeeded(deciding, taker, where) : undefined
}

/** The folder goes with the line that makes it. */
function folderNeeded({ project, fateOf }: Deciding, taker: Taker, where: string): Obstacle | undefined {
  const services = servicesOf(project, taker)
  const isReported = (target: string) => services.some((service) => fateOf(service, target) !== undefined)
  const goes = (other: Instruction) => targetsIn(taker.build, other).some(isReported)
  for (const target of taker.targets.filter(isReported)) {
    const use = folderUse(taker, target, goes)
    if (use === undefined) continue
    const folder = printable(use.folder)
    const { keyword, line } = use.instruction
    const reason = `${where} and with it makes the folder ${folder}, which ${keyword} in line ${line} uses`
    return { taker, reason, instead: `put RUN mkdir -p ${folder} there` }
  }
  return undefined
}

/** Never a line for the ignore file alone where a COPY names the file: the build would stop there. */
function explained(
  build: ServiceBuild,
  takers: readonly Taker[],
  { taker, reason, duringBuild, instead }: Obstacle,
  { path, isThere }: { readonly path: string; readonly isThere: boolean },
): Explained {
  const source = printable(taker.source)
  const [named, folders] = [takers.filter(({ inFolder }) => !inFolder), takers.filter(({ inFolder }) => inFolder)]
  const lines = (some: readonly Taker[]) => [...new Set(some.map((each) => lineOf(build, each)))].join(' and ')
  const out = named.length === 0 ? '' : `Take ${source} out of ${lines(named)}`
  const place = instead === undefined ? '' : `, ${instead}`
  const service = `mount it as a secret at ${printable(path)}`
  const mount =
    duringBuild === undefined
      ? service
      : `mount it for the line that needs it: RUN --mount=type=secret,id=…,target=${printable(duringBuild)}${isThere ? `; a program of the container that reads it needs it mounted as a secret of its service at ${printable(path)}` : ''}`
  const ignore = `add /${source} to ${basename(build.ignoreFile)}${folders.length === 0 ? '' : `, since ${lines(folders)} would still bring it`}`
  return {
    reason,
    todo: out === '' ? `${capital(mount)}; then ${ignore}` : `${out}${place}, and ${mount}; only then ${ignore}`,
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** With the Dockerfile's path where it is another than that of the image in question. */
function lineOf(build: ServiceBuild, { instruction, build: own }: Taker): string {
  const other =
    own.dockerfile.file === build.dockerfile.file ? '' : ` of ${printable(relative(own.context, own.dockerfile.file))}`
  return `${instruction.keyword} in line ${instruction.line}${other}`
}

function readerOf({ build: { dockerfile }, source, instruction, targets }: Taker): Instruction | undefined {
  const names = [source, ...targets].map((path) => basename(path))
  const word = new RegExp(`(?:^|[^\\w.-])(?:${names.map(escaped).join('|')})(?![\\w-])`)
  const known = [source, ...targets].some((path) => READ_BY_BUILDS.test(path))
  return dockerfile.instructions.find(
    ({ keyword, start, text, stage, heredocs }) =>
      keyword === 'RUN' &&
      start > instruction.start &&
      stageChain(dockerfile, stage).has(instruction.stage) &&
      (known || word.test(text) || heredocs.some(({ content }) => word.test(textAt(dockerfile.bytes, content)))),
  )
}

const textAt = (bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): string =>
  Buffer.from(bytes.subarray(start, end)).toString('utf8')

/** All services that run the image which the instruction's Dockerfile makes. */
function servicesOf(project: ComposeProject, { build }: Taker): readonly string[] {
  const image = imageOf(project, build.service)
  const all = Object.keys((project.model['services'] as object | undefined) ?? {})
  return all.filter((service) => imageOf(project, service) === image)
}

/** Where the report saw the file; for an image that it does not know, where the copied folder puts it. */
function mountsOf({ project, fateOf }: Deciding, takers: readonly Taker[]): CopiedSecret['mounts'] {
  const mounts = takers
    .filter(({ kept }) => kept)
    .flatMap((taker) =>
      servicesOf(project, taker).flatMap((service) => {
        const reported = taker.targets.filter((target) => fateOf(service, target) !== undefined)
        return (reported.length > 0 ? reported : taker.targets.slice(-1)).map((target) => ({ service, target }))
      }),
    )
  return [...new Map(mounts.map((mount) => [`${mount.service}\0${mount.target}`, mount])).values()]
}

function uniqueLines(takers: readonly Taker[]): CopiedSecret['removed'] {
  const lines = takers.map(({ build, instruction }) => ({ dockerfile: build.dockerfile.file, line: instruction.line }))
  return [...new Map(lines.map((each) => [`${each.dockerfile}\0${each.line}`, each])).values()]
}
