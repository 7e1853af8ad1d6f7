// A file that an image holds and the build context brought: a secret that is mounted at its place, or the reason why not.
import { readFile } from 'node:fs/promises'
import { basename, join, posix, relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { printable } from '../../support/printable.js'
import { asList, asTree } from '../../support/tree.js'
import type { Builds, ServiceBuild } from '../builds.js'
import { detectionOf, issuerOf } from '../candidate-base.js'
import type { Candidate } from '../candidates.js'
import { serviceModel } from '../service-model.js'
import { explainBuildFile, isBuildFile, keepOut } from './build-files.js'
import { decideFile, type FateOf } from './context-file.js'
import { type CopiedFile, copiedFrom, ignoredCopy } from './copied-files.js'
import { type Explained, type Explaining, fromInstruction, type HoldsSecret, REBUILD } from './explain.js'
import type { ReportedFinding } from './read.js'
import { fromRepository, gitFolderOf } from './repository.js'

/** A file of the context that leaves the image and is mounted there instead. */
export interface CopiedSecret {
  /** Absolute paths in the containers. */
  readonly mounts: readonly { readonly service: string; readonly target: string }[]
  /** The instructions that go, by the absolute paths of their Dockerfiles; those that copy its folder stay. */
  readonly removed: readonly { readonly dockerfile: string; readonly line: number }[]
  /** An instruction that copies its folder stays. */
  readonly folderStays: boolean
  /** Absolute path of the ignore file, and the line that it gets. */
  readonly ignoreFile: string
  readonly ignoreLine: string
}

export interface FileFinding {
  readonly project: ComposeProject
  readonly builds: Builds
  readonly candidates: readonly Candidate[]
  readonly finding: ReportedFinding
  /** All of the report. */
  readonly findings: readonly ReportedFinding[]
  readonly fateOf: FateOf
  readonly holdsSecret: HoldsSecret
}

/** The file of the context that became the finding's, or why none did; `explaining` as fromInstruction's. */
export async function broughtBy(
  build: ServiceBuild,
  finding: ReportedFinding,
  explaining?: Explaining,
): Promise<Explained | CopiedFile> {
  const path = `/${finding.path ?? ''}`
  const git = finding.inside.length === 0 ? gitFolderOf(finding.path ?? '') : undefined
  if (git !== undefined) return fromRepository(build, git, finding)
  if (finding.createdBy !== undefined && /^(?:\/bin\/sh|RUN\b)/.test(finding.createdBy))
    return fromInstruction(build, finding, explaining)
  const found = await copiedFrom(build, path)
  if (finding.inside.length > 0) return inArchive(build, [path, ...finding.inside], found)
  return found ?? notCopied(build, path)
}

/** A candidate to mount, those that stand for it in the project's own files, or why there is none. */
export async function fromFile(matching: FileFinding, build: ServiceBuild): Promise<Explained | readonly Candidate[]> {
  const { finding, holdsSecret } = matching
  const found = await broughtBy(build, finding, { holdsSecret })
  if ('reason' in found) return (found.isFromElsewhere === true ? mountedNow(matching, build) : undefined) ?? found
  const own = ownFile(matching, build, found)
  if (own !== 'no') return own
  const decision = decideFile(matching, build, found.source, `/${finding.path ?? ''}`)
  return 'reason' in decision ? decision : [await copiedCandidate(matching, build, found.source, decision)]
}

const LEAVE_OUT = 'Leave it out where it is made, then rebuild and scan again'

/** No edit of the project's files changes what is packed: the archive and the line that brings it are told. */
function inArchive(build: ServiceBuild, [path = '', ...inside]: readonly string[], found?: CopiedFile): Explained {
  const reason = `It lies in the archive ${printable(path)}, in ${printable(inside.join('!'))}`
  if (found === undefined) return { reason, todo: LEAVE_OUT, isFromElsewhere: true }
  const { source, instruction } = found
  const isNamed = instruction.words.some((word) => posix.normalize(word) === source)
  return {
    reason: `${reason}, which ${instruction.keyword} in line ${instruction.line} brings as ${printable(source)}`,
    todo: `Pack ${printable(source)} without it${isNamed ? '' : `, or add /${printable(source)} to ${basename(build.ignoreFile)} where no program needs it`}; then rebuild and scan again`,
  }
}

/** A file that no line brings, and that is a secret of its service by now. */
function mountedNow({ project, finding }: FileFinding, { service }: ServiceBuild): Explained | undefined {
  const path = `/${finding.path ?? ''}`
  const secret = asList(serviceModel(project, service)['secrets'])
    .map(asTree)
    .find(({ target }) => target === path)
  return secret === undefined
    ? undefined
    : {
        reason: `${printable(path)} is the secret ${printable(String(secret['source']))} of ${service} by now: the image was built before it moved`,
        todo: REBUILD,
      }
}

async function notCopied(build: ServiceBuild, path: string): Promise<Explained> {
  const kept = await ignoredCopy(build, path)
  if (kept !== undefined) {
    const { source, instruction } = kept
    return {
      reason: `${instruction.keyword} in line ${instruction.line} copies ${printable(source)}, which ${basename(build.ignoreFile)} keeps out of the build by now: the build stops there`,
      todo: `Take that line out. A RUN line that needs the file mounts it: RUN --mount=type=secret,id=…,target=${printable(path)}; a program of the container gets it as a secret of its service at that path`,
    }
  }
  return {
    reason: `No COPY or ADD of the image's own stages puts a file of the build context at ${printable(path)}: it comes from another stage, or the project has changed since`,
    todo: LEAVE_OUT,
    isFromElsewhere: true,
  }
}

/** A Compose file or Dockerfile that came along: no program of the container reads it, and a value that leaves it leaves the image too. */
function ownFile(
  { project, candidates, finding, holdsSecret }: FileFinding,
  build: ServiceBuild,
  brought: CopiedFile,
): Explained | readonly Candidate[] | 'no' {
  const { source, instruction } = brought
  const file = join(build.context, source)
  const isCompose = project.files.some((each) => each.file === file && each.kind === 'compose')
  if (!isCompose && file !== build.dockerfile.file)
    return isBuildFile(source) ? explainBuildFile(brought, build.ignoreFile) : 'no'
  const own = candidates.filter(({ value }) => value.file === file && value.line === finding.line)
  if (own.length > 0) return own
  const bytes = project.files.find((each) => each.file === file)?.bytes ?? build.dockerfile.bytes
  const line = Buffer.from(bytes).toString('utf8').split('\n')[(finding.line ?? 0) - 1]
  if (finding.line !== undefined && (line === undefined || !holdsSecret(line)))
    return {
      reason: `${instruction.keyword} in line ${instruction.line} copies ${printable(source)}, which held it in line ${finding.line} when the image was built, and holds no secret there by now`,
      todo: `${REBUILD}. No container needs that file: ${keepOut(brought, build.ignoreFile)}`,
    }
  return {
    reason: `${instruction.keyword} in line ${instruction.line} copies ${printable(source)}, which holds it${finding.line === undefined ? '' : ` in line ${finding.line}`}`,
    todo: `Take it out there, and ${keepOut(brought, build.ignoreFile)}: no container needs that file`,
  }
}

async function copiedCandidate(
  { project, finding, findings }: FileFinding,
  build: ServiceBuild,
  source: string,
  copied: CopiedSecret,
): Promise<Candidate> {
  const file = join(build.context, source)
  const bytes = await readFile(file)
  const path = relative(project.directory, file)
  const services = [...new Set(copied.mounts.map(({ service }) => service))].sort()
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
    issuers: findings
      .filter(({ image, path, inside }) => image === finding.image && path === finding.path && inside.length === 0)
      .flatMap((each) => issuerOf(detectionOf(each.title, each))),
    copied,
  }
}
