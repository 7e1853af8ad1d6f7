// What the shim of a service is made of: its words, the variables that it exports, the passwords among the words.

import { modelWords } from '../../compose/started-words.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { entriesWith } from '../candidates.js'
import type { ImageFacts } from '../image-facts.js'
import type { Move } from '../plan-moves.js'
import { canBring, isShellName, type ShimVariable } from '../shim.js'
import { unheldIn } from '../shim-strategy.js'
import { RefusedError } from '../workbook.js'

/** A password among the words of a service. */
export interface FlagPlace {
  readonly section: 'entrypoint' | 'command'
  /** Index in the section. */
  readonly word: number
  /** UTF-16 offsets in the word. */
  readonly start: number
  readonly end: number
  /** The secret that holds it. */
  readonly name: string
}

export interface ShimParts {
  /** Of the candidates. */
  readonly ids: readonly string[]
  /** Of those that stand among the words; of all where none does: without them the variables may still go. */
  readonly wordIds: readonly string[]
  readonly service: string
  /** What moves, where it stands. */
  readonly values: readonly LocatedValue[]
  /** Resolved; the image's own where the Compose file has none. */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** The image's own command, which an entrypoint of the shim drops; [] where one of the Compose file does already. */
  readonly dropped: readonly string[]
  readonly exports: readonly ShimVariable[]
  /** Variables of the container that no shell can hold, which stay where they are. */
  readonly handedOn: readonly string[]
  /** Secrets whose values end in a newline. */
  readonly newlines: ReadonlySet<string>
  readonly flags: readonly FlagPlace[]
  /** The services of which all passwords in `flags` move together. */
  readonly together: readonly string[]
}

/** Variables that a shell has before its first command: that they are there says nothing. */
const SET_BY_SHELLS: ReadonlySet<string> = new Set(
  'PWD OLDPWD SHLVL OPTIND IFS PPID PS1 PS2 PS4 HOSTNAME UID EUID RANDOM SECONDS LINENO HOME PATH'.split(' '),
)

const isSetBefore = (variable: string, { env }: ImageFacts): boolean =>
  SET_BY_SHELLS.has(variable) || env.some((entry) => entry.startsWith(`${variable}=`))

/** Another service of the entry reads the file that is named there, in the variable itself (`file:///run/secrets/…`). */
const isNamedInPlace = (variable: string, strategy: Move['strategy']): boolean =>
  strategy.by === 'file' && strategy.entry.key === variable

/** @throws RefusedError for a password that is not where it was found. */
export function shimParts(
  project: ComposeProject,
  facts: ImageFacts,
  service: string,
  moves: readonly Move[],
): ShimParts {
  const ownEntrypoint = modelWords(project, service, 'entrypoint')
  const variables = moves
    .filter(({ strategy }) => strategy.by !== 'flag')
    .filter(
      ({ candidate, name }, index, all) =>
        all.findIndex((other) => other.candidate.variable === candidate.variable && other.name === name) === index,
    )
  const flags = moves.filter(({ strategy }) => strategy.by === 'flag')
  const words = {
    entrypoint: ownEntrypoint ?? facts.entrypoint,
    // An entrypoint in the Compose file drops the image's CMD (measured), and so does ours: it is written out.
    command: modelWords(project, service, 'command') ?? (ownEntrypoint === undefined ? facts.cmd : []),
    dropped: ownEntrypoint === undefined ? facts.cmd : [],
  }
  return {
    ...words,
    ids: moves.map(({ candidate }) => candidate.id),
    wordIds: (flags.length > 0 ? flags : moves).map(({ candidate }) => candidate.id),
    service,
    values: moves.flatMap(({ candidate }) => entriesWith(candidate)),
    exports: variables.map(({ candidate: { variable }, strategy, name }) => ({
      variable,
      secret: name,
      ...(strategy.by === 'url' ? { filled: true } : {}),
      ...(isSetBefore(variable, facts) || isNamedInPlace(variable, strategy) ? { overrides: true } : {}),
    })),
    handedOn: handedOn(project, facts, service, moves),
    newlines: new Set(moves.filter(({ candidate }) => candidate.secret.endsWith('\n')).map(({ name }) => name)),
    flags: flags.map((move) => flagPlace(move, words)),
    together: (flags[0]?.candidate.services ?? []).filter((each) =>
      flags.every(({ candidate }) => candidate.services.includes(each)),
    ),
  }
}

/** @throws RefusedError where a shell would lose one of the service's variables. */
function handedOn(
  project: ComposeProject,
  facts: ImageFacts,
  service: string,
  moves: readonly Move[],
): readonly string[] {
  const ids = moves.map(({ candidate }) => candidate.id)
  const variables = moves.filter(({ strategy }) => strategy.by !== 'flag')
  const leaves = new Set(variables.map(({ candidate }) => candidate.variable))
  const values = unheldIn(project, service, facts)
  const names = [...values.keys()].filter((name) => !leaves.has(name))
  const lost = names.find((name) => !canBring(name) || /\n/.test(values.get(name) ?? ''))
  if (lost !== undefined)
    throw new RefusedError(
      ids,
      `the shell of a shim would lose its variable ${lost}, which has a name that no shell can hold`,
    )
  const needsEnv = names.length > 0 || [...leaves].some((name) => !isShellName(name))
  if (needsEnv && facts.lacksEnv === true)
    throw new RefusedError(
      ids,
      `its image has no env and tr, without which a shell would lose variables like ${names[0] ?? [...leaves].find((name) => !isShellName(name))}`,
    )
  return names
}

function flagPlace(
  { candidate: { id, given, secret }, name }: Move,
  words: Pick<ShimParts, 'entrypoint' | 'command'>,
): FlagPlace {
  const { section = 'command', word = 0, start = 0 } = given ?? {}
  const end = start + secret.length
  if (given === undefined || words[section][word]?.slice(start, end) !== secret)
    throw new RefusedError([id], 'the services that share it have other words around it')
  return { section, word, start, end, name }
}
