// Findings of an image that no edit of the project's files undoes: which line makes them, and what to do there.
import type { Instruction } from '../../dockerfile/types.js'
import { printable } from '../../support/printable.js'
import { type ServiceBuild, stageChain } from '../builds.js'
import { withoutLabel } from '../labels.js'
import { lineOfHistory } from './history-line.js'
import type { ReportedFinding } from './read.js'

export interface Explained {
  readonly reason: string
  readonly todo: string
  /** A file that no line of the Dockerfile brings from the build context. */
  readonly isFromElsewhere?: true
}

/** true where a text of the project's files holds a value that is known to be a secret. */
export type HoldsSecret = (text: string) => boolean

/** What to do about an image that was built before the project changed. */
export const REBUILD = 'Rebuild the image and scan it again'

/** What the base image brought. */
export function fromBase({ dockerfile, target }: ServiceBuild): Explained {
  const first = Math.min(...stageChain(dockerfile, target))
  const stage = dockerfile.stages[first]
  return {
    reason: `It comes with the base image ${printable(stage?.base ?? '')} (line ${stage?.from.line ?? 1} of the Dockerfile), so it is not this project's`,
    todo: 'Take a base image without it, or tell those who make it',
  }
}

/** true for a place in a line that the image is made of: of its stage, one that this is built from, or before all stages. */
export function isOfImage({ dockerfile, target }: ServiceBuild, offset: number): boolean {
  const stage = dockerfile.instructions.find(({ start, end }) => start <= offset && offset < end)?.stage ?? -1
  return stage === -1 || stageChain(dockerfile, target).has(stage)
}

/** The line that gives the image its variable or takes its argument, the last one where there are several; or why there is none. */
export function variableLine(
  { dockerfile, target }: ServiceBuild,
  { kind, key = '' }: ReportedFinding,
): Instruction | Explained {
  const keyword = kind === 'env' ? 'ENV' : 'ARG'
  const chain = stageChain(dockerfile, target)
  const line = dockerfile.instructions.findLast(
    (each) => each.keyword === keyword && chain.has(each.stage) && each.pairs.some((pair) => pair.key === key),
  )
  return (
    line ?? {
      reason: `The Dockerfile has no ${keyword} ${printable(key)}: it has changed since, or the base image brought it`,
      todo: REBUILD,
    }
  )
}

/** The line of the Dockerfile that made what the finding is in. */
export function instructionOf(
  { dockerfile, target }: ServiceBuild,
  { kind, createdBy, key }: ReportedFinding,
): Instruction | undefined {
  const chain = stageChain(dockerfile, target)
  const own = dockerfile.instructions.filter(({ stage }) => chain.has(stage))
  const keyword = KEYWORDS.get(kind)
  if (keyword === undefined) return createdBy === undefined ? undefined : lineOfHistory(dockerfile, own, createdBy)
  return own.findLast(
    (each) =>
      each.keyword === keyword &&
      (key === undefined || keyword !== 'LABEL' || each.pairs.some((pair) => pair.key === key)),
  )
}

export interface Explaining {
  /** What to do, by the keyword of the line. */
  readonly advice?: ReadonlyMap<string, string>
  /** Absent: each line is taken to hold the value still. */
  readonly holdsSecret?: HoldsSecret
}

/** Lines of history, labels, commands: named, with what to do. */
export function fromInstruction(
  build: ServiceBuild,
  finding: ReportedFinding,
  { advice = ADVICE, holdsSecret = () => true }: Explaining = {},
): Explained {
  const line = instructionOf(build, finding)
  if (line === undefined)
    return {
      reason:
        finding.createdBy === undefined && !KEYWORDS.has(finding.kind)
          ? 'The report does not tell which line made it'
          : 'No line of the Dockerfile says this: it holds the value in another form, or has changed since',
      todo: 'Look for it in the Dockerfile and the scripts that it runs, then rebuild and scan again',
    }
  const [file] = /\/run\/secrets\/[\w.-]+/.exec(line.text) ?? []
  if (file !== undefined && !holdsSecret(line.text))
    return {
      reason: `${line.keyword} in line ${line.line} of the Dockerfile reads ${file} by now: the image was built before it moved`,
      todo: REBUILD,
    }
  const key = finding.key === undefined || line.keyword !== 'LABEL' ? '' : ` (${printable(finding.key)})`
  return {
    reason: `${line.keyword} in line ${line.line} of the Dockerfile holds it${key}`,
    todo:
      (finding.key === undefined ? undefined : withoutLabel(build.dockerfile, line, finding.key)) ??
      advice.get(line.keyword) ??
      'Take it out of that line, then rebuild',
  }
}

const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['label', 'LABEL'],
  ['cmd', 'CMD'],
  ['entrypoint', 'ENTRYPOINT'],
  ['healthcheck', 'HEALTHCHECK'],
  ['onbuild', 'ONBUILD'],
  ['shell', 'SHELL'],
])
const READ_IT = `Write "$(cat /run/secrets/NAME)" in its place (in a shell form, or as ["/bin/sh", "-c", "exec PROGRAM … \\"$(cat /run/secrets/NAME)\\""]), and give the service the secret: secrets: [NAME]`
/** What to do about a value in a line, by its keyword. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'RUN',
    'Write "$(cat /run/secrets/NAME)" in its place, RUN --mount=type=secret,id=NAME,mode=0444,required=true in front, and build: secrets: [NAME] in the Compose file',
  ],
  [
    'LABEL',
    'Take the label out: everyone who may pull the image reads it; what needs the value gets it as a secret of its service',
  ],
  ['CMD', READ_IT],
  ['ENTRYPOINT', READ_IT],
  ['HEALTHCHECK', READ_IT],
])
