// Several Compose files in one plan that are each a whole project, as one for development: what services need for their secrets is written once.
import { readFileSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { entriesOf } from './env-file-readers.js'
import { environmentNamed } from './near-files.js'
import type { Gathered } from './plan.js'
import { type Move, readersOf } from './plan-moves.js'
import { declaresAll, hasWhatItNeeds } from './sibling-relation.js'
import type { Strategy } from './strategy-kind.js'
import type { MigrationPlan } from './types.js'
import { servicesIn, writtenModel } from './written-model.js'

/** Main files that could each be started alone, from one folder; fewer than two: none. What a service needs is written into each that gives it the value. */
export function wholeFiles({ mainFiles, files }: Pick<ComposeProject, 'mainFiles' | 'files'>): readonly string[] {
  const found = mainFiles.filter((file) => {
    const { bytes = new Uint8Array() } = files.find((each) => each.file === file) ?? {}
    return dirname(file) === dirname(mainFiles[0] ?? '') && isWhole(file, bytes)
  })
  return found.length < 2 ? [] : found
}

const TOGETHER = 'start them together (-f for each) from now on.'

/** What is started by itself, and those of its services that a plan changes. */
export interface StartedAlone {
  /** As the plan names it. */
  readonly file: string
  readonly services: readonly string[]
}

/** Files of a plan of several whole projects, as they are on the disk; none where they are started together. */
export function startedAlone({
  projectDir,
  composeFiles,
  services,
  notes,
}: Pick<MigrationPlan, 'projectDir' | 'composeFiles' | 'services' | 'notes'>): readonly StartedAlone[] {
  const read = composeFiles.map((file) => ({ file, bytes: bytesAt(resolve(projectDir, file)) }))
  const isTogether = notes.some((note) => note.endsWith(TOGETHER))
  if (isTogether || !read.every(({ file, bytes }) => isWhole(file, bytes))) return []
  const named = read.map(({ file, bytes }) => ({ file, all: Object.keys(servicesIn(bytes)) }))
  const names = named.flatMap(({ all }) => all)
  if (new Set(names).size === names.length) return []
  return named
    .map(({ file, all }) => ({ file, services: services.filter((service) => all.includes(service)) }))
    .filter((each) => each.services.length > 0)
}

/** Nothing of what cannot be read: no service stands in it. */
function bytesAt(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch {
    return new Uint8Array()
  }
}

/** true where the value stands in an environment or an env file, which may be several files'. */
export const isVariable = ({
  candidate,
  strategy,
}: Pick<Move, 'candidate'> & { readonly strategy: Strategy }): boolean =>
  (candidate.what === 'environment' || candidate.what === 'env-file') &&
  (strategy.by === 'file' || strategy.by === 'shim' || strategy.by === 'url')

/** One where such files share a service of which something else moves than variables. */
export function alternativeNotes({ project }: Pick<Gathered, 'project'>, moves: readonly Move[]): readonly string[] {
  const reading = new Set(moves.filter((move) => !isVariable(move)).flatMap(readersOf))
  const files = wholeFiles(project).map((file) => {
    const { bytes = new Uint8Array() } = project.files.find((each) => each.file === file) ?? {}
    return { file, services: Object.keys(servicesIn(bytes)) }
  })
  const shared = [...reading]
    .filter((name) => files.filter(({ services }) => services.includes(name)).length > 1)
    .sort()
  if (shared.length === 0) return []
  const names = files.filter(({ services }) => services.some((name) => shared.includes(name)))
  return [
    `${shared.join(', ')}: ${names.map(({ file }) => relative(project.directory, file)).join(', ')} could each be started alone. What ${shared.length === 1 ? 'it needs' : 'they need'} for what is no variable is written into one of them: ${TOGETHER}`,
  ]
}

const environments = new WeakMap<ComposeProject, readonly WholeFile[]>()

interface WholeFile {
  /** Relative to the project's folder. */
  readonly name: string
  readonly services: readonly string[]
}

/** Main files that could be started alone and are named for different places where the project runs; fewer than two: none. */
function environmentFiles(project: ComposeProject): readonly WholeFile[] {
  const known = environments.get(project)
  if (known !== undefined) return known
  const named = project.mainFiles.flatMap((file) => {
    const { bytes = new Uint8Array() } = project.files.find((each) => each.file === file) ?? {}
    const place = environmentNamed(file)
    const name = relative(project.directory, file)
    return place !== undefined && isWhole(file, bytes)
      ? [{ place, name, services: Object.keys(servicesIn(bytes)) }]
      : []
  })
  const found = new Set(named.map(({ place }) => place)).size < 2 ? [] : named
  environments.set(project, found)
  return found
}

/** Why a value stays that services have in two such files: what they need for it would stand in one of them, and the other one lack it. */
export function betweenEnvironments(
  candidate: Candidate,
  strategy: Strategy,
  project: ComposeProject,
): Blocked | undefined {
  if (isVariable({ candidate, strategy })) return undefined
  const { services } = candidate
  const files = environmentFiles(project)
  const sharing = (service: string) => files.filter((file) => file.services.includes(service))
  const service = services.find((each) => sharing(each).length > 1)
  if (service === undefined) return undefined
  const names = sharing(service).map(({ name }) => name)
  const [line] = entriesOf(candidate, project)
  return {
    reason: `${names.join(' and ')} each start ${service} by themselves: what it needs for the secret would stand in one of them.`,
    todo:
      line === undefined
        ? `Plan each of them alone (${names.map((name) => `-f ${name}`).join(', then ')}).`
        : inEach(candidate, service, names, line.key ?? ''),
  }
}

/** Alone, each would have to leave the line of .env to the other: a variable moves in one plan of both. */
function inEach({ what }: Candidate, service: string, names: readonly string[], key: string): string {
  if (what !== 'flag')
    return `They share ${key} of .env: start one of them with an env file of its own (--env-file), and plan each with its own.`
  return `They share ${key} of .env, so neither can be planned alone. In ${names.join(' and ')} give ${service} the variable (${key}: \${${key}} under environment:) and let a shell put it into the command (["sh", "-c", "exec … \\"$$${key}\\""]), then plan them together again: a variable moves in both.`
}

/** What a service runs that no other file has to say. */
const STARTS: readonly string[] = ['image', 'build', 'extends']

/** true for a Compose file that could be started alone: each of its services says what it runs, and what they use is declared. */
export function isWhole(file: string, bytes: Uint8Array): boolean {
  if (/\.override\./.test(basename(file))) return false
  const tree = writtenModel(bytes)
  const services = Object.values(asTree(tree['services']))
  // What it includes may declare the rest. Its secrets may be about to be declared.
  const isDeclared =
    tree['include'] !== undefined || (declaresAll(tree, ['volumes', 'networks', 'configs']) && hasWhatItNeeds(tree))
  return isDeclared && services.every((service) => STARTS.some((key) => key in asTree(service)))
}
