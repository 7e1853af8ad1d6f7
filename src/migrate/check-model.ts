// Does the edited project mean the same as before, but for what moved? A block in the wrong place still parses (measured): so the
// resolved models of all services are compared.
import { isDeepStrictEqual } from 'node:util'
import type { ComposeModel, ComposeProject } from '../compose/types.js'
import { validateCompose } from '../compose/validate.js'
import { StoreError } from '../support/errors.js'
import { asTree, type Tree } from '../support/tree.js'
import { inDockerfile } from './build-strategy.js'
import { isSameCheck } from './check-healthcheck.js'
import { changedWords } from './check-words.js'
import { asIfGranted } from './expected-agent.js'
import { expectedConfigs, expectedService, placeGrantProblems } from './expected-places.js'
import { type Move, readersOf, shimmedIn } from './plan-moves.js'
import { buildMoves } from './rewrites/builds.js'
import { HOOKS } from './rewrites/hooks.js'
import { literalMoves } from './rewrites/literals.js'
import { entryOf } from './rewrites/variables.js'
import { placeholder } from './shim.js'

function agentProblems(before: ComposeModel, after: ComposeModel, moves: readonly Move[]): readonly string[] {
  const { model, problems } = asIfGranted(before, after, moves)
  return [...problems, ...modelProblems(before, model, moves)]
}

/** What is wrong with `after`; empty: nothing. Messages name services and keys, never values. */
export function modelProblems(before: ComposeModel, after: ComposeModel, moves: readonly Move[]): readonly string[] {
  const problems: string[] = []
  const servicesBefore = asTree(before['services'])
  const servicesAfter = asTree(after['services'])
  if (!isDeepStrictEqual(Object.keys(servicesBefore).sort(), Object.keys(servicesAfter).sort()))
    problems.push('the services are not the same')
  for (const [service, model] of Object.entries(servicesBefore)) {
    const own = moves.filter((move) => readersOf(move).includes(service))
    const expected = withoutUnread(service, expectedService(service, asTree(model), moves), moves)
    problems.push(...serviceProblems(service, expected, asTree(servicesAfter[service]), own))
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (key === 'services' || key === 'secrets' || key.startsWith('x-')) continue
    const expected = key === 'configs' ? expectedConfigs(before[key], moves) : before[key]
    if (!isDeepStrictEqual(expected, after[key])) problems.push(`the top-level ${key} changed`)
  }
  const names = new Set(moves.map(({ name }) => name))
  const secretsAfter = asTree(after['secrets'])
  for (const name of names) if (secretsAfter[name] === undefined) problems.push(`the secret ${name} is not declared`)
  for (const [name, secret] of Object.entries(asTree(before['secrets'])))
    if (!isDeepStrictEqual(secretsAfter[name], secret)) problems.push(`the secret ${name} changed`)
  return problems
}

const TOUCHED: readonly string[] = ['environment', 'secrets', 'healthcheck', 'env_file', 'command', ...HOOKS]

/** `model` without the variables that leave the service since it does not read them; the line of the file that it shares may have a file form. */
function withoutUnread(service: string, model: Tree, moves: readonly Move[]): Tree {
  const unread = moves.filter(({ candidate }) => candidate.unread?.includes(service) === true)
  if (unread.length === 0) return model
  const { environment, ...rest } = model
  const left = environmentAfter(asTree(environment), unread)
  return Object.keys(left).length === 0 ? rest : { ...model, environment: left }
}

function serviceProblems(service: string, before: Tree, after: Tree, all: readonly Move[]): readonly string[] {
  const problems: string[] = []
  const inBuild = (move: Move) =>
    move.strategy.by === 'build' || (move.strategy.by === 'literal' && move.strategy.when === 'build')
  const moves = all.filter((move) => !inBuild(move))
  const built = all.filter(inBuild)
  const shimmed = moves.some((move) => shimmedIn(move).includes(service))
  const touched = new Set<string>(moves.length === 0 ? [] : [...TOUCHED, ...(shimmed ? ['entrypoint'] : [])])
  if (built.length > 0) {
    touched.add('build')
    problems.push(...buildProblems(service, asTree(before['build']), asTree(after['build']), all))
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!touched.has(key) && !isDeepStrictEqual(before[key], after[key])) problems.push(`${service}.${key} changed`)
  }
  if (moves.length === 0) return problems
  problems.push(...environmentProblems(service, asTree(before['environment']), asTree(after['environment']), moves))
  problems.push(...grantProblems(service, after['secrets'], moves))
  problems.push(...placeGrantProblems(service, after['secrets'], moves))
  const probe = (tree: Tree) => ({ ...asTree(tree['healthcheck']), test: undefined })
  const test = (tree: Tree) => asTree(tree['healthcheck'])['test']
  if (!isDeepStrictEqual(probe(before), probe(after)) || !isSameCheck(test(before), test(after), moves))
    problems.push(`${service}.healthcheck changed`)
  for (const key of changedWords(service, before, after, moves)) problems.push(`${service}.${key} changed`)
  for (const kind of HOOKS)
    if (!isDeepStrictEqual(hooks(before[kind]), hooks(after[kind]))) problems.push(`${service}.${kind} changed`)
  return problems
}

