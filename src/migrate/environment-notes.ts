// What other programs of a container than its own find of a moved variable: what docker compose exec starts sees nothing that an entrypoint does.
import { relative } from 'node:path'
import { shellWord } from '../compose/shell-words.js'
import { isStack } from './afterwards.js'
import { startedAlone } from './alternative-files.js'
import { namesOfMoves } from './among-all.js'
import type { Gathered } from './plan.js'
import { leavesEnvironment, type Move } from './plan-moves.js'
import { composeOptions } from './project-words.js'
import { isShellName, placeholder } from './shim.js'

export const environmentNotes = (gathered: Gathered, moves: readonly Move[]): readonly string[] => [
  ...goneNotes(gathered, moves),
  ...urlNotes(gathered, moves),
]

/** What an entrypoint exports, or reads from a file, only its own program has. */
function goneNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  // Some programs read a variable of the same name that says where the file is.
  const staysNamed = ({ strategy, candidate }: Move) =>
    strategy.by === 'file' && strategy.entry.key === candidate.variable
  const gone = moves.filter((move) => leavesEnvironment(move) && !staysNamed(move))
  const [first] = gone
  if (first === undefined) return []
  const { candidate, name } = first
  const [what, command] = execCommand(gathered, candidate.services[0] ?? 'SERVICE')
  const set = isShellName(candidate.variable)
    ? `${candidate.variable}="$(cat /run/secrets/${name})"`
    : `env "${candidate.variable}=$(cat /run/secrets/${name})"`
  return [
    `${namesOfMoves(gone, moves)}: no longer in the environment of what ${what} starts (a console, a job of the host's cron). Such a command reads the file: ${command} sh -c '${set} PROGRAM'.`,
  ]
}

/** What only the shim fills, other programs of the container find as it is written. */
function urlNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const split = moves.filter(({ strategy }) => strategy.by === 'url')
  const [first] = split
  if (first === undefined) return []
  const { candidate, name } = first
  const [what, command] = execCommand(gathered, candidate.services[0] ?? 'SERVICE')
  const { start = 0, end = 0 } = candidate.url ?? {}
  const text = candidate.value.resolved
  const whole = `${text.slice(0, start)}$(cat /run/secrets/${name})${text.slice(end)}`
  const how = /["'`\\$!]/.test(text.slice(0, start) + text.slice(end))
    ? `Such a command has to put the password of /run/secrets/${name} in its place.`
    : `Such a command puts it together: ${command} sh -c '${candidate.variable}="${whole}" PROGRAM'.`
  return [
    `${namesOfMoves(split, moves)}: what ${what} starts finds a placeholder (${placeholder('…')}) in place of the password, which only the service's own program gets. ${how}`,
    ...lineNotes(gathered, split),
  ]
}

/** Lines of env files that keep all but a password, for what reads them without Compose. */
function lineNotes({ project }: Gathered, split: readonly Move[]): readonly string[] {
  const entries = split.flatMap(({ candidate }) => candidate.url?.entry ?? []).filter(({ path }) => path.length === 0)
  return [...new Set(entries.map(({ file }) => file))].map((file) => {
    const keys = [...new Set(entries.filter((entry) => entry.file === file).map(({ key }) => key))]
    return `${relative(project.directory, file)} (${keys.join(', ')}): a placeholder stands for the password. What reads that file without Compose (a program or a test that is started on the host) finds it there: give it an env file of its own.`
  })
}

/** `docker compose` with what was named to find the project by; of files that are each started alone one that has the service. */
function composeFor(
  { project, composeFiles, envFiles = [], cwd = project.directory }: Gathered,
  service: string,
): string {
  const projectDir = project.directory
  const [alone] = startedAlone({ projectDir, composeFiles, services: [service], notes: [] })
  const files = alone === undefined ? composeFiles : [alone.file]
  return `docker compose ${composeOptions({ projectDir, composeFiles: files, envFiles }, cwd)}`.trimEnd()
}

/** What starts a program in a running service: its name, and with the service. A stack's container is found on the node that runs it. */
function execCommand(gathered: Gathered, service: string): readonly [string, string] {
  if (!isStack(gathered) && gathered.deployed !== true)
    return ['docker compose exec', `${composeFor(gathered, service)} exec ${shellWord(service)}`]
  return [
    'docker exec',
    `docker exec "$(docker ps -q -f label=com.docker.swarm.service.name=STACK_${service} | head -n 1)"`,
  ]
}
