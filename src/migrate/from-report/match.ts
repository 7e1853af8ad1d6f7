// An image's findings and the project that makes it: what each becomes, a value of a Dockerfile, a copied file, or a reason.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import type { Instruction } from '../../dockerfile/types.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { type Builds, type ServiceBuild, stageChain } from '../builds.js'
import type { Candidate } from '../candidates.js'
import type { LeftEntry } from '../plan-moves.js'
import { imageOf } from '../strategy.js'
import { type CopiedFile, copiedFrom } from './copied-files.js'
import type { ImageFindings, ReportedFinding, ReportedImage } from './read.js'

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

/** Docker's short names spelled out enough to compare them. */
function comparable(reference: string): string {
  const name = reference
    .replace(/^(?:docker|registry|podman):(?=.*[/:@])/, '')
    .replace(/^(?:docker\.io\/)?(?:library\/)?/, '')
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`
}

/** Services of the project that run the image. */
export function servicesRunning(project: ComposeProject, image: ReportedImage): readonly string[] {
  const names = new Set([comparable(image.input), comparable(image.reference)])
  const services = Object.keys((project.model['services'] as object | undefined) ?? {})
  return services.filter((service) => names.has(comparable(imageOf(project, service))))
}

/** @throws UsageError where the report is of other images altogether. */
export function assertOurs(project: ComposeProject, { images }: ImageFindings): void {
  if (images.some((image) => servicesRunning(project, image).length > 0)) return
  const own = Object.keys((project.model['services'] as object | undefined) ?? {}).map((service) =>
    imageOf(project, service),
  )
  throw new UsageError(`No service of this project runs ${images.map(({ input }) => printable(input)).join(', ')}.`, {
    hint: `Scan its images: secretscan image ${[...new Set(own)].join(' ')} --format json --output report.json`,
  })
}

/** Values of Dockerfiles and build arguments that the report names, with what it says they are. */
export function reportedValues(
  project: ComposeProject,
  builds: Builds,
  report: ImageFindings,
): (value: LocatedValue) => string | undefined {
  const found = report.findings.flatMap((finding) =>
    finding.origin !== 'base' && (finding.kind === 'env' || finding.kind === 'build-arg')
      ? servicesRunning(project, finding.image).map((service) => ({ finding, service }))
      : [],
  )
  return (value) =>
    found.find(({ finding, service }) => {
      if (finding.key !== value.key || !value.usedBy.includes(service)) return false
      if (value.section === 'build.args') return finding.kind === 'build-arg'
      return builds.of.get(service)?.dockerfile.file === value.file
    })?.finding.title
}

export interface Matched {
  readonly copied: readonly Candidate[]
  readonly left: readonly LeftEntry[]
}

/** What every finding becomes beside the `candidates` that are there already. */
export async function matchReport(
  project: ComposeProject,
  builds: Builds,
  candidates: readonly Candidate[],
  report: ImageFindings,
): Promise<Matched> {
  const copied: Candidate[] = []
  const left: LeftEntry[] = []
  const known = new Set<string>()
  for (const finding of report.findings) {
    const services = servicesRunning(project, finding.image)
    const id = idOf(finding)
    if (known.has(id)) continue
    known.add(id)
    const result = await matchOne({ project, builds, candidates, services, finding })
    if (result === undefined) continue
    if ('reason' in result) left.push({ candidate: { id, place: placeOf(finding) }, ...result })
    else if (!copied.some((other) => other.id === result.id)) copied.push(result)
  }
  return { copied, left }
}

const idOf = ({ image, kind, key, path }: ReportedFinding): string =>
  printable(`${image.input} ${kind}${path === undefined ? '' : ` ${path}`}${key === undefined ? '' : ` ${key}`}`)

function placeOf({ kind, path, key }: ReportedFinding): LeftEntry['candidate']['place'] {
  const named = key === undefined ? {} : { key: printable(key) }
  if (path !== undefined) return { kind: 'file', path: printable(path), ...named }
  return { kind: kind === 'env' || kind === 'build-arg' || kind === 'label' ? kind : 'history', ...named }
}

interface Matching {
  readonly project: ComposeProject
  readonly builds: Builds
  readonly candidates: readonly Candidate[]
  readonly services: readonly string[]
  readonly finding: ReportedFinding
}

interface Explained {
  readonly reason: string
  readonly todo: string
}

async function matchOne(matching: Matching): Promise<Explained | Candidate | undefined> {
  const { builds, services, finding } = matching
  const [service] = services
  if (service === undefined)
    return {
      reason: 'no service of this project runs the image',
      todo: `look at the project that does: ${finding.title}`,
    }
  const build = builds.of.get(service)
  if (build === undefined)
    return {
      reason: builds.closed.get(service) ?? `${service} runs an image that is built elsewhere`,
      todo: 'tell those who build it; it has to be changed and revoked there',
    }
  if (finding.origin === 'base') return fromBase(build)
  switch (finding.kind) {
    case 'env':
    case 'build-arg':
      return fromVariable(matching, build)
    case 'file':
    case 'file-name':
      return fromFile(matching, build)
    default:
      return fromInstruction(build, finding)
  }
}

function fromBase({ dockerfile, target }: ServiceBuild): Explained {
  const first = Math.min(...stageChain(dockerfile, target))
  const stage = dockerfile.stages[first]
  return {
    reason: `it comes with the base image ${printable(stage?.base ?? '')} (line ${stage?.from.line ?? 1} of the Dockerfile), so it is not this project's`,
    todo: 'take a base image without it, or tell those who make it',
  }
}

