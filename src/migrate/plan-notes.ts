// What a person has to know beside the diff: who may read the files, what a rotation needs, what the shim leaves visible.
import { dirname, relative, resolve } from 'node:path'
import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import { accessFor } from './access.js'
import { isStack } from './afterwards.js'
import { agentNotes } from './agent/notes.js'
import { alternativeNotes } from './alternative-files.js'
import { amongAll, namesOfMoves } from './among-all.js'
import { countsOnlyAtFirst } from './conventions.js'
import { officialBase } from './databases.js'
import { environmentNotes } from './environment-notes.js'
import { gitNotes } from './git-notes.js'
import { imageNotes } from './image-notes.js'
import { holdingFiles } from './override-start.js'
import type { Gathered } from './plan.js'
import { leavesEnvironment, type Move, shimmedIn } from './plan-moves.js'
import { type Staying, stayingNotes } from './remains.js'
import { placeWords } from './same-value.js'
import { startNotes } from './script-notes.js'
import { type OpenFolder, octal } from './secrets-folder.js'
import { imageOf } from './service-model.js'
import { shellNotes } from './shell-notes.js'
import { siblingNotes } from './sibling-notes.js'
import { closedNotes, sameNotes, takenNotes, valueNotes } from './value-notes.js'

/** In a fixed order, each once. */
export function planNotes(gathered: Gathered, moves: readonly Move[], stays: Staying): readonly string[] {
  const notes: string[] = []
  if (Object.keys((gathered.project.model['services'] as object | undefined) ?? {}).length === 0)
    notes.push(
      gathered.project.inactiveServices.length > 0
        ? "All services have profiles, and none of these was chosen: plan with --profile '*' for all of them, or with the one that is started."
        : 'The project has no active service. Where services stand at the top of the file (the first form of Compose files), put them under services: and plan again.',
    )
  const readable = [
    ...new Set(
      moves
        .filter((move) => gathered.store.kind === 'compose-file' && accessFor([move], gathered) !== undefined)
        .map(({ name }) => name),
    ),
  ]
  if (readable.length > 0)
    notes.push(
      `${amongAll(
        readable,
        moves.map(({ name }) => name),
        'secrets',
      )}: readable by all users (0444) inside a folder that only you may enter (0700), since a service may read it as another user than root, or as a root without its rights (cap_drop), and Compose mounts files with their owner and mode. Nothing is to be done.`,
    )
  if (moves.length > 0 && gathered.foreignFolder !== undefined) notes.push(foreignNote(gathered.foreignFolder))
  if (readable.length > 0 && gathered.openFolder !== undefined) notes.push(openNote(gathered.openFolder))
  const atFirst = moves.filter(
    (move) =>
      leavesEnvironment(move) &&
      move.candidate.services.some(
        (service) =>
          countsOnlyAtFirst(imageOf(gathered.project, service), move.candidate.variable) ||
          officialBase(service, gathered.project, move.candidate.variable) !== undefined,
      ),
  )
  if (atFirst.length > 0) {
    notes.push(
      `${namesOfMoves(atFirst, moves)}: used only when the data is first initialised, at the very first start. Moving it changes nothing there. Who gives it a new value later has to tell the running service, too: secretscan rotate prints how.`,
    )
  }
  notes.push(...moves.flatMap(unreadNotes))
  const shimmed = moves.filter((move) => shimmedIn(move).length > 0)
  for (const [some, where] of byShown(gathered, shimmed, stays))
    notes.push(
      `${namesOfMoves(some, moves)}: through an entrypoint shim, a few words of shell in front of the program. The value is ${where}in the environment or the arguments of the process inside the container.`,
    )
  notes.push(...environmentNotes(gathered, moves))
  notes.push(...stayingNotes(gathered.project, stays))
  notes.push(
    ...valueNotes(moves),
    ...sameNotes(gathered, moves),
    ...closedNotes(gathered, moves),
    ...takenNotes(gathered, moves),
  )
  const broken = moves.filter(({ candidate, strategy }) => strategy.by === 'file' && candidate.secret.endsWith('\n'))
  if (broken.length > 0)
    notes.push(
      `${namesOfMoves(broken)}: the value ends in a line break, which the secret keeps; an image that reads it from a file may drop it.`,
    )
  const configs = moves.filter(({ strategy }) => strategy.by === 'config')
  if (configs.length > 0)
    notes.push(
      `${namesOfMoves(configs)}: a secret instead of a config, at the same path. It is mounted read-only: a program that writes to that path would fail.`,
    )
  notes.push(...sourceNotes(gathered, moves), ...shellNotes(gathered, moves), ...overriddenNotes(gathered, moves))
  notes.push(...extendedNotes(gathered, moves), ...joinedNotes(gathered, shimmed))
  notes.push(...alternativeNotes(gathered, moves))
  if (gathered.agent !== undefined && moves.length > 0) notes.push(...agentNotes(gathered, moves))
  notes.push(...startNotes(gathered, moves))
  notes.push(...gitNotes(gathered, moves))
  if (moves.length > 0)
    notes.push(
      'Moving changes no value: whoever has seen a file, its git history or an image with it can still use it. Give each secret a new value after the move (secretscan rotate NAME), and revoke the old one where a provider issued it.',
    )
  notes.push(...siblingNotes(gathered, moves), ...imageNotes(gathered, moves), ...gathered.reported.notes)
  return [...new Set(notes)]
}

