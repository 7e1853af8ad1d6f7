// Reads a JSON report of `secretscan image`: what a migration needs of it. Its text comes from images and is matched, never followed.
import { readFile } from 'node:fs/promises'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { asList, asTree, type Tree } from '../../support/tree.js'
import { whyUnreadable } from '../../support/unreadable.js'

export interface ReportedImage {
  readonly input: string
  readonly reference: string
  /** Where it was scanned: docker, podman, registry, archive … */
  readonly source: string
  /** Digests that tell which image it is, wherever its tags have moved to. */
  readonly ids: readonly string[]
  readonly diffIds: readonly string[]
  /** Names that the engine has it under now; empty where it was not asked. */
  readonly names: readonly string[]
}

export interface ReportedFinding {
  readonly fingerprint: string
  /** Fingerprint of the finding that has this place as another one of its value. */
  readonly sameValueAs?: string
  readonly title: string
  readonly remediation?: string
  readonly image: ReportedImage
  readonly kind: string
  readonly path?: string
  readonly key?: string
  /** Of its file, 1-based. */
  readonly line?: number
  /** Where it lies in archives, outermost first; [] for a file of the image itself. */
  readonly inside: readonly string[]
  /** 1-based ordinal of the layer. */
  readonly layer?: number
  /** The line of the history that holds it or that made its layer. */
  readonly createdBy?: string
  readonly origin: string
  readonly exposure?: string
}

/** A target that could not be scanned. */
interface FailedImage extends ReportedImage {
  readonly code: string
  readonly message: string
}

export interface ImageFindings {
  readonly images: readonly ReportedImage[]
  readonly failed: readonly FailedImage[]
  readonly findings: readonly ReportedFinding[]
}

const VERSION = 1
const HINT = 'Write one with: secretscan image NAME --format json --output report.json'

const treesIn = (value: unknown): readonly Tree[] => asList(value).map(asTree)
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** @throws UsageError where the file is not there, no report, or of another version. */
export async function readReport(file: string): Promise<ImageFindings> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`The report ${file} cannot be read: ${whyUnreadable(cause)}.`, { hint: HINT, cause })
  }
  return parseReport(file, text)
}

/** @throws UsageError */
export function parseReport(file: string, text: string): ImageFindings {
  let document: Tree
  try {
    document = asTree(JSON.parse(text))
  } catch (cause) {
    throw new UsageError(`The report ${file} is no JSON.`, { hint: HINT, cause })
  }
  const { schemaVersion } = document
  if (!Array.isArray(document['findings']) || !Array.isArray(document['targets']))
    throw new UsageError(`${file} is no report of secretscan.`, { hint: HINT })
  if (schemaVersion !== VERSION)
    throw new UsageError(
      `${file} is a report of schema version ${printable(String(schemaVersion))}; this program reads version ${VERSION}.`,
      { hint: HINT },
    )
  const targets = treesIn(document['targets'])
  const scanned = targets.map((target) => (target['kind'] === 'image' ? imageOf(target) : undefined))
  const all = scanned.filter((image) => image !== undefined)
  const images = all.filter((image) => targets[scanned.indexOf(image)]?.['failed'] === undefined)
  const failed = targets.flatMap((target, index) => failureOf(target, scanned[index]))
  if (all.length === 0) throw new UsageError(`${file} is a report of no image.`, { hint: HINT })
  const findings = treesIn(document['findings']).flatMap((finding) => [
    ...findingOf(finding, scanned),
    ...sameValues(finding).flatMap((other) => findingOf(other, scanned)),
  ])
  return { images, failed, findings }
}

const textsIn = (value: unknown): readonly string[] => (typeof value === 'string' ? [value] : [])

const imageOf = (target: Tree): ReportedImage => ({
  input: textOf(target['input']) ?? '',
  reference: textOf(target['reference']) ?? '',
  source: textOf(target['source']) ?? '',
  ids: [...textsIn(target['imageId']), ...textsIn(target['manifestDigest'])],
  diffIds: treesIn(target['layers']).flatMap(({ diffId }) => textsIn(diffId)),
  names: [],
})

function failureOf(target: Tree, image: ReportedImage | undefined): readonly FailedImage[] {
  if (target['failed'] === undefined || image === undefined) return []
  const { code, message } = asTree(target['failed'])
  return [{ ...image, code: textOf(code) ?? '', message: textOf(message) ?? '' }]
}

/** Other places of a finding's value, as findings: each has to be mended too. */
function sameValues(finding: Tree): readonly Tree[] {
  return treesIn(finding['related']).flatMap(({ role, location, fingerprint, exposure }) =>
    role === 'same-value'
      ? [
          {
            ...finding,
            location,
            fingerprint,
            sameValueAs: finding['fingerprint'],
            ...(exposure === undefined ? {} : { exposure }),
          },
        ]
      : [],
  )
}

const listed = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.flatMap((each) => textOf(each) ?? []) : []

function findingOf(finding: Tree, targets: readonly (ReportedImage | undefined)[]): readonly ReportedFinding[] {
  const location = asTree(finding['location'])
  const image = targets[Number(location['target'])]
  const kind = textOf(location['kind'])
  if (image === undefined || kind === undefined || finding['suppressed'] !== undefined) return []
  const layer = asTree(location['layer'])
  const optional = {
    sameValueAs: textOf(finding['sameValueAs']),
    remediation: textOf(finding['remediation']),
    path: textOf(location['path']),
    key: textOf(location['key']),
    createdBy: textOf(location['createdBy']) ?? textOf(layer['createdBy']),
    exposure: textOf(finding['exposure']),
    line: typeof location['line'] === 'number' ? location['line'] : undefined,
    layer: typeof layer['index'] === 'number' ? layer['index'] + 1 : undefined,
  }
  return [
    {
      fingerprint: textOf(finding['fingerprint']) ?? '',
      title: textOf(finding['title']) ?? 'Secret',
      image,
      kind,
      inside: listed(location['inside']),
      origin: textOf(finding['origin']) ?? 'unknown',
      ...(Object.fromEntries(
        Object.entries(optional).filter(([, value]) => value !== undefined),
      ) as Partial<ReportedFinding>),
    },
  ]
}