function fromVariable({ candidates, services, finding }: Matching, build: ServiceBuild): Explained | undefined {
  const key = finding.key ?? ''
  const kinds = finding.kind === 'env' ? ['image-env'] : ['build-arg']
  const covered = candidates.some(
    (candidate) =>
      candidate.variable === key &&
      kinds.includes(candidate.what) &&
      (candidate.value.file === build.dockerfile.file || candidate.services.some((each) => services.includes(each))),
  )
  if (covered) return undefined
  const keyword = finding.kind === 'env' ? 'ENV' : 'ARG'
  const line = build.dockerfile.instructions.find(
    (each) => each.keyword === keyword && each.pairs.some((pair) => pair.key === key),
  )?.line
  if (line === undefined)
    return {
      reason: `the Dockerfile has no ${keyword} ${printable(key)}: it has changed since, or the base image brought it`,
      todo: 'rebuild the image and scan it again',
    }
  return {
    reason: `${keyword} in line ${line} takes it from another variable, or from the shell that builds`,
    todo: `let the RUN line that needs it read a build secret: RUN --mount=type=secret,id=…,env=${printable(key)}, and build.secrets with environment: ${printable(key)}`,
  }
}

/** Files that programs read by themselves while an image is built. */
const READ_BY_BUILDS =
  /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|\.pypirc|pip\.conf|\.git-credentials|\.gitconfig|id_[a-z0-9]+|auth\.json|settings\.xml|nuget\.config|config\.json|gradle\.properties)$/i

async function fromFile(matching: Matching, build: ServiceBuild): Promise<Explained | Candidate> {
  const { finding } = matching
  const path = `/${finding.path ?? ''}`
  if (finding.createdBy !== undefined && /^(?:\/bin\/sh|RUN\b)/.test(finding.createdBy))
    return fromInstruction(build, finding)
  const found = finding.nested ? undefined : await copiedFrom(build, path)
  if (found === undefined)
    return {
      reason: finding.nested
        ? `it lies in an archive inside ${printable(path)}`
        : `no COPY or ADD of the image's own stages puts a file of the build context at ${printable(path)}: it comes from another stage, or the project has changed since`,
      todo: 'leave it out where it is made, then rebuild and scan again',
    }
  const { source, instruction, alone, inFolder } = found
  const where = `${instruction.keyword} in line ${instruction.line} copies ${printable(source)}`
  if (finding.exposure === 'deleted' || finding.exposure === 'overwritten')
    return {
      reason: `${where}; a later line takes it away, but its layer still holds it`,
      todo: `add /${printable(source)} to .dockerignore, and mount it for the line that needs it: RUN --mount=type=secret,id=…,target=${printable(path)}`,
    }
  const reader = readerOf(build, found)
  if (reader !== undefined)
    return {
      reason: `${where}, and RUN in line ${reader.line} may read it while the image is built`,
      todo: `mount it for that line alone: RUN --mount=type=secret,id=…,target=${printable(path)}; then add /${printable(source)} to .dockerignore`,
    }
  if (!alone && !inFolder)
    return {
      reason: `${where} together with others that it names`,
      todo: `take it out of that line and add /${printable(source)} to .dockerignore, then mount it as a secret at ${printable(path)}`,
    }
  return copiedCandidate(matching, build, found, path)
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
  { project, services, finding }: Matching,
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

/** Lines of history, labels, commands: named, with what to do. */
function fromInstruction({ dockerfile, target }: ServiceBuild, { kind, createdBy, key }: ReportedFinding): Explained {
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
