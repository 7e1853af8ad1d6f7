// The use case of `secretscan compose`: a project's files and what its services are built from, to one report. The images are another's task.
import { lstat, readFile } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { loadProject } from '../compose/load.js'
import type { ComposeProject } from '../compose/types.js'
import { EXIT, SecretscanError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { isMap } from '../support/tree.js'
import { mergeFindings } from './assemble.js'
import { envFilePieces } from './env-file-pieces.js'
import { linesAt } from './lines.js'
import { listedFiles, mountedFiles } from './mounted-files.js'
import { type ProjectBuilds, projectBuilds } from './project-builds.js'
import { projectPieces } from './project-pieces.js'
import { scanFiles } from './scan-files.js'
import { type ScannedStrings, scanStrings } from './scan-strings.js'
import type { ScanSession } from './session.js'
import type { Coverage, LocalFinding, Place, Related, ScanContext, Span, TargetReport } from './types.js'
import type { Piece } from './unit.js'
import type { WorkerPool } from './worker-pool.js'

/** Bytes of a copied .env that is read variable by variable. */
const MOST_ENV_BYTES = 8 * 1024 * 1024

export interface ComposeOptions {
  /** As given with -f; empty: as `docker compose` finds them. */
  readonly files: readonly string[]
  /** As given with --env-file; empty: .env. */
  readonly envFiles?: readonly string[]
  readonly profiles: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export interface ScannedProject {
  readonly report: TargetReport
  readonly images: readonly ProjectImage[]
  /** Absent where the project could not be loaded. */
  readonly project?: Pick<ComposeProject, 'directory' | 'files'>
}

/** An image that an active service names. `built`: the project builds it itself, so it may not be there yet. */
export interface ProjectImage {
  readonly reference: string
  readonly built: boolean
}

/** Files that the report's places are in, by their path in it. */
type Texts = Map<string, Uint8Array>

/** Scans a project. One that is not there becomes a report with `failed`; throws ComposeFileError for files that are none. */
export async function scanCompose(
  options: ComposeOptions,
  session: ScanSession,
  context: ScanContext,
): Promise<ScannedProject> {
  const input = options.files.length === 0 ? '.' : options.files.join(', ')
  try {
    const project = await loadProject(options)
    return {
      report: await scanProject(project, input, options.cwd, session, context),
      images: imagesOf(project),
      project,
    }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof SecretscanError) || error.exitCode !== EXIT.unreachable) throw error
    const { code, exitCode, hint } = error
    const message = hint === undefined ? error.message : `${error.message} ${hint}`
    const nothing = { findings: [], coverage: [], cachedLayers: [], stats: { layers: 0, files: 0, bytes: 0 } }
    return {
      report: { kind: 'compose', input, reference: input, ...nothing, failed: { code, message, exitCode } },
      images: [],
    }
  }
}

async function scanProject(
  project: ComposeProject,
  input: string,
  cwd: string,
  session: ScanSession,
  context: ScanContext,
): Promise<TargetReport> {
  const { builds, texts, findings, coverage } = await scanProjectStrings(project, session.pool)
  const mounted = await mountedFiles(project, cwd)
  // Scanned as any file is, but for those that were read as what they are.
  const others = [...builds.copied, ...mounted.files.keys()]
  const left = others.filter((file) => !texts.has(relative(project.directory, file)))
  const files = await scanFiles(listedFiles(left, project), session, context)
  const bytes = [...texts.values()].reduce((sum, text) => sum + text.length, files.stats.bytes)
  return {
    kind: 'compose',
    input,
    reference: project.name,
    cachedLayers: [],
    findings: mergeFindings([...findings, ...files.findings], 'own'),
    coverage: [...projectCoverage(project), ...builds.coverage, ...mounted.coverage, ...coverage, ...files.coverage],
    stats: { layers: 0, files: texts.size + files.stats.files, bytes },
  }
}

interface ScannedTexts extends Pick<ScannedStrings, 'findings' | 'coverage'> {
  readonly builds: ProjectBuilds
  readonly texts: Texts
}

/** What stands in a project's own files, with the fingerprints that its report has. */
export async function scanProjectStrings(project: ComposeProject, pool: WorkerPool): Promise<ScannedTexts> {
  const builds = await projectBuilds(project)
  const texts = textsOf(project, builds)
  const copied = await copiedEnvFiles(project, builds, texts)
  const pieces = [...projectPieces(project), ...builds.pieces, ...copied]
  const { findings, coverage } = await scanStrings(pieces, pool)
  return { builds, texts, findings: findings.map((finding) => withLines(finding, texts)), coverage }
}

