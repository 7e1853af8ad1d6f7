// Where a plan's values are read anew when it is applied, and who may read them then.

import { modelWords } from '../compose/started-words.js'
import type { ComposeProject } from '../compose/types.js'
import { placeOf } from '../compose/value-place.js'
import { accessFor } from './access.js'
import { inDockerfile } from './build-strategy.js'
import type { Candidate } from './candidates.js'
import { isWholeWord } from './command-parts.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { usersLabel } from './traefik-label.js'
import type { PlanStep, Transform, ValueSource } from './types.js'

type PutStep = Extract<PlanStep, { readonly do: 'put' }>

/** The step that writes the secret `name`. */
export function putStep(name: string, moves: readonly Move[], gathered: Gathered): PutStep {
  const own = moves.filter((move) => move.name === name)
  const [first] = own
  const from: readonly ValueSource[] = first === undefined ? [] : [sourceOf(first, gathered.project)]
  const access = gathered.store.kind === 'compose-file' ? accessFor(own, gathered) : undefined
  return { do: 'put', name, from, ...(access === undefined ? {} : { access }) }
}

/** The word of a command in which the value stands. */
function textAround({ services: [service], given }: Candidate, project: ComposeProject): string | undefined {
  if (service === undefined || given === undefined) return undefined
  return modelWords(project, service, given.section)?.[given.word]
}

function transformOf(candidate: Candidate, strategy: Move['strategy'], project: ComposeProject): readonly Transform[] {
  const { what, value, source, given, secret, url } = candidate
  if (strategy.by === 'settings') return [`line:${strategy.line}`]
  if (given?.by === 'text') {
    const [text, end] = [textAround(candidate, project), given.start + secret.length]
    const part = `part:${given.word}:${given.start}:${end}` as const
    return [text === undefined || isWholeWord(text, given.start, end) ? part : `${part}:${text.length}`]
  }
  if (what === 'flag') return ['flag-value']
  if (what === 'copied-file') return ['whole-file']
  if (url !== undefined) return source === url.entry ? ['url-password'] : []
  return usersLabel(value.key) === undefined ? [] : ['users-lines']
}

/** A part of a command has no other end; the plan's edit of it tells as much. */
const lengthOf = ({ what, source }: Candidate) =>
  what === 'build-literal' || what === 'run-literal' ? { length: source.end - source.start } : {}

/** Where the value is read anew. Guessable or not, only its start is told. */
function sourceOf({ candidate, strategy }: Move, project: ComposeProject): ValueSource {
  const { source, what } = candidate
  const place =
    what === 'flag' || what === 'copied-file' || inDockerfile(candidate) ? candidate.place : placeOf(project, source)
  return {
    place,
    span: { offset: source.start, line: source.line, column: source.column, ...lengthOf(candidate) },
    transform: transformOf(candidate, strategy, project),
  }
}
