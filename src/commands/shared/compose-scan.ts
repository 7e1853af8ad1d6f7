// What `secretscan compose` does between its settings and its reports: the project, then the images it names.
import { basename } from 'node:path'
import type { Settings } from '../../config/settings.js'
import type { RuleSet } from '../../detect/rule-set.js'
import { parseTarget } from '../../image/reference.js'
import { composeFilesOf } from '../../migrate/compose-names.js'
import { type ProjectImage, type ScannedProject, scanCompose } from '../../scan/scan-compose.js'
import { scanImage } from '../../scan/scan-image.js'
import { openSession, type ScanSession } from '../../scan/session.js'
import type { Coverage, ScanContext, TargetReport } from '../../scan/types.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { scanOptions } from './image-scan.js'
import type { ScanOutcome } from './scan.js'

/** Files whose names do not say that they are Compose files: so many are looked into. */
const MOST_READ = 100
const MOST_NAMED = 10

/** Scans the project and, with --images, its images. Throws UsageError for files that are no Compose files. */
export async function scanComposeProject(
  settings: Settings,
  rules: RuleSet,
  context: ScanContext,
): Promise<ScanOutcome> {
  const session = await openSession(scanOptions(settings, rules), context.concurrency)
  const { file: files, 'env-file': envFiles, profile: profiles } = settings
  const options = { files, envFiles, profiles, env: process.env, cwd: process.cwd() }
  try {
    const { report, images, project } = await scanCompose(options, session, context)
    const beside = files.length === 0 && project !== undefined ? await besideNotes(project) : []
    const { targets, notes } = settings.images
      ? await scanProjectImages(images, settings, rules, session, context)
      : NO_IMAGES
    return { targets: [{ ...report, coverage: [...report.coverage, ...beside, ...notes] }, ...targets] }
  } finally {
    await session.close()
  }
}

const NO_IMAGES = { targets: [], notes: [] }

/** Compose files of the same folder that `docker compose` does not start by itself (compose.prod.yaml), and that nobody named. */
async function besideNotes({ directory, files }: NonNullable<ScannedProject['project']>): Promise<readonly Coverage[]> {
  const read = new Set(files.map(({ file }) => file))
  const others = (await composeFilesOf(directory, { left: MOST_READ })).filter((file) => !read.has(file))
  if (others.length === 0) return []
  const names = others.map((file) => printable(basename(file)))
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  const [are, them] = names.length === 1 ? ['is', 'it'] : ['are', 'them']
  const detail = `${names.slice(0, MOST_NAMED).join(', ')}${more} ${are} no part of what docker compose starts here by itself, and ${names.length === 1 ? 'was' : 'were'} not scanned: name ${them} with -f.`
  return [{ code: 'COMPOSE_FILE_BESIDE', effect: 'note', detail }]
}

/** An image that the project builds and that nobody has built yet is no failure. */
async function scanProjectImages(
  images: readonly ProjectImage[],
  settings: Settings,
  rules: RuleSet,
  session: ScanSession,
  context: ScanContext,
): Promise<{ readonly targets: readonly TargetReport[]; readonly notes: readonly Coverage[] }> {
  const targets: TargetReport[] = []
  const notes: Coverage[] = []
  for (const { reference, built } of images) {
    if (!isImageName(reference)) {
      const detail = `The image name ${printable(reference)} was not looked up: it is none that an engine or a registry has.`
      notes.push({ code: 'IMAGE_NAME', effect: 'skipped', detail })
      continue
    }
    const reports = await scanImage(reference, { ...scanOptions(settings, rules), session }, context)
    if (built && reports.some(({ failed }) => failed !== undefined)) {
      const detail = `The image ${printable(reference)} was not found: build the project, then it can be scanned.`
      notes.push({ code: 'IMAGE_NOT_BUILT', effect: 'note', detail })
    } else targets.push(...reports)
  }
  return { targets, notes }
}

/** A project's image is no path and no archive, whatever an argument of that form would mean. */
function isImageName(reference: string): boolean {
  try {
    return parseTarget(reference).kind === 'engine-or-registry'
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}
