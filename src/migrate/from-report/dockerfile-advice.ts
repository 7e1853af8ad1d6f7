// What a report's findings come from where there is a Dockerfile and no Compose project: nothing can be moved there, so each is explained, with the
// line and what to write.
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ComposeProject } from '../../compose/types.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { afterBuild } from '../afterwards.js'
import { readBuilds, type ServiceBuild } from '../builds.js'
import { ownFindings, reportNotes } from '../image-notes.js'
import type { LeftEntry } from '../plan-moves.js'
import type { Afterwards } from '../types.js'
import { explainBuildFile, isBuildFile, isNamedBy } from './build-files.js'
import type { CopiedFile } from './copied-files.js'
import { type Explained, fromBase, fromInstruction, variableLine } from './explain.js'
import { broughtBy } from './file-finding.js'
import { entryOf } from './match.js'
import { type ReportedFinding, type ReportedImage, readReport } from './read.js'

export interface DockerfileAdvice {
  readonly left: readonly LeftEntry[]
  readonly notes: readonly string[]
  readonly afterwards: readonly Afterwards[]
}

const SERVICE = 'image'

/**
 * The advice for the images of the report `file`, all taken for built from the Dockerfile in `folder` (absolute).
 * @returns undefined where there is none.
 * @throws UsageError for a report or a Dockerfile that cannot be read.
 */
export async function dockerfileAdvice(file: string, folder: string): Promise<DockerfileAdvice | undefined> {
  const build = await buildIn(folder)
  if (build === undefined) return undefined
  const found = await readReport(file)
  const left = new Map<string, LeftEntry>()
  for (const finding of found.findings) {
    const entry = entryOf(finding, await explain(build, finding))
    // One name may stand for several lines: "history https".
    const key = `${entry.candidate.id}\0${entry.reason}`
    if (!left.has(key)) left.set(key, entry)
  }
  // What its base image brought is no reason to build it anew: the base image would have to be another one first.
  const images = [...new Set(ownFindings(found.findings).map(({ image }) => nameOf(image)))]
  return {
    left: [...left.values()],
    notes: reportNotes(found),
    afterwards: images.length === 0 ? [] : afterBuild(images, (image) => `docker build -t ${image} .`),
  }
}

/** What it is called, or is to be: an archive may name none. */
const nameOf = ({ source, reference, input }: ReportedImage): string =>
  reference !== input || ENGINES_AND_REGISTRIES.has(source) ? reference : 'IMAGE'

const ENGINES_AND_REGISTRIES: ReadonlySet<string> = new Set(['docker', 'podman', 'registry'])

async function buildIn(folder: string): Promise<ServiceBuild | undefined> {
  const project: ComposeProject = {
    name: SERVICE,
    directory: folder,
    mainFiles: [],
    files: [],
    model: { services: { [SERVICE]: { build: { context: folder } } } },
    inactiveServices: [],
    values: [],
    issues: [],
    environment: new Map(),
  }
  const read = (file: string) => readFile(file).catch(() => undefined)
  if ((await read(join(folder, 'Dockerfile'))) === undefined) return undefined
  const { of, closed } = await readBuilds(project, read)
  const build = of.get(SERVICE)
  if (build === undefined)
    throw new UsageError(`Nothing can be said of the image: ${closed.get(SERVICE) ?? 'its Dockerfile cannot be read'}.`)
  return build
}

async function explain(build: ServiceBuild, finding: ReportedFinding): Promise<Explained> {
  if (finding.origin === 'base') return fromBase(build)
  switch (finding.kind) {
    case 'env':
    case 'build-arg':
      return fromVariable(build, finding)
    case 'file':
    case 'file-name':
    case 'git': {
      const found = await broughtBy(build, finding, { advice: ADVICE })
      return 'reason' in found ? found : fromContext(build, finding, found)
    }
    default:
      return fromInstruction(build, finding, { advice: ADVICE })
  }
}

function fromVariable(build: ServiceBuild, finding: ReportedFinding): Explained {
  const { kind, key = '' } = finding
  const made = variableLine(build, finding)
  if ('reason' in made) return made
  const { line } = made
  if (kind === 'env')
    return {
      reason: `ENV in line ${line} of the Dockerfile sets it, for everyone who pulls the image`,
      todo: `Take it out of that line. ${AT_START}: docker run --env-file FILE, or a secret of what runs it`,
    }
  const id = printable(key.toLowerCase())
  return {
    reason: `ARG in line ${line} of the Dockerfile takes it, and build arguments stay in the image's history`,
    todo: `Take the ARG out, let the RUN line that needs it read it, RUN --mount=type=secret,id=${id},required=true ${printable(key)}="$(cat /run/secrets/${id})" …, and build with: docker build --secret id=${id},env=${printable(key)} .`,
  }
}

function fromContext(build: ServiceBuild, finding: ReportedFinding, copied: CopiedFile): Explained {
  const { source, instruction } = copied
  if (isBuildFile(source)) return explainBuildFile(copied, build.ignoreFile)
  const [file, path] = [printable(source), printable(`/${finding.path ?? ''}`)]
  const out = isNamedBy(copied)
    ? 'Take it out of that line'
    : `Add /${file} to ${printable(basename(build.ignoreFile))}`
  return {
    reason: `${instruction.keyword} in line ${instruction.line} of the Dockerfile brings ${file} along`,
    todo: `${out}, then rebuild. A program of the container that reads it gets it when it starts, docker run -v "$PWD/${file}:${path}:ro" or as a secret of what runs it; a RUN line mounts it: RUN --mount=type=secret,id=…,target=${path}`,
  }
}

const AT_START = 'What starts the container gives it the value'
const READ_IT = `Let the program read it from a file or a variable. ${AT_START}: docker run --env-file FILE, or a secret of what runs it`
/** As explain.ts has it for services of a project. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'RUN',
    'Write "$(cat /run/secrets/NAME)" in its place, RUN --mount=type=secret,id=NAME,required=true in front, and build with: docker build --secret id=NAME,src=FILE .',
  ],
  ['LABEL', 'Take the label out: everyone who may pull the image reads it'],
  ['CMD', READ_IT],
  ['ENTRYPOINT', READ_IT],
  ['HEALTHCHECK', READ_IT],
])
