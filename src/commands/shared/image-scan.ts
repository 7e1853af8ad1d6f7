// What `secretscan image` does between its settings and its reports: which images, their base, what to compare them with.
import type { Settings } from '../../config/settings.js'
import type { RuleSet } from '../../detect/rule-set.js'
import { imageMatcher, parseImageGlob } from '../../image/glob.js'
import { parseTarget } from '../../image/reference.js'
import type { SourceKind } from '../../image/types.js'
import { type BaseCandidate, type BaseFinder, namedBase, searchedBase } from '../../scan/base-image.js'
import { failedReport, type ScanOptions, scanImage, targetError } from '../../scan/scan-image.js'
import { openSession, type ScanSession } from '../../scan/session.js'
import type { ScanContext, TargetReport } from '../../scan/types.js'
import { NotFoundError, UnreachableError, UsageError } from '../../support/errors.js'
import type { Issue } from '../../support/issue.js'
import { printable } from '../../support/printable.js'
import { heldBy, type IsHeld } from '../../suppress/since.js'
import { checkPaths, withAdvice } from './image-arguments.js'
import { type ScanOutcome, sessionOptions } from './scan.js'

/** What scan/ needs to know of the settings for images. */
export function scanOptions(settings: Settings, rules: RuleSet): ScanOptions {
  return {
    ...sessionOptions(settings, rules),
    skipLayers: settings['skip-layers'],
    skipConfig: settings['skip-config'],
    ...(settings.source === undefined ? {} : { source: settings.source }),
    sourceOptions: {
      ...(settings.platform === undefined ? {} : { platform: settings.platform }),
      maxManifestSize: settings['max-manifest-size'],
      includeAttestations: settings['include-attestations'],
      allowForeignLayers: settings['allow-foreign-layers'],
      followLinks: settings.follow,
      insecureRegistries: settings['insecure-registry'],
      ...(settings['registry-ca'] === undefined ? {} : { registryCa: settings['registry-ca'] }),
      offline: settings.offline,
    },
  }
}

/** Flags that need or exclude each other. Throws UsageError. */
function checkTogether(inputs: readonly string[], settings: Settings): void {
  const refuse = (message: string, hint: string): never => {
    throw new UsageError(message, { hint })
  }
  if (settings.all && inputs.length > 0) refuse('--all and named images exclude each other', 'Give one of them.')
  if (!settings.all && inputs.length === 0) refuse('Name at least one image', 'Example: secretscan image myapp:latest')
  if (settings.dangling && !settings.all) refuse('--dangling needs --all', 'Name an image by its ID instead.')
  if (settings.all && settings.source !== undefined && settings.source !== 'docker' && settings.source !== 'podman') {
    refuse(
      `--all lists the images of an engine, not of --source ${settings.source}`,
      'Use --source docker or podman, or none.',
    )
  }
  if (settings.origin.length > 0 && settings['base-image'] === undefined)
    refuse('--origin needs --base-image', 'Add --base-image auto.')
  if (settings['skip-layers'] && settings['skip-config'])
    refuse('--skip-layers and --skip-config leave nothing to scan', 'Give one of them.')
  if (inputs.filter((input) => input === '-').length > 1)
    refuse('Standard input ("-") can be read only once', 'Save the archive to a file first.')
}

/** Loaded when needed: the engine's client is large. */
const engineImages = () => import('../../image/sources/engine-images.js')

/** No engine is no failure here: a base can then only be named. */
async function baseCandidates(): Promise<readonly BaseCandidate[]> {
  try {
    return await (await engineImages()).engineLayers('docker')
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof NotFoundError) return []
    throw error
  }
}

async function baseFinder(
  settings: Settings,
  options: ScanOptions,
  context: ScanContext,
): Promise<BaseFinder | undefined> {
  const reference = settings['base-image']
  if (reference === undefined) return undefined
  const quiet: ScanContext = { ...context, on: () => undefined }
  const { source: _, ...anywhere } = options
  const scanConfig = (base: string) => scanImage(base, { ...anywhere, skipLayers: true, skipConfig: false }, quiet)
  return reference === 'auto' ? searchedBase(await baseCandidates(), scanConfig) : namedBase(reference, scanConfig)
}

