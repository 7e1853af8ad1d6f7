// Build arguments become build secrets: the argument leaves the Compose file and the Dockerfile, the RUN lines that read it mount it.
import { removeEntry } from '../../compose/edit-remove.js'
import { addFlag, addSyntax, lineEndAt, removePair } from '../../dockerfile/edit.js'
import type { Dockerfile, Instruction } from '../../dockerfile/types.js'
import { frontendOf, mountFor, type SecretMount } from '../build-mounts.js'
import { type BuildSite, inDockerfile, sameSite } from '../build-strategy.js'
import { buildUse, declarationsOf, passedOnBy } from '../build-use.js'
import type { Move } from '../plan-moves.js'
import type { Edit } from '../types.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { grantBuild } from './grants.js'

const FRONTEND = 'docker/dockerfile:1'

export interface BuildMove extends Move {
  readonly strategy: Extract<Move['strategy'], { readonly by: 'build' }>
}

/** Moves that become build secrets. */
export function buildMoves(moves: readonly Move[]): readonly BuildMove[] {
  return moves.flatMap((move) => (move.strategy.by === 'build' ? [{ ...move, strategy: move.strategy }] : []))
}

export interface SharedSite {
  readonly site: BuildSite
  /** The secret's name in the Dockerfile: that of the first move. */
  readonly id: string
  readonly moves: readonly BuildMove[]
}

/** Every variable of a Dockerfile that becomes a build secret, once, with all moves that feed it. */
export function sharedSites(moves: readonly Move[]): readonly SharedSite[] {
  const own = buildMoves(moves)
  const sites = own.flatMap(({ strategy }) => strategy.sites)
  return sites
    .filter((site, index) => sites.findIndex((other) => sameSite(site, other)) === index)
    .map((site) => {
      const feeding = own.filter(({ strategy }) => strategy.sites.some((other) => sameSite(site, other)))
      return { site, id: feeding[0]?.name ?? 'secret', moves: feeding }
    })
}

/**
 * Edits one Dockerfile for one variable: mounts first, since they are found by the declarations that go.
 * @returns true where the Dockerfile needs a frontend that gives secrets to variables, and names none.
 */
export function rewriteSite(book: Workbook, { site, id, moves }: SharedSite): boolean {
  const { file, keyword, variable } = site
  let needsFrontend = false
  book.dockerfile(file, (dockerfile) => {
    const use = buildUse(dockerfile, keyword, variable)
    if ('reason' in use)
      throw new RefusedError(
        moves.map(({ candidate }) => candidate.id),
        use.reason,
      )
    return use.runs.flatMap((run) => {
      const mount = mountFor(dockerfile, run, id, variable)
      needsFrontend ||= mount.by === 'env' && frontendOf(dockerfile) === 'none'
      return [...addFlag(run, mount.flag), ...exported(dockerfile, run, mount)]
    })
  })
  if (site.passedOn === true)
    book.dockerfile(file, (dockerfile) => {
      const own = passedOnBy(dockerfile, variable)
      return own === undefined ? [] : removePair(dockerfile, own.instruction, own.pair)
    })
  for (let open = true; open; ) {
    open = false
    book.dockerfile(file, (dockerfile) => {
      const [first] = declarationsOf(dockerfile, keyword, variable)
      open = first !== undefined
      return first === undefined ? [] : removePair(dockerfile, first.instruction, first.pair)
    })
  }
  return needsFrontend
}

/** Once all sites are rewritten: how each is, depends on the line that this adds. */
export function nameFrontend(book: Workbook, file: string): void {
  book.dockerfile(file, (dockerfile) => addSyntax(dockerfile, FRONTEND))
}

function exported(dockerfile: Dockerfile, run: Instruction, mount: SecretMount): readonly Edit[] {
  if (mount.by === 'env') return []
  const [heredoc] = run.heredocs
  if (mount.by === 'words' || heredoc === undefined) {
    const { start } = run.textRange
    return [{ start, end: start, insert: `${mount.export}; ` }]
  }
  const { start } = heredoc.content
  return [{ start, end: start, insert: `${mount.export}${lineEndAt(dockerfile, start)}` }]
}

/** Takes the argument out of the Compose file and grants the secret to the builds. `idOf`: the secret's name in that Dockerfile. */
export function rewriteBuildArgument(
  book: Workbook,
  move: BuildMove,
  builders: ReadonlyMap<string, { readonly file: string }>,
  idOf: (site: BuildSite) => string,
): void {
  const { candidate, name, strategy } = move
  if (!inDockerfile(candidate)) {
    const { file, path } = candidate.value
    book.compose(file, (open) => removeEntry(open, { section: path.slice(0, -1), key: candidate.variable }))
  }
  for (const service of candidate.services) {
    const site = strategy.sites.find(({ file }) => file === builders.get(service)?.file)
    if (site === undefined)
      throw new RefusedError([candidate.id], `${service} has no build of its own to grant a secret to`)
    if (site.unread === true) continue
    const id = idOf(site)
    grantBuild(book, service, id === name ? { source: name } : { source: name, target: id }, candidate.id)
  }
}