function foreignNote({ path, holds }: Omit<OpenFolder, 'mode'>): string {
  const some = holds.length > 3 ? [...holds.slice(0, 3), `${holds.length - 3} more`] : holds
  return `${path} lies outside of the project and holds something else (${some.map(printable).join(', ')}): secrets would be written between them. Give them a folder of their own with --secrets-dir.`
}

function openNote({ path, mode, holds }: OpenFolder): string {
  const is = `${path} is open to other users (${octal(mode)})`
  return holds.length === 0
    ? `${is}: applying the plan closes it (0700).`
    : `${is} and holds ${holds.join(', ')}, too: apply refuses that. Close it (chmod 700 ${shellWord(path)}) where nothing else needs it open, or choose another --secrets-dir.`
}

/** For a stack: which lines of .env gave values that moved, one note for each file. */
function sourceNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const { project } = gathered
  if (!isStack(gathered)) return []
  const own = moves.filter(({ candidate }) => candidate.source.section === 'dotenv')
  return [...new Set(own.map(({ candidate }) => candidate.source.file))].map((file) => {
    const some = own.filter(({ candidate }) => candidate.source.file === file)
    const keys = [...new Set(some.map(({ candidate }) => candidate.source.key ?? ''))]
    const name = relative(project.directory, file)
    return `${namesOfMoves(some)}: from ${name} (${keys.join(', ')}), which docker stack deploy does not read: until now a shell that deploys had to export ${keys.length === 1 ? 'it' : 'them'}, from now on the secret counts.`
  })
}

/** Files that have the value, too, which a later file writes again. */
function overriddenNotes({ project }: Gathered, moves: readonly Move[]): readonly string[] {
  const own = new Set(project.files.filter(({ kind }) => kind === 'compose').map(({ file }) => file))
  return [...own].flatMap((file) => {
    const some = moves.filter(
      ({ candidate: { value, shadowed } }) => value.file !== file && shadowed.some((each) => each.file === file),
    )
    if (some.length === 0) return []
    const name = relative(project.directory, file)
    return [
      `${namesOfMoves(some)}: ${name} has it, too, where another file writes it again. It goes from both: started from ${name} alone, the service has the secret as well.`,
    ]
  })
}

/** Files that other projects may extend as well: the secrets and their grants do not stand there. */
function extendedNotes({ project }: Gathered, moves: readonly Move[]): readonly string[] {
  const extended = project.files.filter((each) => each.extended === true)
  return extended.flatMap(({ file }) => {
    const envFiles = project.values.filter((value) => value.file === file && value.section === 'env_file')
    const files = new Set([file, ...envFiles.map(({ resolved }) => resolve(dirname(file), resolved))])
    const some = moves.filter(({ candidate }) => files.has(candidate.value.file))
    if (some.length === 0) return []
    const others = [...new Set(some.map(({ candidate }) => candidate.value.file))].filter((each) => each !== file)
    const beside =
      others.length === 0 ? '' : ` (through ${others.map((each) => relative(project.directory, each)).join(', ')})`
    return [
      `${namesOfMoves(some)}: from ${relative(project.directory, file)}${beside}, which services extend. The secret is granted where they do: another project that extends it needs the secret declared and granted there, too.`,
    ]
  })
}

/** Services with one shim for values of several files: it has those of a file that is left out when the service is started. */
function joinedNotes({ project }: Gathered, shimmed: readonly Move[]): readonly string[] {
  const own = project.files.filter(({ kind, extended }) => kind === 'compose' && extended !== true)
  return [...new Set(shimmed.flatMap(shimmedIn))].flatMap((service) => {
    const some = shimmed.filter((move) => shimmedIn(move).includes(service))
    const holding = new Set(some.flatMap(({ candidate }) => holdingFiles(candidate, service, project)))
    const [first, ...more] = own.filter(({ file }) => holding.has(file))
    if (first === undefined || more.length === 0) return []
    const names = more.map(({ file }) => relative(project.directory, file)).join(', ')
    return [
      `${service}: its one shim gives it the values of ${names} as well, also where it is started from ${relative(project.directory, first.file)} alone.`,
    ]
  })
}

/** Moves through a shim, by what docker inspect shows of their services afterwards. */
function byShown(
  { project }: Gathered,
  moves: readonly Move[],
  stays: Staying,
): readonly (readonly [readonly Move[], string])[] {
  const shownIn = (move: Move) =>
    (stays.get(move.name) ?? []).filter(({ usedBy }) => usedBy.some((service) => shimmedIn(move).includes(service)))
  const [shown, hidden] = [
    moves.filter((move) => shownIn(move).length > 0),
    moves.filter((move) => shownIn(move).length === 0),
  ]
  const places = [...new Set(shown.flatMap(shownIn))].map((value) => placeWords(project, value)).join(', ')
  const all: readonly (readonly [readonly Move[], string])[] = [
    [hidden, 'no longer in the Compose file nor in docker inspect, but '],
    [shown, `still in docker inspect by ${places}, and `],
  ]
  return all.filter(([some]) => some.length > 0)
}

/** What a database that has the env file of its clients finds of a line that it does not read. */
function unreadNotes({ candidate: { id, unread }, strategy }: Move): readonly string[] {
  if (unread === undefined) return []
  const [has, does, it] = unread.length === 1 ? ['has', 'does', 'it'] : ['have', 'do', 'them']
  const then =
    strategy.by === 'url'
      ? `${unread.length === 1 ? 'it finds' : 'they find'} the placeholder there`
      : `it is not given to ${it} any more`
  return [`${id}: ${unread.join(', ')} ${has} it from the same file and ${does} not read it: ${then}.`]
}
