// Finds a report's images in the engine by what they are, since tags move: the names that each has now, and which of the project's
// images have been built anew.
import type { ComposeProject } from '../../compose/types.js'
import { printable } from '../../support/printable.js'
import { imageOf, serviceModel } from '../service-model.js'
import { servicesRunning } from './match.js'
import type { ImageFindings, ReportedImage } from './read.js'

/** An image that the engine has under a name that was asked for. */
export interface NamedImage {
  readonly name: string
  readonly id: string
  /** All names that it has. */
  readonly tags: readonly string[]
  readonly diffIds: readonly string[]
}

/** Gives those of `names` that the engine has; nothing where there is no engine. */
export type LookUpImages = (names: readonly string[]) => Promise<readonly NamedImage[]>

const bare = (digest: string): string => digest.replace(/^sha256:/, '')

/** An engine with containerd's store knows an image by its manifest, which few reports name: then its layers tell. */
function isSame(image: ReportedImage, { id, diffIds }: NamedImage): boolean {
  if (image.ids.some((each) => bare(each) === bare(id))) return true
  return (
    diffIds.length > 0 &&
    diffIds.length === image.diffIds.length &&
    diffIds.every((each, at) => each === image.diffIds[at])
  )
}

/** The findings with the names that their images have now, and notes on images that are others by now. */
export async function withEngineNames(
  found: ImageFindings,
  project: ComposeProject,
  lookUp: LookUpImages,
): Promise<ImageFindings & { readonly notes: readonly string[] }> {
  const services = Object.keys((project.model['services'] as object | undefined) ?? {})
  const known = await lookUp([...new Set(services.map((service) => imageOf(project, service)))].sort())
  const named = new Map(
    found.images.map((image) => {
      const same = known.filter((each) => isSame(image, each))
      const names = [...new Set(same.flatMap(({ name, tags }) => [name, ...tags]))].sort()
      return [image, { ...image, names }] as const
    }),
  )
  const stale = services.flatMap((service) => {
    const name = imageOf(project, service)
    const now = known.find((each) => each.name === name)
    const reported = found.images.find((image) => servicesRunning(project, image).includes(service))
    const isBuilt = serviceModel(project, service)['build'] !== undefined
    if (!isBuilt || now === undefined || reported === undefined || isSame(reported, now)) return []
    return [
      `${printable(name)} is another image by now than the one that the report is about: scan it again, or use --images.`,
    ]
  })
  return {
    ...found,
    images: [...named.values()],
    findings: found.findings.map((finding) => ({ ...finding, image: named.get(finding.image) ?? finding.image })),
    notes: [...new Set(stale)],
  }
}
