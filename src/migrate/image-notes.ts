// What no edit does for an image that is already built: rebuild, delete, revoke, check. Ends a plan's notes.
import { printable } from '../support/printable.js'
import { buildUse } from './build-use.js'
import type { ImageFindings, ReportedFinding } from './from-report/read.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { sharedSites } from './rewrites/builds.js'
import { imageOf } from './strategy.js'

/** True where the image has to be built anew for the move to count. */
export const changesImage = ({ strategy, candidate }: Move): boolean =>
  strategy.by === 'build' || strategy.by === 'mount' || candidate.what === 'image-env'

/** For the moves that change images; [] where none does. */
export function imageNotes({ project, builds }: Gathered, moves: readonly Move[]): readonly string[] {
  const own = moves.filter(changesImage)
  const services = [...new Set(own.flatMap(({ candidate }) => candidate.services))].sort()
  if (services.length === 0) return []
  const images = [...new Set(services.map((service) => imageOf(project, service)))]
  const unnamed = sharedSites(moves).flatMap(({ site }) => {
    const dockerfile = [...builds.of.values()].find((build) => build.dockerfile.file === site.file)?.dockerfile
    const use = dockerfile === undefined ? undefined : buildUse(dockerfile, site.keyword, site.variable)
    return use !== undefined && !('reason' in use) && use.unnamed ? [site.variable] : []
  })
  return [
    ...(sharedSites(moves).length === 0 ? [] : ['Build secrets need BuildKit, which docker compose build uses.']),
    ...unnamed.map(
      (variable) => `${variable}: no line names it, so every RUN that had it in its environment mounts it.`,
    ),
    ...own.flatMap(({ candidate: { copied, id } }) =>
      copied === undefined || copied.line !== undefined
        ? []
        : [`${id}: the line that copies its folder stays; the ignore file keeps it out of the image.`],
    ),
    `Keep the old image for the comparison, then rebuild: ${images.map((image) => `docker tag ${image} ${beforeTag(image)}`).join(' && ')} && docker compose build ${services.join(' ')} && docker compose up -d ${services.join(' ')}`,
    `Check: ${images.map((image) => `secretscan image ${image} --since ${beforeTag(image)}`).join(' && ')}`,
    `${images.join(', ')}: what is built already still holds the values, on this engine, in its build cache (docker builder prune) and wherever it was pushed; delete those tags once the new image runs.`,
  ]
}

/** A tag beside the image's own. */
function beforeTag(image: string): string {
  const name = image.replace(/@.*$/, '')
  return /:[^/]*$/.test(name) ? `${name}-before` : `${name}:before`
}

/** Where a report saw the values, and how each kind is revoked. */
export function reportNotes({ findings }: ImageFindings): readonly string[] {
  const own = findings.filter(({ origin }) => origin !== 'base')
  const images = [...new Set(own.map(({ image }) => image.input))]
  const remedies = new Map(own.map(({ title, remediation }) => [title, remediation]))
  return [
    ...images.map((image) => {
      const places = [...new Set(own.filter((finding) => finding.image.input === image).map(placeWords))]
      return `${printable(image)} holds them in ${places.join(', ')}.`
    }),
    ...[...remedies].flatMap(([title, remedy]) =>
      remedy === undefined ? [] : [`Revoke ${printable(title)}: ${printable(remedy)}`],
    ),
  ]
}

const placeWords = ({ layer, kind }: ReportedFinding): string =>
  layer !== undefined
    ? `layer ${layer}`
    : kind === 'history' || kind === 'build-arg'
      ? 'its history'
      : 'its configuration'
