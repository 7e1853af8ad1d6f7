// A file that an image holds and the build context brought: a secret that is mounted at its place, or the reason why not.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import type { Instruction } from '../../dockerfile/types.js'
import { printable } from '../../support/printable.js'
import { type ServiceBuild, stageChain } from '../builds.js'
import type { Candidate } from '../candidates.js'
import { type CopiedFile, copiedFrom } from './copied-files.js'
import { type Explained, fromInstruction } from './explain.js'
import type { ReportedFinding } from './read.js'

/** A file of the context that leaves the image and is mounted there instead. */
export interface CopiedSecret {
  /** Absolute path in the container. */
  readonly target: string
  /** Absolute path of the Dockerfile, and the line of the instruction that goes; undefined: it copies a folder and stays. */
  readonly dockerfile: string
  readonly line?: number
  /** Absolute path of the ignore file, and the line that it gets. */
  readonly ignoreFile: string
  readonly ignoreLine: string
}

export interface FileFinding {
  readonly project: ComposeProject
  readonly candidates: readonly Candidate[]
  readonly services: readonly string[]
  readonly finding: ReportedFinding
}

/** Files that programs read by themselves while an image is built. */
const READ_BY_BUILDS =
  /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|\.pypirc|pip\.conf|\.git-credentials|\.gitconfig|id_[a-z0-9]+|auth\.json|settings\.xml|nuget\.config|config\.json|gradle\.properties)$/i

/** A candidate to mount, or why it is none. */
export async function fromFile(matching: FileFinding, build: ServiceBuild): Promise<Explained | Candidate | undefined> {
  const { finding } = matching
  const path = `/${finding.path ?? ''}`
  if (finding.createdBy !== undefined && /^(?:\/bin\/sh|RUN\b)/.test(finding.createdBy))
    return fromInstruction(build, finding)
  const found = finding.nested ? undefined : await copiedFrom(build, path)
  if (found === undefined)
    return {
      reason: finding.nested
        ? `It lies in an archive inside ${printable(path)}`
        : `No COPY or ADD of the image's own stages puts a file of the build context at ${printable(path)}: it comes from another stage, or the project has changed since`,
      todo: 'Leave it out where it is made, then rebuild and scan again',
    }
  const { source, instruction, alone, inFolder } = found
  const own = ownFile(matching, build, found)
  if (own !== 'no') return own
  const where = `${instruction.keyword} in line ${instruction.line} copies ${printable(source)}`
  if (finding.exposure === 'deleted' || finding.exposure === 'overwritten')
    return {
      reason: `${where}; a later line takes it away, but its layer still holds it`,
      todo: `Add /${printable(source)} to .dockerignore, and mount it for the line that needs it: RUN --mount=type=secret,id=…,target=${printable(path)}`,
    }
  const reader = readerOf(build, found)
  if (reader !== undefined)
    return {
      reason: `${where}, and RUN in line ${reader.line} may read it while the image is built`,
      todo: `Mount it for that line alone: RUN --mount=type=secret,id=…,target=${printable(path)}; then add /${printable(source)} to .dockerignore`,
    }
  if (!alone && !inFolder)
    return {
      reason: `${where} together with others that it names`,
      todo: `Take it out of that line and add /${printable(source)} to .dockerignore, then mount it as a secret at ${printable(path)}`,
    }
  return copiedCandidate(matching, build, found, path)
}

/** A Compose file or Dockerfile that came along: no program of the container reads it, and a value that leaves it leaves the image too. */
function ownFile(
  { project, candidates, finding }: FileFinding,
  build: ServiceBuild,
  { source, instruction }: CopiedFile,
): Explained | undefined | 'no' {
  const file = join(build.context, source)
  const isCompose = project.files.some((each) => each.file === file && each.kind === 'compose')
  if (!isCompose && file !== build.dockerfile.file) return 'no'
  const moves = candidates.some(({ value }) => value.file === file && value.line === finding.line)
  if (moves) return undefined
  return {
    reason: `${instruction.keyword} in line ${instruction.line} copies ${printable(source)}, which holds it${finding.line === undefined ? '' : ` in line ${finding.line}`}`,
    todo: `Take it out there, and add /${printable(source)} to .dockerignore: no container needs that file`,
  }
}

function readerOf({ dockerfile }: ServiceBuild, { source, instruction }: CopiedFile): Instruction | undefined {
  const name = source.slice(source.lastIndexOf('/') + 1)
  return dockerfile.instructions.find(
    ({ keyword, start, text, stage }) =>
      keyword === 'RUN' &&
      start > instruction.start &&
      stageChain(dockerfile, stage).has(instruction.stage) &&
      (READ_BY_BUILDS.test(source) || text.includes(name)),
  )
}

async function copiedCandidate(
  { project, services, finding }: FileFinding,
  build: ServiceBuild,
  { source, instruction, alone }: CopiedFile,
  target: string,
): Promise<Candidate> {
  const file = join(build.context, source)
  const bytes = await readFile(file)
  const path = relative(project.directory, file)
  const value: LocatedValue = {
    file,
    start: 0,
    end: bytes.length,
    line: 1,
    column: 1,
    path: [],
    section: 'other',
    form: 'scalar',
    resolved: bytes.toString('latin1'),
    literal: true,
    passThrough: false,
    interpolates: [],
    via: [],
    usedBy: services,
  }
  return {
    id: path,
    value,
    source: value,
    secret: value.resolved,
    variable: source.slice(source.lastIndexOf('/') + 1),
    what: 'copied-file',
    services,
    shadowed: [],
    place: { kind: 'file', path },
    because: finding.title,
    copied: {
      target,
      dockerfile: build.dockerfile.file,
      ...(alone ? { line: instruction.line } : {}),
      ignoreFile: build.ignoreFile,
      ignoreLine: `/${source}`,
    },
  }
}
