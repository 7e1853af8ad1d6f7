// A plan whose result is known to mean the same: what would not is left, and the rest is planned again.
import { relative } from 'node:path'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject, LocatedValue, Section } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { assertSameDockerfiles } from './check-dockerfile.js'
import { assertSameModel, firstProblem } from './check-model.js'
import { type Gathered, makePlan, type Planned } from './plan.js'
import type { Move } from './plan-moves.js'
import { serviceModel } from './service-model.js'
import { asTree } from './tree.js'

/** @throws StoreError where the models differ by more than single moves explain. */
export async function makeSafePlan(gathered: Gathered, load: LoadOptions): Promise<Planned> {
  const held = new Map<string, Blocked>()
  const hasAgent = gathered.agent !== undefined
  for (;;) {
    const planned = makePlan({ ...gathered, held })
    const after = await loadProject({ ...load, overlay: new Map([...(load.overlay ?? []), ...planned.staged]) })
    const problem = firstProblem(gathered.project, after, planned.moves, hasAgent)
    if (problem === undefined) {
      assertSameDockerfiles(gathered.builds, planned.staged, planned.moves)
      return planned
    }
    const named = culpritsOf(problem, planned.moves)
    const culprits = named.length > 0 ? named : fileMates(problem, gathered.project, planned.moves)
    if (culprits.length === 0) assertSameModel(gathered.project, after, planned.moves, hasAgent)
    for (const { candidate } of culprits) held.set(candidate.id, heldFor(candidate, problem, gathered.project, after))
  }
}

/** Why it stays; where another entry of the variable would come to count, which. */
function heldFor(
  { variable, services, value }: Candidate,
  problem: string,
  project: ComposeProject,
  after: ComposeProject,
): Blocked {
  const service = services.find((each) => problem.startsWith(`${each}.environment.${variable} `))
  const left = service === undefined ? undefined : asTree(serviceModel(after, service)['environment'])[variable]
  const other = valuesOf(project)
    .withKey(variable)
    .find((each) => each !== value && SETS.has(each.section) && each.resolved === left)
  if (service === undefined || other === undefined)
    return {
      reason: `Its move would change more than this value (${problem}).`,
      todo: 'Look for a second entry of the same name that would come to count, and move both by hand.',
    }
  const place = ({ file, line }: LocatedValue) => `${relative(project.directory, file)}:${line}`
  const name = other.service === undefined ? '' : ` (${other.service}.${variable})`
  return {
    reason: `Without it ${service} would get another value of ${variable}, that of ${place(other)}${name}, which stays.`,
    todo: `Take ${variable} out of one of ${place(other)} and ${place(value)}, or move both by hand.`,
  }
}

const SETS: ReadonlySet<Section> = new Set(['environment', 'env-file-entry'])

/** Moves of services that have none of their own in the problem's: what changes it is a file that they share. */
function fileMates(problem: string, { values }: ComposeProject, moves: readonly Move[]): readonly Move[] {
  const files = new Set(
    values.flatMap(({ file, service, usedBy, namedBy = [], interpolates }) =>
      [service, ...usedBy, ...namedBy].some((each) => each !== undefined && problem.startsWith(`${each}.`))
        ? [file, ...interpolates.flatMap((name) => dotenvFiles(values, name))]
        : [],
    ),
  )
  const isEnv = (section: Section) => section === 'env-file-entry' || section === 'dotenv'
  const inEnvFiles = moves.filter(
    ({ candidate: { value, source } }) =>
      (isEnv(value.section) && files.has(value.file)) || (isEnv(source.section) && files.has(source.file)),
  )
  return inEnvFiles.length > 0 ? inEnvFiles : moves
}

const dotenvFiles = (values: readonly LocatedValue[], name: string): readonly string[] =>
  values.flatMap(({ section, key, file }) => (section === 'dotenv' && key === name ? [file] : []))

/** The move that the problem names, else all of its service. */
function culpritsOf(problem: string, moves: readonly Move[]): readonly Move[] {
  const own = moves.filter(({ candidate }) => candidate.services.some((service) => problem.startsWith(`${service}.`)))
  const named = own.filter(({ candidate }) => problem.includes(`.environment.${candidate.variable} `))
  return named.length > 0 ? named : own
}
