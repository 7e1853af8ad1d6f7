// Where the findings of a project's images come from: a report in a file, or a scan that is made now.
import type { ComposeProject } from '../../compose/types.js'
import { UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import type { Builds } from '../builds.js'
import { imageOf } from '../service-model.js'
import { type LookUpImages, withEngineNames } from './engine-names.js'
import { type ImageFindings, parseReport, readReport } from './read.js'

/** Scans images of the engine; gives a JSON report (docs/schemas/report.schema.json). */
export type ScanImages = (images: readonly string[]) => Promise<string>

export interface FindingsRequest {
  /** Absolute path of a JSON report. */
  readonly report?: string
  /** The project's images are scanned first. */
  readonly scanFirst?: boolean
  readonly scanImages?: ScanImages
  /** Without it no engine is asked. */
  readonly lookUp?: LookUpImages
  readonly on: (message: string) => void
}

export interface ProjectFindings extends ImageFindings {
  /** The report's file; undefined where it was made now. */
  readonly file?: string
  /** What a person has to know of how it came about. */
  readonly notes: readonly string[]
}

/** Images that the project builds, by the name that Compose gives them. */
function builtImages(project: ComposeProject, builds: Builds): readonly string[] {
  const services = [...builds.of.keys(), ...builds.closed.keys()]
  return [...new Set(services.map((service) => imageOf(project, service)))].sort()
}

/**
 * @returns undefined where nobody asked for findings of images.
 * @throws UsageError for a report that is of no use; UnreachableError where the engine cannot be asked.
 */
export async function obtainFindings(
  request: FindingsRequest,
  project: ComposeProject,
  builds: Builds,
): Promise<ProjectFindings | undefined> {
  const { report, scanFirst, scanImages, on, lookUp = async () => [] } = request
  if (report !== undefined)
    return { file: report, ...(await withEngineNames(await readReport(report), project, lookUp)) }
  if (scanFirst !== true || scanImages === undefined) return undefined
  const images = builtImages(project, builds)
  if (images.length === 0)
    return { images: [], findings: [], failed: [], notes: ['the project builds no image: there was none to scan'] }
  on(`scanning ${images.map(printable).join(', ')}`)
  const found = parseReport('The scan', await scanImages(images))
  const unreachable = found.failed.find(({ code }) => code !== 'NOT_FOUND')
  if (unreachable !== undefined)
    throw new UnreachableError(`${printable(unreachable.input)} cannot be scanned. ${unreachable.message}`, {
      hint: 'start the engine, or leave out --images',
    })
  const named = await withEngineNames(found, project, lookUp)
  const missing = found.failed.map(({ input }) => printable(input)).join(', ')
  return {
    ...named,
    notes:
      missing === ''
        ? []
        : [
            `${missing}: not built yet, so nothing is known of what is in the image; docker compose build, then plan again`,
          ],
  }
}