function textsOf(project: ComposeProject, builds: ProjectBuilds): Texts {
  const { directory, files } = project
  const read = [...files.map(({ file, bytes }) => [file, bytes] as const), ...builds.dockerfiles]
  return new Map(read.map(([file, bytes]) => [relative(directory, file), bytes]))
}

/** Copied .env files that the project has not read itself; they join `texts`. */
async function copiedEnvFiles(project: ComposeProject, builds: ProjectBuilds, texts: Texts): Promise<Piece[]> {
  const pieces: Piece[] = []
  for (const file of builds.copied.filter(isEnvFile)) {
    const path = relative(project.directory, file)
    const stats = texts.has(path) ? undefined : await lstat(file).catch(() => undefined)
    // A larger one is no .env; it is scanned as any file is.
    if (stats === undefined || stats.size > MOST_ENV_BYTES) continue
    const bytes = await readFile(file).catch(() => undefined)
    if (bytes === undefined) continue
    texts.set(path, bytes)
    pieces.push(...envFilePieces(path, bytes))
  }
  return pieces
}

function isEnvFile(file: string): boolean {
  return /^\.env(?:\..*)?$|\.env$/i.test(basename(file))
}

/** The active ones, whatever stands there. */
function servicesOf({ model }: ComposeProject): readonly (readonly [string, unknown])[] {
  const { services } = model
  return isMap(services) ? Object.entries(services) : []
}

function imagesOf(project: ComposeProject): ProjectImage[] {
  const images = new Map<string, ProjectImage>()
  for (const [, service] of servicesOf(project)) {
    if (!isMap(service) || typeof service['image'] !== 'string') continue
    images.set(service['image'], { reference: service['image'], built: 'build' in service })
  }
  return [...images.values()]
}

function projectCoverage(project: ComposeProject): Coverage[] {
  const issues = project.issues.map(({ file, ...issue }): Coverage => {
    const place: Place = { kind: 'compose', path: relative(project.directory, file) }
    return { ...issue, place }
  })
  const { inactiveServices, directory, files } = project
  const services = servicesOf(project)
  if (inactiveServices.length === 0 && services.length === 0) {
    const read = files.filter(({ kind }) => kind === 'compose').map(({ file }) => relative(directory, file))
    return [...issues, noServices(read)]
  }
  const malformed = services.filter(([, service]) => service !== null && !isMap(service)).map(([name]) => name)
  if (malformed.length > 0) issues.push(noMappings(malformed))
  if (inactiveServices.length === 0) return issues
  const detail = `No chosen profile activates ${inactiveServices.join(', ')}: what these are built from and mount was not looked at (--profile).`
  return [...issues, { code: 'SERVICE_INACTIVE', effect: 'note', detail }]
}

/** Docker refuses such a project; whoever wrote it may have meant something else. */
function noMappings(names: readonly string[]): Coverage {
  const [what, held] = names.length === 1 ? ['is no service', 'it holds'] : ['are no services', 'they hold']
  const detail = `${names.map(printable).join(', ')} under "services" ${what}, since no keys and values stand there: what ${held} was read as text alone. Check the indentation.`
  return { code: 'NOT_A_SERVICE', effect: 'note', detail }
}

function noServices(names: readonly string[]): Coverage {
  const [file, verb] = names.length === 1 ? ['file', 'has'] : ['files', 'have']
  const detail = `The ${file} ${names.join(', ')} ${verb} no services, so there was little to scan. Check that this is the Compose file that you mean.`
  return { code: 'NO_SERVICES', effect: 'note', detail }
}

/** Pieces know offsets in their file; lines are counted here, where the file is. */
function withLines(finding: LocalFinding, texts: Texts): LocalFinding {
  const related: Related[] = finding.related.map((other) => ({ ...other, span: lined(other.place, other.span, texts) }))
  return { ...finding, span: lined(finding.place, finding.span, texts), related }
}

function lined(place: Place, span: Span, texts: Texts): Span {
  const text = 'path' in place ? texts.get(place.path) : undefined
  if (text === undefined || span.line !== undefined) return span
  const end = Math.min(span.offset + (span.length ?? 0), text.length)
  const places = linesAt(text, [span.offset, end], { textStart: true })
  const to = span.length === undefined ? undefined : places.get(end)
  return {
    ...span,
    ...places.get(span.offset),
    ...(to === undefined ? {} : { endLine: to.line, endColumn: to.column }),
  }
}
