// What a plan says of Compose files beside its own: which secrets stay there, and when they have to be planned together.
import { dirname, relative } from 'node:path'
import { hasDefaultName } from '../compose/discover.js'
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import { findCandidates } from './candidates.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { serviceModel } from './service-model.js'
import type { SiblingFile } from './sibling-files.js'

/** One for each of the folder that holds secrets of its own, or sets what moves. */
export function siblingNotes({ project, siblings = [] }: Gathered, moves: readonly Move[]): readonly string[] {
  const beside = siblings.filter(({ file }) => dirname(file) === project.directory)
  return beside.flatMap((sibling) => noteOn(sibling, project, moves) ?? [])
}

function noteOn(sibling: SiblingFile, project: ComposeProject, moves: readonly Move[]): string | undefined {
  const { name, alone, relation, problem } = sibling
  const isSecond = relation === 'hard-link' || relation === 'no-stack'
  if (isSecond) {
    const stays = typeof alone === 'string' ? ['what it holds'] : heldIn(alone, project)
    return stays.length === 0 ? undefined : `${name} is not part of this plan: ${stays.join(', ')} ${INERT[relation]}`
  }
  const own = project.mainFiles.map((file) => relative(project.directory, file))
  // Nobody starts a file of a default name over another one.
  const isFirst = hasDefaultName(name) && !own.some(hasDefaultName)
  const both = flags(isFirst ? [name, ...own] : [...own, name])
  if (problem !== undefined)
    return `${name} is not part of this plan and cannot be read, so that what it holds stays: ${problem}`
  if (typeof alone === 'string')
    return `${name} is not part of this plan and cannot be read alone: what it holds stays. Plan with ${both}.`
  const held = heldIn(alone, project)
  const isSet = relation === 'apart' && moves.some((move) => setsToo(alone, move))
  if (held.length === 0 && !isSet) return undefined
  const what =
    held.length === 0 ? '' : ` and holds ${held.join(', ')}, which ${held.length === 1 ? 'stays' : 'stay'} there`
  if (relation === 'over') return `${name} is not part of this plan${what}: plan with ${both}.`
  const itself = `${name} is not part of this plan${what}: `
  if (relation !== 'apart') return `${itself}plan it by itself, with ${flags([name])}.`
  const over = isFirst ? `${own.join(', ')} is started over it` : `it is started over ${own.join(', ')}`
  return `${itself}it is taken for a project of its own (plan it with ${flags([name])}). Where ${over}, plan with both instead: ${both}.${exclusive(alone, moves)}`
}

/** What comes of not doing so: official images of databases end where they are given both. */
function exclusive(alone: ComposeProject, moves: readonly Move[]): string {
  for (const move of moves) {
    const { strategy, candidate } = move
    const service = candidate.services.find((each) => sets(alone, each, candidate.variable))
    if (strategy.by === 'file' && service !== undefined)
      return ` By this plan alone, ${service} would have ${candidate.variable} and ${strategy.entry.key} there, and may not start.`
  }
  return ''
}

const flags = (files: readonly string[]): string => files.map((file) => `-f ${file}`).join(' ')

const INERT = {
  'no-stack': 'stays there, since docker stack deploy does not read it.',
  'hard-link':
    'stays there, since it is a file of the plan by a second name (a hard link), which a migration parts from it. Make it a symbolic link, or remove it.',
} as const

/** IDs of what is hard-coded there and in no file of the plan. */
function heldIn(alone: Exclude<SiblingFile['alone'], string>, project: Gathered['project']): readonly string[] {
  const known = new Set(project.files.map(({ file }) => file))
  return findCandidates(alone, () => undefined)
    .filter(({ source }) => !known.has(source.file))
    .map(({ id }) => id)
}

const setsToo = (alone: ComposeProject, { candidate }: Move): boolean =>
  candidate.services.some((service) => sets(alone, service, candidate.variable))

const sets = (alone: ComposeProject, service: string, variable: string): boolean =>
  Object.hasOwn(asTree(serviceModel(alone, service)['environment']), variable)
