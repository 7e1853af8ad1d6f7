// A plan whose result is known to mean the same: what would not is left, and the rest is planned again.
import { relative } from 'node:path'
import { ComposeFileError } from '../compose/errors.js'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject, LocatedValue, Section } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { asTree } from '../support/tree.js'
import { isVariable, wholeFiles } from './alternative-files.js'
import type { Blocked } from './build-use.js'
import { type Candidate, entriesWith } from './candidates.js'
import { assertSameDockerfiles } from './check-dockerfile.js'
import { assertSameModel, firstProblem, modelProblems } from './check-model.js'
import { type Gathered, makePlan, type Planned, withIds } from './plan.js'
import { type Move, readersOf, shimmedIn } from './plan-moves.js'
import { serviceModel } from './service-model.js'

/** @throws StoreError where the models differ by more than single moves explain. */
export async function makeSafePlan(gathered: Gathered, load: LoadOptions): Promise<Planned> {
  const held = new Map<string, Blocked>()
  let { whole } = gathered
  const hasAgent = gathered.agent !== undefined
  for (;;) {
    const own = { ...gathered, held, ...(whole === undefined ? {} : { whole }) }
    const read = await readAfter(own, load).catch(async (error: unknown) => {
      const broken = error instanceof ComposeFileError ? await breaking(own, load) : []
      if (broken.length === 0) throw error
      for (const id of broken) held.set(id, NO_YAML)
    })
    if (read === undefined) continue
    const { planned, after } = read
    const problem =
      firstProblem(gathered.project, after, planned.moves, hasAgent) ??
      (hasAgent ? undefined : await problemAlone(gathered, planned, load))
    if (problem === undefined) {
      assertSameDockerfiles(gathered.builds, planned.staged, planned.moves)
      return planned
    }
    const named = culpritsOf(problem, planned.moves)
    const culprits = named.length > 0 ? named : fileMates(problem, gathered.project, planned.moves)
    if (culprits.length === 0) assertSameModel(gathered.project, after, planned.moves, hasAgent)
    const split = culprits.filter(({ strategy }) => strategy.by === 'url')
    if (split.length > 0) whole = withIds(whole, split)
    else
      for (const { candidate } of culprits) held.set(candidate.id, heldFor(candidate, problem, gathered.project, after))
  }
}

/** The plan, and the project as it would be. @throws ComposeFileError where a file would be no YAML */
async function readAfter(gathered: Gathered, load: LoadOptions) {
  const planned = makePlan(gathered)
  const after = await loadProject({ ...load, overlay: new Map([...(load.overlay ?? []), ...planned.staged]) })
  return { planned, after }
}

const NO_YAML: Blocked = {
  reason: 'The file as it would be is no YAML that Compose reads: the edit does not fit how it is written there.',
  todo: 'Change it by hand, or write it in a simpler form and plan again.',
}

/** IDs of the values whose edits make a file unreadable beside those that do not: `all` are halved, since each try reads the project. */
async function breaking(
  gathered: Gathered,
  load: LoadOptions,
  all = gathered.candidates,
  fine: readonly Candidate[] = [],
): Promise<readonly string[]> {
  if (all.length === 0 || (await isReadable({ ...gathered, candidates: [...fine, ...all] }, load))) return []
  if (all.length === 1) return all.map(({ id }) => id)
  const half = all.length >> 1
  const first = await breaking(gathered, load, all.slice(0, half), fine)
  const sound = all.slice(0, half).filter(({ id }) => !first.includes(id))
  return [...first, ...(await breaking(gathered, load, all.slice(half), [...fine, ...sound]))]
}

const isReadable = (gathered: Gathered, load: LoadOptions): Promise<boolean> =>
  readAfter(gathered, load).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ComposeFileError) return false
      throw error
    },
  )

