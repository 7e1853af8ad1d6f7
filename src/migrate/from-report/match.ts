// An image's findings and the project that makes it: what each becomes, a value of a Dockerfile, a copied file, or a reason.
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { shellWord } from '../../support/shell-word.js'
import type { Builds, ServiceBuild } from '../builds.js'
import { detectionOf } from '../candidate-base.js'
import type { Candidate, Detection } from '../candidates.js'
import type { LeftEntry } from '../plan-moves.js'
import { imageOf } from '../service-model.js'
import type { FateOf } from './context-file.js'
import {
  type Explained,
  fromBase,
  fromInstruction,
  type HoldsSecret,
  instructionOf,
  isOfImage,
  variableLine,
} from './explain.js'
import { fromFile } from './file-finding.js'
import type { ImageFindings, ReportedFinding, ReportedImage } from './read.js'

/** Docker's short names spelled out enough to compare them. */
function comparable(reference: string): string {
  const name = reference
    .replace(/^(?:docker|registry|podman):(?=.*[/:@])/, '')
    .replace(/^(?:docker\.io\/)?(?:library\/)?/, '')
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`
}

/** Services of the project that run the image. */
export function servicesRunning(
  project: ComposeProject,
  image: Pick<ReportedImage, 'input' | 'reference' | 'names'>,
): readonly string[] {
  const names = new Set([image.input, image.reference, ...image.names].map(comparable))
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
    hint: `Scan its images: secretscan image ${[...new Set(own)].map((image) => shellWord(printable(image))).join(' ')} --format json --output report.json`,
  })
}

/** Values of Dockerfiles and build arguments that the report names, with what it says they are. */
export function reportedValues(
  project: ComposeProject,
  builds: Builds,
  report: ImageFindings,
): (value: LocatedValue) => Detection | undefined {
  const found = report.findings.flatMap((finding) =>
    finding.origin !== 'base' && (finding.kind === 'env' || finding.kind === 'build-arg')
      ? servicesRunning(project, finding.image).map((service) => ({ finding, service }))
      : [],
  )
  return (value) => {
    const match = found.find(({ finding, service }) => {
      if (finding.key !== value.key || value.section === 'labels' || !value.usedBy.includes(service)) return false
      if (value.section === 'build.args') return finding.kind === 'build-arg'
      return builds.of.get(service)?.dockerfile.file === value.file
    })
    return match && detectionOf(match.finding.title, match.finding)
  }
}

export interface Matched {
  readonly copied: readonly Candidate[]
  readonly left: readonly LeftEntry[]
  /** What each fingerprint of the report became. */
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>
}

/** The candidates that stand for a finding, or why none does. */
export type Outcome = Explained | readonly Candidate[]

/** What every finding becomes beside the `candidates` that are there already. `texts`: plain values that detection finds in the project's files. */
export async function matchReport(
  project: ComposeProject,
  builds: Builds,
  candidates: readonly Candidate[],
  report: ImageFindings,
  texts: readonly string[],
): Promise<Matched> {
  const copied: Candidate[] = []
  const left: LeftEntry[] = []
  const known = new Map<string, Outcome>()
  const outcomes = new Map<string, Outcome[]>()
  const fates = fatesIn(project, report)
  const holdsSecret: HoldsSecret = (text) =>
    [...texts, ...candidates.map(({ secret }) => secret)].some((each) => text.includes(each))
  for (const finding of report.findings) {
    const services = servicesRunning(project, finding.image)
    // Several lines of the history may hold a value under one name.
    const id = `${idOf(finding)}\0${ofLine(finding)}`
    const fateOf: FateOf = (service, path) => fates.get(`${service}\0${path}`)
    const outcome =
      known.get(id) ??
      (await matchOne({
        project,
        builds,
        candidates,
        services,
        finding,
        findings: report.findings,
        fateOf,
        holdsSecret,
      }))
    for (const fingerprint of new Set([finding.fingerprint, finding.sameValueAs ?? finding.fingerprint]))
      outcomes.set(fingerprint, [...(outcomes.get(fingerprint) ?? []), outcome])
    if (known.has(id)) continue
    known.set(id, outcome)
    if ('reason' in outcome) {
      const entry = entryOf(finding, outcome)
      if (!left.some(({ candidate, reason }) => candidate.id === entry.candidate.id && reason === entry.reason))
        left.push(entry)
    } else
      for (const each of outcome)
        if (each.copied !== undefined && !copied.some((other) => other.id === each.id)) copied.push(each)
  }
  return { copied, left, outcomes }
}

/** How files of images are exposed, by service and absolute path; a path whose older content was overwritten is there all the same. */
function fatesIn(project: ComposeProject, { findings }: ImageFindings): ReadonlyMap<string, string> {
  const files = findings.filter(({ kind, inside }) => (kind === 'file' || kind === 'file-name') && inside.length === 0)
  const there = (exposure = 'final') => (exposure === 'final' ? 1 : 0)
  const inOrder = files.toSorted((a, b) => there(a.exposure) - there(b.exposure))
  return new Map(
    inOrder.flatMap(({ image, path = '', exposure = 'final' }) =>
      servicesRunning(project, image).map((service) => [`${service}\0/${path}`, exposure] as const),
    ),
  )
}

/** A finding that stays, under its name in the plan. */
export const entryOf = (finding: ReportedFinding, { reason, todo }: Explained): LeftEntry => ({
  candidate: { id: idOf(finding), place: placeOf(finding) },
  reason,
  todo,
})

const idOf = ({ image, kind, key, path, inside }: ReportedFinding): string =>
  printable(
    `${image.input} ${kind}${path === undefined ? '' : ` ${[path, ...inside].join('!')}`}${key === undefined ? '' : ` ${key}`}`,
  )

const ofLine = ({ kind, createdBy = '' }: ReportedFinding): string => (kind === 'history' ? createdBy : '')

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
  /** All of the report. */
  readonly findings: readonly ReportedFinding[]
  readonly fateOf: FateOf
  readonly holdsSecret: HoldsSecret
}

async function matchOne(matching: Matching): Promise<Outcome> {
  const { builds, services, finding } = matching
  const [service] = services
  if (service === undefined)
    return {
      reason: 'No service of this project runs the image',
      todo: `Look at the project that does: ${finding.title}`,
    }
  const build = builds.of.get(service)
  if (build === undefined)
    return {
      reason: `The image of ${service} cannot be traced to its Dockerfile: ${builds.closed.get(service) ?? 'it is built elsewhere'}`,
      todo: 'Tell those who build it; it has to be changed and revoked there',
    }
  if (finding.origin === 'base') return fromBase(build)
  switch (finding.kind) {
    case 'env':
    case 'build-arg':
      return fromVariable(matching, build)
    case 'file':
    case 'file-name':
    case 'git':
      return fromFile(matching, build)
    default: {
      const own = inCommand(matching, build)
      return own.length > 0 ? own : fromInstruction(build, finding, matching)
    }
  }
}

/** Candidates of its own stand for it: it moves, or its reason is said there. */
function inCommand({ candidates, finding }: Matching, build: ServiceBuild): readonly Candidate[] {
  const line = instructionOf(build, finding)
  return candidates.filter(
    ({ what, value, shadowed }) =>
      (what === 'build-literal' || what === 'run-literal' || (finding.kind === 'label' && finding.key === value.key)) &&
      value.file === build.dockerfile.file &&
      line !== undefined &&
      [value, ...shadowed].some(({ start }) => line.start <= start && start < line.end),
  )
}

function fromVariable({ candidates, services, finding }: Matching, build: ServiceBuild): Outcome {
  const key = finding.key ?? ''
  const kinds = finding.kind === 'env' ? ['image-env'] : ['build-arg']
  const covered = candidates.filter(
    ({ variable, what, value, services: own }) =>
      variable === key &&
      kinds.includes(what) &&
      (value.file === build.dockerfile.file
        ? isOfImage(build, value.start)
        : own.some((each) => services.includes(each))),
  )
  if (covered.length > 0) return covered
  const line = variableLine(build, finding)
  if ('reason' in line) return line
  return {
    reason: `${line.keyword} in line ${line.line} takes it from another variable, or from the shell that builds`,
    todo: `Let the RUN line that needs it read a build secret: RUN --mount=type=secret,id=…,env=${printable(key)}, and build.secrets with environment: ${printable(key)}`,
  }
}
