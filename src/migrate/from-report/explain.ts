// Findings of an image that no edit of the project's files undoes: which line makes them, and what to do there.
import { printable } from '../../support/printable.js'
import { type ServiceBuild, stageChain } from '../builds.js'
import type { ReportedFinding } from './read.js'

export interface Explained {
  readonly reason: string
  readonly todo: string
}

/** What the base image brought. */
export function fromBase({ dockerfile, target }: ServiceBuild): Explained {
  const first = Math.min(...stageChain(dockerfile, target))
  const stage = dockerfile.stages[first]
  return {
    reason: `it comes with the base image ${printable(stage?.base ?? '')} (line ${stage?.from.line ?? 1} of the Dockerfile), so it is not this project's`,
    todo: 'take a base image without it, or tell those who make it',
  }
}

/** Lines of history, labels, commands: named, with what to do. */
export function fromInstruction(
  { dockerfile, target }: ServiceBuild,
  { kind, createdBy, key }: ReportedFinding,
): Explained {
  const chain = stageChain(dockerfile, target)
  const own = dockerfile.instructions.filter(({ stage }) => chain.has(stage))
  const words = (text: string) =>
    text
      .replace(/\\\r?\n/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
  const keyword = KEYWORDS.get(kind)
  const line =
    keyword === undefined
      ? own.find(
          ({ keyword: each, text }) =>
            each === 'RUN' && createdBy !== undefined && text !== '' && words(createdBy).includes(words(text)),
        )
      : own.findLast(
          (each) =>
            each.keyword === keyword &&
            (key === undefined || keyword !== 'LABEL' || each.pairs.some((pair) => pair.key === key)),
        )
  if (line === undefined)
    return {
      reason: 'no line of the Dockerfile says this: it holds the value in another form, or has changed since',
      todo: 'look for it in the Dockerfile and the scripts that it runs, then rebuild and scan again',
    }
  return {
    reason: `${line.keyword} in line ${line.line} of the Dockerfile holds it`,
    todo: TODO.get(line.keyword) ?? 'take it out of that line, then rebuild',
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
const TODO: ReadonlyMap<string, string> = new Map([
  ['RUN', 'write a variable in its place and give it as a build secret: RUN --mount=type=secret,id=…,env=NAME … $NAME'],
  ['LABEL', 'take the label out: everyone who may pull the image reads it'],
  ['CMD', 'write a variable in its place, give it to the service under environment:, and migrate that'],
  ['ENTRYPOINT', 'write a variable in its place, give it to the service under environment:, and migrate that'],
  ['HEALTHCHECK', 'let the check read the mounted secret: $(cat /run/secrets/…)'],
])
