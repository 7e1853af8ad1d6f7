// The hard-coded secrets of a Compose project: what could be moved, and what can only be explained. Plain values stay in memory.
import { relative } from 'node:path'
import { isOfHook } from '../compose/command-places.js'
import type { CommandSecret } from '../compose/command-secrets.js'
import { isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import type { Place } from '../scan/types.js'
import { TextIndex } from '../support/text-index.js'
import { aliasedElsewhere } from './anchored.js'
import type { Blocked } from './build-use.js'
import {
  base,
  becauseOf,
  type Doubt,
  holdsEntry,
  inDoubt,
  isPrefixAlone,
  reasonFor,
  secretWithin,
} from './candidate-base.js'
import { checkCandidate, commandCandidates } from './command-candidates.js'
import type { CopiedSecret } from './from-report/file-finding.js'
import { inlineCandidates, otherCandidate, unusedCandidate } from './other-candidates.js'
import type { Issuer } from './rotate/issuer.js'
import { isNameless, isOfProject, namelessCandidate, strayCandidate } from './stray-candidates.js'
import { conditionalSecret, takenApart, takenApartWhole, unsettled } from './unsettled.js'
import type { PasswordPlace } from './url-place.js'
import { otherValue, readTwoWays, shadowedBy, sourceOf } from './value-source.js'

export interface Candidate {
  /** SERVICE.KEY, or FILE.KEY where no service is named: what --select takes. */
  readonly id: string
  /** Where it is used: an environment entry, a command … */
  readonly value: LocatedValue
  /** Where the text of the value stands; another entry than `value` where that interpolates a .env. */
  readonly source: LocatedValue
  /** Plain: must not be printed. */
  readonly secret: string
  readonly variable: string
  /** `build-arg`: for the build alone, from the Compose file or as an ARG or ENV of the Dockerfile. `image-env`: an ENV that the image keeps. `…-literal`: in a Dockerfile's RUN, or in its CMD, ENTRYPOINT, HEALTHCHECK. */
  readonly what:
    | 'environment'
    | 'env-file'
    | 'flag'
    | 'build-arg'
    | 'image-env'
    | 'copied-file'
    | 'build-literal'
    | 'run-literal'
    | 'other'
  readonly services: readonly string[]
  /** Services that have it too and do not read it: it leaves them. */
  readonly unread?: readonly string[]
  /** Entries of the same variable that this one overrides: they would come to count once it is gone, so they go with it. */
  readonly shadowed: readonly LocatedValue[]
  readonly place: Place
  /** Of a command: which part of its words it is. */
  readonly given?: GivenInCommand
  /** Of a URL of which the secret is the password alone. */
  readonly url?: PasswordPlace
  /** Of a URL that is the secret as a whole: why its text cannot stay, a clause. */
  readonly whole?: string
  /** Of a file that the image holds: where it goes instead. */
  readonly copied?: CopiedSecret
  /** IDs of those that it moves together with, or not at all. */
  readonly together?: readonly string[]
  /** Of a Dockerfile's command: as text it may stand for something else, too. */
  readonly vague?: true
  /** Why it stays, whatever takes it. */
  readonly obstacle?: Blocked
  /** Nothing but its name may say that it is a secret: it moves where a person says so. */
  readonly doubtful?: true
  /** No secret itself: moves along with one. */
  readonly companion?: true
  /** Of a file: who issued what was found in it. */
  readonly issuers?: readonly Issuer[]
  /** Why it is taken for a secret, for people. */
  readonly because: string
  /** How its provider takes it back. */
  readonly remedy?: string
}

/** A secret among the words of a service's command or entrypoint. */
export interface GivenInCommand extends Pick<CommandSecret, 'by' | 'word' | 'start'> {
  readonly section: 'command' | 'entrypoint'
}

/** What a detection rule calls a value, and how its provider takes it back. */
export interface Detection {
  readonly title: string
  /** One sentence with the provider's page; absent where there is none. */
  readonly remedy?: string
  /** What of the value was found, each with its own. Plain: must not be printed. */
  readonly parts?: readonly (Detection & { readonly text: string; readonly key: string })[]
}

/** Findings of the detection engine on the project's files, by absolute file and byte offset of the value. */
export type Detected = (file: string, start: number, end: number) => Detection | undefined

/** The entries that go with the secret: its value, and those of the same variable that the value overrides. */
export const entriesWith = ({ value, shadowed }: Candidate): readonly LocatedValue[] => [value, ...shadowed]

/** Everything in the project that is a secret by its name, its form or the detection engine's word; in the files' order. */
export function findCandidates(project: ComposeProject, detected: Detected): readonly Candidate[] {
  const first = project.values.flatMap((value) => candidatesOf(project, value, detected, new TextIndex([])))
  const equal = new TextIndex(
    new Map(
      first
        .filter(({ secret, obstacle }) => obstacle === undefined && isTellingValue(secret))
        .map((candidate) => [candidate.secret, candidate]),
    ),
  )
  const found = project.values.flatMap((value) => candidatesOf(project, value, detected, equal))
  const along = new Set(found.flatMap(({ shadowed }) => shadowed))
  const candidates = found.filter(({ value }) => !along.has(value))
  const ids = new Map<string, number>()
  return candidates.map((candidate) => {
    const count = (ids.get(candidate.id) ?? 0) + 1
    ids.set(candidate.id, count)
    return count === 1 ? candidate : { ...candidate, id: `${candidate.id}#${count}` }
  })
}

function candidatesOf(
  project: ComposeProject,
  value: LocatedValue,
  detected: Detected,
  equal: TextIndex<Candidate>,
): readonly Candidate[] {
  const one = (candidate: Candidate | undefined) => (candidate === undefined ? [] : [candidate])
  if (isNameless(value)) return one(namelessCandidate(project, value))
  if (value.resolved === '') return one(conditionalCandidate(project, value))
  switch (value.section) {
    case 'environment':
    case 'env-file-entry':
    case 'build.args':
      return one(variableCandidate(project, value, detected))
    case 'command':
    case 'entrypoint':
      return commandCandidates(project, value, detected, equal)
    case 'build':
      return value.key === 'dockerfile_inline'
        ? inlineCandidates(project, value)
        : one(strayCandidate(project, value, detected))
    case 'dotenv':
      return one(unusedCandidate(project, value, detected))
    case 'healthcheck':
      return one(checkCandidate(project, value, detected))
    case 'labels':
    case 'deploy.labels':
    case 'configs':
    case 'x-':
    case 'logging':
    case 'other':
      return one(
        (isOfHook(value) ? checkCandidate : isOfProject(value) ? strayCandidate : otherCandidate)(
          project,
          value,
          detected,
        ),
      )
    default:
      return one(strayCandidate(project, value, detected))
  }
}

function variableCandidate(project: ComposeProject, value: LocatedValue, detected: Detected): Candidate | undefined {
  const reason = reasonFor(value, detected) ?? holdsEntry(secretWithin(project, value))
  if (reason !== undefined && !isPrefixAlone(value)) return variableBase(project, value, reason)
  const doubt = inDoubt(project, value)
  const found = doubt === undefined ? undefined : variableBase(project, value, { title: 'It may be a secret' })
  return doubt === undefined || found === undefined || found.obstacle !== undefined
    ? undefined
    : { ...found, doubtful: true, obstacle: IN_DOUBT[doubt] }
}

const NAME_IT = 'Where it is one, name it: --select SERVICE.VARIABLE.'
const IN_DOUBT: Readonly<Record<Doubt, Blocked>> = {
  prefix: {
    reason: 'It is what keys of this kind begin with, and no key.',
    todo: 'Write the key there and plan again, or move it as it is: --select SERVICE.VARIABLE.',
  },
  name: { reason: 'Its name leaves open whether it is a secret.', todo: NAME_IT },
  option: { reason: 'One of its options is given what may be a secret.', todo: NAME_IT },
}

/** A variable as a candidate; undefined where its value stands in no file, or nobody has it. */
export function variableBase(project: ComposeProject, value: LocatedValue, reason: Detection): Candidate | undefined {
  const own = sourceOf(project, value)
  const shadowed = value.section === 'build.args' ? [] : shadowedBy(project, value)
  const obstacle =
    own === undefined
      ? unsettled(project, value)
      : (readTwoWays(project, value) ??
        takenApart(project, value.interpolates) ??
        otherValue(project, value, shadowed) ??
        aliasedElsewhere(project, value))
  const source = own ?? (obstacle === undefined ? undefined : value)
  if (value.key === undefined || source === undefined) return undefined
  // Nobody's, and not a service's either: an x- field.
  if (value.usedBy.length === 0 && value.service === undefined && value.namedBy === undefined) return undefined
  return {
    ...base(project, value),
    source,
    secret: value.resolved,
    what: KINDS.get(value.section) ?? 'env-file',
    shadowed,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...becauseOf(reason, source === value ? '' : `, through ${relative(project.directory, source.file)}`),
  }
}

/** Only explained: no service has it now. */
function conditionalCandidate(project: ComposeProject, value: LocatedValue): Candidate | undefined {
  const conditional =
    KINDS.has(value.section) || value.section === 'env-file-entry' ? conditionalSecret(project, value) : undefined
  const isHeld = value.section === 'dotenv' || value.usedBy.length > 0 || value.service !== undefined
  const held = isHeld ? (conditional ?? takenApartWhole(project, value)) : undefined
  if (held === undefined) return undefined
  return { ...base(project, value), source: value, what: 'other', because: 'Secret by its name', ...held }
}

const KINDS: ReadonlyMap<LocatedValue['section'], Candidate['what']> = new Map([
  ['environment', 'environment'],
  ['build.args', 'build-arg'],
])