/** Without their commands, which may read a file now. */
const hooks = (list: unknown): readonly unknown[] =>
  (Array.isArray(list) ? list : []).map((hook) => ({ ...asTree(hook), command: undefined }))

/** The arguments gone, their secrets granted, nothing else. */
function buildProblems(service: string, before: Tree, after: Tree, moves: readonly Move[]): readonly string[] {
  const own = buildMoves(moves)
  const fromCompose = new Set(
    own.filter((move) => !inDockerfile(move.candidate)).map((move) => move.candidate.variable),
  )
  const args = Object.entries(asTree(before['args'])).filter(([key]) => !fromCompose.has(key))
  const granted = (build: Tree) => (Array.isArray(build['secrets']) ? build['secrets'] : [])
  const rest = (build: Tree) => ({ ...build, args: undefined, secrets: undefined })
  const had = granted(before)
  const added = granted(after).filter((grant) => !had.some((other) => isDeepStrictEqual(grant, other)))
  const literal = literalMoves(moves).filter(({ strategy }) => strategy.when === 'build')
  const read = own.filter(({ strategy }) => strategy.sites.some(({ unread }) => unread !== true))
  const wanted = new Set([...read, ...literal].map(({ name }) => name))
  const problems: string[] = []
  if (!isDeepStrictEqual(Object.fromEntries(args), asTree(after['args']))) problems.push('build.args')
  if (!isDeepStrictEqual(rest(before), rest(after))) problems.push('build')
  const names = granted(after).map((grant) => String(asTree(grant)['source']))
  if (added.length + had.length !== granted(after).length || [...wanted].some((name) => !names.includes(name)))
    problems.push('build.secrets')
  if (added.some((grant) => !wanted.has(String(asTree(grant)['source'])))) problems.push('build.secrets')
  return problems.map((key) => `${service}.${key} is not what it should be`)
}

function environmentProblems(service: string, before: Tree, after: Tree, moves: readonly Move[]): readonly string[] {
  const expected = environmentAfter(
    before,
    moves.filter(({ strategy }) => OF_VARIABLES.includes(strategy.by)),
  )
  const keys = new Set([...Object.keys(expected), ...Object.keys(after)])
  return [...keys]
    .filter((key) => !isDeepStrictEqual(expected[key], after[key]))
    .map((key) => `${service}.environment.${key} is not what it should be`)
}

const OF_VARIABLES: readonly Move['strategy']['by'][] = ['file', 'shim', 'url', 'settings']

/** Without the variables that move, with the file forms of some, and with a placeholder for the password of a URL. */
function environmentAfter(before: Tree, moves: readonly Move[]): Tree {
  const after: Record<string, unknown> = { ...before }
  for (const { candidate, strategy, name } of moves) {
    const { variable, url } = candidate
    const value = after[variable]
    if (strategy.by === 'url' && url !== undefined && typeof value === 'string')
      after[variable] = value.slice(0, url.start) + placeholder(name) + value.slice(url.end)
    else delete after[variable]
  }
  for (const entry of moves.map(entryOf)) if (entry !== undefined) after[entry.key] = entry.value
  return after
}

function grantProblems(service: string, secrets: unknown, moves: readonly Move[]): readonly string[] {
  const granted = new Set((Array.isArray(secrets) ? secrets : []).map((grant) => String(asTree(grant)['source'])))
  return [...new Set(moves.map(({ name }) => name))]
    .filter((name) => !granted.has(name))
    .map((name) => `${service} is not granted ${name}`)
}

/** @throws StoreError where the edited project breaks the Compose specification in a way that it did not before. */
export function assertValid(before: ComposeProject, after: ComposeProject): void {
  const known = new Set(
    validateCompose(before.model, before.inactiveServices).map(({ path, reason }) => `${path} ${reason}`),
  )
  const problem = validateCompose(after.model, after.inactiveServices).find(
    ({ path, reason }) => !known.has(`${path} ${reason}`),
  )
  if (problem === undefined) return
  throw new StoreError(`The edited project would not be valid: ${problem.path} ${problem.reason}.`, {
    hint: 'Nothing was changed in your files; leave that value out with --select, and please report this file.',
  })
}

/** What differs beside what moved, the first of it. `agent`: it brings what it can. */
export function firstProblem(
  before: ComposeProject,
  after: ComposeProject,
  moves: readonly Move[],
  agent = false,
): string | undefined {
  return (agent ? agentProblems : modelProblems)(before.model, after.model, moves)[0]
}

/** @throws StoreError naming what differs: nothing is swapped then. */
export function assertSameModel(
  before: ComposeProject,
  after: ComposeProject,
  moves: readonly Move[],
  agent = false,
): void {
  const problem = firstProblem(before, after, moves, agent)
  if (problem === undefined) return
  throw new StoreError(`The edited project would not mean the same: ${problem}.`, {
    hint: 'Nothing was changed in your files; leave that value out with --select, and please report this file.',
  })
}
