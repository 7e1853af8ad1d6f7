// Build arguments become build secrets: the argument leaves the Compose file and the Dockerfile, the RUN lines that read it mount it.
import { grantBuildSecret } from '../../compose/edit.js'
import { removeEntry } from '../../compose/edit-entries.js'
import { addFlag, addSyntax, removePair } from '../../dockerfile/edit.js'
import { type BuildSite, inDockerfile, sameSite } from '../build-strategy.js'
import { buildUse, declarationsOf } from '../build-use.js'
import type { Move } from '../plan-moves.js'
import { RefusedError, type Workbook } from '../workbook.js'

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

/** The flag that gives a RUN line the secret as a variable. */
export const secretMount = (id: string, variable: string): string => `--mount=type=secret,id=${id},env=${variable}`

/** Edits one Dockerfile for one variable: mounts first, since they are found by the declarations that go. */
export function rewriteSite(book: Workbook, { site, id, moves }: SharedSite): void {
  const { file, keyword, variable } = site
  book.dockerfile(file, (dockerfile) => {
    const use = buildUse(dockerfile, keyword, variable)
    if ('reason' in use)
      throw new RefusedError(
        moves.map(({ candidate }) => candidate.id),
        use.reason,
      )
    return use.runs.flatMap((run) => addFlag(run, secretMount(id, variable)))
  })
  for (let open = true; open; ) {
    open = false
    book.dockerfile(file, (dockerfile) => {
      const [first] = declarationsOf(dockerfile, keyword, variable)
      open = first !== undefined
      return first === undefined ? [] : removePair(dockerfile, first.instruction, first.pair)
    })
  }
  book.dockerfile(file, (dockerfile) => addSyntax(dockerfile, FRONTEND))
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
    const home = book.homeOf(service, 'build')
    if (site === undefined || home === undefined)
      throw new RefusedError([candidate.id], `${service} has no build of its own to grant a secret to`)
    const id = idOf(site)
    book.compose(home, (open) =>
      grantBuildSecret(open, ['services', service], id === name ? { source: name } : { source: name, target: id }),
    )
  }
}
