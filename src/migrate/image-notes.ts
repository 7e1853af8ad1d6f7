// What no edit does for an image that is already built: rebuild, delete, revoke, check. Ends a plan's notes.
import { relative } from 'node:path'
import { contextSources, sourceTakes } from '../dockerfile/context.js'
import { parseDockerignore } from '../dockerfile/dockerignore.js'
import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import { buildUse } from './build-use.js'
import { stageChain } from './builds.js'
import { envFileNotes } from './env-files-in-images.js'
import type { ImageFindings, ReportedFinding } from './from-report/read.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { sharedSites } from './rewrites/builds.js'

/** True where the image has to be built anew for the move to count. */
export const changesImage = ({ strategy, candidate }: Move): boolean =>
  strategy.by === 'build' || strategy.by === 'mount' || strategy.by === 'literal' || candidate.what === 'image-env'

/** For the moves that change images, and for images that get the git history of a moved value, or an env file. */
export function imageNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const { builds } = gathered
  const own = moves.filter(changesImage)
  const unnamed = sharedSites(moves).flatMap(({ site }) => {
    const dockerfile = [...builds.of.values()].find((build) => build.dockerfile.file === site.file)?.dockerfile
    const use = dockerfile === undefined ? undefined : buildUse(dockerfile, site.keyword, site.variable)
    return use !== undefined && !('reason' in use) && use.unnamed ? [site.variable] : []
  })
  return [
    ...(sharedSites(moves).length === 0 ? [] : ['Build secrets need BuildKit, which docker compose build uses.']),
    ...unnamed.map(
      (variable) =>
        `${variable}: no line names it, so every RUN that had it in its environment mounts it, but for those that only call programs of the system.`,
    ),
    ...own.flatMap(({ candidate: { id }, strategy, name }) =>
      strategy.by === 'literal' && strategy.when === 'run'
        ? [
            `${id}: the command reads /run/secrets/${name} now; whoever starts the image without Compose has to mount it there.`,
          ]
        : [],
    ),
    ...own.flatMap(({ candidate: { copied, id } }) =>
      copied?.folderStays !== true
        ? []
        : [`${id}: the line that copies its folder stays; the ignore file keeps it out of the image.`],
    ),
    ...own.flatMap(({ candidate: { id }, strategy }) =>
      strategy.by === 'mount' && gathered.history?.committed.has(id)
        ? [
            `${id}: the file itself stays, with its values, and git keeps it. Where nothing else reads it: git rm ${shellWord(id)}`,
          ]
        : [],
    ),
    ...historyNotes(gathered, moves),
    ...envFileNotes(gathered, moves),
  ]
}

/** Any file of a repository. */
const IN_GIT = '.git/HEAD'

/** One for each ignore file that lets a repository with a moved value into an image. */
function historyNotes({ builds, history, project }: Gathered, moves: readonly Move[]): readonly string[] {
  if (!moves.some(({ candidate }) => history?.committed.has(candidate.id))) return []
  const notes = new Map<string, string>()
  for (const { service, dockerfile, target, hasGit, ignoreFile, ignoreBytes } of builds.of.values()) {
    if (!hasGit || parseDockerignore(Buffer.from(ignoreBytes).toString('utf8')).ignores(IN_GIT)) continue
    const kept = stageChain(dockerfile, target)
    const copy = dockerfile.instructions.find(
      (each) => kept.has(each.stage) && contextSources(each).some((source) => sourceTakes(source, IN_GIT)),
    )
    if (copy === undefined || notes.has(ignoreFile)) continue
    const [file, ignored] = [dockerfile.file, ignoreFile].map((path) => printable(relative(project.directory, path)))
    notes.set(
      ignoreFile,
      `${service}: ${copy.keyword} in line ${copy.line} of ${file} takes .git along, whose history holds moved values, into the image. Write .git into ${ignored} and build anew.`,
    )
  }
  return [...notes.values()]
}

/** Where a report saw the values, and how each kind is revoked. */
export function reportNotes({ findings }: ImageFindings): readonly string[] {
  const own = ownFindings(findings)
  const images = [...new Set(own.map(({ image }) => image))]
  const remedies = new Map(own.map(({ title, remediation }) => [title, remediation]))
  return [
    ...images.map((image) => {
      const places = new Map<string, Set<string>>()
      for (const finding of own.filter((each) => each.image === image)) {
        const names = places.get(placeOf(finding)) ?? new Set()
        places.set(placeOf(finding), names.add(printable(finding.path ?? finding.key ?? finding.kind)))
      }
      const words = [...places].map(([place, names]) => `${place} (${[...names].join(', ')})`)
      return `${printable(image.input)}${WHERE.get(image.source) ?? ''} holds them in ${words.join(', ')}.`
    }),
    ...[...remedies].flatMap(([title, remedy]) =>
      remedy === undefined ? [] : [`${printable(title)}: ${printable(remedy)}`],
    ),
  ]
}

/** Findings that are not known to be the base image's. */
export const ownFindings = (findings: readonly ReportedFinding[]): readonly ReportedFinding[] =>
  findings.filter(({ origin }) => origin !== 'base')

const WHERE: ReadonlyMap<string, string> = new Map([
  ['docker', ' in the Docker Engine'],
  ['podman', ' in Podman'],
  ['registry', ' in its registry'],
])

const placeOf = ({ layer, kind }: ReportedFinding): string => {
  if (kind === 'history' || kind === 'build-arg') return 'its history'
  return layer === undefined ? 'its configuration' : `layer ${layer}`
}