/** What would differ where one of several files is started that each could be without the others; of services of which only variables move. */
async function problemAlone(
  { project, earlier = [] }: Gathered,
  { moves, staged }: Planned,
  load: LoadOptions,
): Promise<string | undefined> {
  const whole = wholeFiles(project)
  const mixed = moves.filter((move) => !isVariable(move)).flatMap(readersOf)
  for (const { project: before } of earlier) {
    const [file = '', ...more] = before.mainFiles
    if (more.length > 0 || !whole.includes(file)) continue
    const overlay = new Map([...(load.overlay ?? []), ...staged])
    const after = await loadProject({ ...load, files: [file], projectDir: project.directory, overlay })
    const own = movesIn(before, moves)
    const problem = [...modelProblems(before.model, after.model, own), ...shimProblems(after, own)].find(
      (each) => !mixed.some((service) => each.startsWith(`${service}.`) || each.startsWith(`${service} `)),
    )
    if (problem !== undefined) return problem
  }
  return undefined
}

const shimProblems = (after: ComposeProject, moves: readonly Move[]): readonly string[] =>
  moves.flatMap((move) =>
    shimmedIn(move)
      .filter((service) => !textOf(serviceModel(after, service)['entrypoint']).includes(`/run/secrets/${move.name}`))
      .map((service) => `${service}.entrypoint does not read ${move.name}`),
  )

const textOf = (words: unknown): string => JSON.stringify(words ?? '')

/** As the services of one of the files have them. */
function movesIn(side: ComposeProject, moves: readonly Move[]): readonly Move[] {
  return moves.flatMap((move) => {
    const entries = entriesWith(move.candidate)
    const own = side.values.filter((value) =>
      entries.some(({ file, start }) => value.file === file && value.start === start),
    )
    const isOf = (service: string) => own.some(({ usedBy }) => usedBy.includes(service))
    const services = move.candidate.services.filter(isOf)
    const { strategy } = move
    const ofSide = strategy.by === 'file' ? { ...strategy, shimmed: (strategy.shimmed ?? []).filter(isOf) } : strategy
    return services.length === 0 ? [] : [{ ...move, candidate: { ...move.candidate, services }, strategy: ofSide }]
  })
}

/** Why it stays; where another entry of the variable would come to count, which. */
function heldFor(candidate: Candidate, problem: string, project: ComposeProject, after: ComposeProject): Blocked {
  const { variable, services, value } = candidate
  const whole = wholeFiles(project).map((file) => relative(project.directory, file))
  const started = services.find((each) => problem === `${each}.command changed`)
  if (whole.length > 0 && started !== undefined)
    return {
      reason: `${started} has a command in some of ${whole.join(', ')} and none in others, where the shim has to write that of the image.`,
      todo: `Write what ${started} starts into each of them (command:), and plan again.`,
    }
  const service = services.find((each) => problem.startsWith(`${each}.environment.${variable} `))
  const left = service === undefined ? undefined : asTree(serviceModel(after, service)['environment'])[variable]
  const along = new Set(entriesWith(candidate))
  const others = valuesOf(project)
    .withKey(variable)
    .filter((each) => !along.has(each) && SETS.has(each.section) && each.resolved === left)
  const isOwn = (each: LocatedValue) =>
    service !== undefined && [each.service, ...(each.namedBy ?? []), ...each.usedBy].includes(service)
  const other = others.find(isOwn) ?? others[0]
  if (service === undefined || other === undefined)
    return {
      reason: `Its move would change more than this value (${problem}).`,
      todo: 'Look for a second entry of the same name that would come to count, and move both by hand.',
    }
  if ([value, other].every(({ file }) => project.mainFiles.includes(file)) && other.file !== value.file) {
    const [own, theirs] = [value, other].map(({ file }) => relative(project.directory, file))
    if (whole.includes(own ?? '') && whole.includes(theirs ?? ''))
      return {
        reason: `${theirs} gives ${service} another value of ${variable}, which stays: it would come to count.`,
        todo: `Plan each of them alone (-f ${own}, then -f ${theirs}).`,
      }
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
