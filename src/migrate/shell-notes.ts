// What a plan says of variables that a shell may set: Compose took them over lines of .env and over defaults, and the secret is one of them.
import { relative } from 'node:path'
import { valuesOf } from '../compose/value-index.js'
import { isStack } from './afterwards.js'
import { namesOfMoves } from './among-all.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { variableParts, writtenText } from './unsettled.js'
import { referenceIn } from './url-place.js'

interface Taken {
  readonly move: Move
  /** Of a shell, which Compose took for all of the secret. */
  readonly name: string
  /** What it is now: a default, or a line of this file. */
  readonly from: 'default' | { readonly file: string }
}

/** Where what a shell sets at a later start has an effect no more: one note for what it gave as a whole, others for what it gave a part of. */
export function shellNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const taken = moves.flatMap((move) => takenFor(move, gathered) ?? [])
  const composed = moves.filter((move) => !taken.some((each) => each.move === move))
  return [...takenNote(gathered, taken, moves), ...composedNotes(gathered, composed)]
}

function takenFor(move: Move, { project }: Pick<Gathered, 'project'>): Taken | undefined {
  const { candidate } = move
  const { value, source, url, secret, what } = candidate
  const lineOf = (name: string) =>
    valuesOf(project)
      .withKey(name)
      .findLast(({ section, resolved }) => section === 'dotenv' && resolved === secret)
  const takes = (name: string | undefined, line = name === undefined ? undefined : lineOf(name)) =>
    name === undefined
      ? undefined
      : { move, name, from: line === undefined ? ('default' as const) : { file: line.file } }
  if (url !== undefined) return takes(referenceIn(url))
  if (source !== value) return source.section === 'dotenv' ? takes(source.key, source) : undefined
  const [name, ...more] = variableParts(candidate, project)
  if (name === undefined || more.length > 0) return undefined
  if (what !== 'flag') return /^\$\{[^{}]*\}$/.test(writtenText(project, value)) ? takes(name) : undefined
  return (project.environment.get(name) || secret) === secret ? takes(name) : undefined
}

function takenNote(gathered: Gathered, all: readonly Taken[], moves: readonly Move[]): readonly string[] {
  // A stack is not deployed with .env: what that means for its lines is told in another place.
  const taken = all.filter(({ from }) => from === 'default' || !isStack(gathered))
  if (taken.length === 0) return []
  const names = [...new Set(taken.map(({ name }) => name))]
  const files = [...new Set(taken.flatMap(({ from }) => (from === 'default' ? [] : [from.file])))]
  const holds = [
    ...files.map((file) => `what ${relative(gathered.project.directory, file)} says`),
    ...(taken.some(({ from }) => from === 'default') ? ['the default'] : []),
  ].join(' or ')
  const some = taken.map(({ move }) => move)
  const [reach, them] = [names.length === 1 ? 'reaches' : 'reach', taken.length === 1 ? 'it' : 'them']
  return [
    `${namesOfMoves(some, moves)}: ${names.join(', ')} of the shell no longer ${reach} ${them}, also where another machine or a pipeline sets ${names.length === 1 ? 'it' : 'them'}: the secret holds ${holds}. Where one is set, give the secret that value there (secretscan rotate).`,
  ]
}

/** Values of which variables are a part: Compose put them together anew at each start, the secret holds one of them. */
function composedNotes({ project }: Pick<Gathered, 'project'>, moves: readonly Move[]): readonly string[] {
  const idsOf = new Map<string, { readonly names: readonly string[]; readonly ids: Set<string> }>()
  for (const { candidate } of moves) {
    const { id, value, source, url } = candidate
    const names = source === value && url === undefined ? variableParts(candidate, project) : []
    if (names.length > 0) idsOf.set(names.join(), { names, ids: (idsOf.get(names.join())?.ids ?? new Set()).add(id) })
  }
  return [...idsOf.values()].map(
    ({ names, ids }) =>
      `${[...ids].join(', ')}: put together with ${names.join(', ')}. The secret holds the whole value as it is now: another ${names.length === 1 ? 'value' : 'value of one of them'} at a later start no longer reaches it, rotate the secret instead.`,
  )
}
