// Which image another one was built on (`--base-image`), and what it brought.
import { parseImageReference } from '../image/reference.js'
import type { ImageDescription } from '../image/types.js'
import { NotFoundError, UsageError } from '../support/errors.js'
import type { Base, TargetReport } from './types.js'

/** Asked once an image is known; undefined where its base is not. */
export type BaseFinder = (image: ImageDescription) => Promise<Base | undefined>

/** An image of the engine that may be a base. */
export interface BaseCandidate {
  readonly names: readonly string[]
  /** Lowest first. */
  readonly diffIds: readonly string[]
}

/** Scans the config of an image, not its layers. */
export type ConfigScan = (reference: string) => Promise<readonly TargetReport[]>

/** OCI image-spec, annotations.md. */
const BASE_NAME = 'org.opencontainers.image.base.name'

/** What an image brings to those built on it: its layers, and the findings of its config. */
export function baseOf(report: TargetReport): Base {
  const layers = report.image?.layers ?? []
  return {
    diffIds: layers.flatMap(({ diffId }) => diffId ?? []),
    configEntries: new Set(report.findings.map(({ fingerprint }) => fingerprint)),
    ...(report.entryMacs === undefined ? {} : { entryMacs: report.entryMacs }),
  }
}

/** The finder for an image that the user named; the same platform is chosen where it has several. @throws NotFoundError */
export async function namedBase(reference: string, scanConfig: ConfigScan): Promise<BaseFinder> {
  const reports = await scanConfig(reference)
  const failed = reports.find((report) => report.failed !== undefined)?.failed
  if (failed !== undefined || reports.length === 0) {
    throw new NotFoundError(`The base image cannot be read. ${failed?.message ?? ''}`.trim(), {
      hint: 'Check --base-image.',
    })
  }
  return async ({ platform }) => {
    const report = reports.find(({ image }) => image?.platform === platform) ?? reports[0]
    return report === undefined ? undefined : baseOf(report)
  }
}

function normalised(reference: string): string | undefined {
  try {
    return parseImageReference(reference).toString()
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

/** The candidate that the image's annotations name. The name is a stranger's: it is compared with what the engine has, never opened. */
function annotated(image: ImageDescription, candidates: readonly BaseCandidate[]): BaseCandidate | undefined {
  const name = image.annotations[BASE_NAME]
  const wanted = name === undefined ? undefined : normalised(name)
  return wanted === undefined
    ? undefined
    : candidates.find(({ names }) => names.some((known) => normalised(known) === wanted))
}

/** The candidate whose layers are the longest beginning of the image's, and not all of them. */
function longestPrefix(image: ImageDescription, candidates: readonly BaseCandidate[]): BaseCandidate | undefined {
  const own = image.layers.map(({ diffId }) => diffId)
  const fitting = candidates.filter(
    ({ diffIds }) =>
      diffIds.length > 0 && diffIds.length < own.length && diffIds.every((diffId, index) => diffId === own[index]),
  )
  return fitting.sort((a, b) => b.diffIds.length - a.diffIds.length)[0]
}

/** The finder for `--base-image auto`: the image of the engine that the annotations name, else the one that this image begins with. */
export function searchedBase(candidates: readonly BaseCandidate[], scanConfig: ConfigScan): BaseFinder {
  return async (image) => {
    const name = (annotated(image, candidates) ?? longestPrefix(image, candidates))?.names[0]
    const report =
      name === undefined ? undefined : (await scanConfig(`docker:${name}`)).find(({ failed }) => failed === undefined)
    return report === undefined ? undefined : baseOf(report)
  }
}