/** What the image of --since holds. Throws NotFoundError where it cannot be read. */
async function knownSince(reference: string, options: ScanOptions, context: ScanContext): Promise<IsHeld> {
  const reports = await scanImage(reference, placedFor(reference, options), context)
  const failed = reports.find((report) => report.failed !== undefined)?.failed
  if (failed !== undefined)
    throw new NotFoundError(`The image of --since cannot be read. ${failed.message}`, {
      ...(failed.hint === undefined ? {} : { hint: failed.hint }),
    })
  return heldBy(reports)
}

/** --source is about a plain name; an earlier image that names its own place (registry:…, a file) is looked for there. */
function placedFor(reference: string, options: ScanOptions): ScanOptions {
  const { source, ...anywhere } = options
  const isName = parseTarget(reference).kind === 'engine-or-registry'
  const listsNames = source === 'docker' || source === 'podman' || source === 'registry'
  return isName && listsNames ? options : anywhere
}

/** What an argument stands for: itself, or the images of an engine that its glob matches. */
async function imagesOf(input: string, source: SourceKind | undefined): Promise<readonly string[]> {
  const glob = parseImageGlob(input, source)
  if (glob === undefined) return [input]
  const { kind, pattern } = glob
  const images = await (await engineImages()).matchingEngineImages(kind, imageMatcher(pattern), `"${printable(input)}"`)
  return source === undefined ? images.map((name) => `${kind}:${name}`) : images
}

/** What the arguments stand for, each image once: its name, or why there is none. */
async function imagesToScan(
  inputs: readonly string[],
  source: SourceKind | undefined,
  signal: AbortSignal,
): Promise<readonly (string | TargetReport)[]> {
  const images = new Set<string | TargetReport>()
  for (const input of inputs) {
    const found = await imagesOf(input, source).catch((error: unknown) => [
      failedReport(input, targetError(error, signal)),
    ])
    for (const image of found) images.add(image)
  }
  return [...images]
}

/** One after the other: each image uses all workers, and a layer that two share is scanned once. */
async function scanEach(
  inputs: readonly string[],
  options: ScanOptions,
  session: ScanSession,
  context: ScanContext,
): Promise<readonly TargetReport[]> {
  const images = await imagesToScan(inputs, options.source, context.signal)
  const reports: TargetReport[] = []
  for (const [i, image] of images.entries()) {
    context.on({ type: 'target', index: i + 1, of: images.length })
    if (typeof image === 'string') reports.push(...(await scanImage(image, { ...options, session }, context)))
    else reports.push(image)
  }
  return reports
}

const NO_IMAGES: Issue = {
  code: 'NOTHING_THERE',
  effect: 'note',
  detail: 'The engine has no image with a name. Those without one are scanned with --dangling.',
}

/** Scans the named images, or all of the engine. Throws UsageError, and NotFoundError for a base or --since that cannot be read. */
export async function scanImages(
  inputs: readonly string[],
  settings: Settings,
  rules: RuleSet,
  context: ScanContext,
): Promise<ScanOutcome> {
  checkTogether(inputs, settings)
  checkPaths(inputs, settings.source)
  const engine = settings.source === 'podman' ? 'podman' : 'docker'
  const plain = scanOptions(settings, rules)
  const images = settings.all ? await (await engineImages()).listEngineImages(engine, settings.dangling) : inputs
  const options = settings.all ? ({ ...plain, source: engine } as const) : plain
  const session = await openSession(options, context.concurrency)
  try {
    const base = await baseFinder(settings, { ...options, session }, context)
    const since =
      settings.since === undefined ? undefined : await knownSince(settings.since, { ...options, session }, context)
    const reports = await scanEach(images, { ...options, ...(base === undefined ? {} : { base }) }, session, context)
    const worstFirst = settings.all || inputs.some((input) => parseImageGlob(input, settings.source) !== undefined)
    // Names that nobody typed were not meant as anything else.
    const targets = worstFirst ? reports : reports.map((report) => withAdvice(report, settings.debug))
    const notes = targets.length === 0 ? [NO_IMAGES] : []
    return { targets, worstFirst, notes, ...(since === undefined ? {} : { since }) }
  } finally {
    await session.close()
  }
}
