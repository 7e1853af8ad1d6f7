// What other programs of a container than its own find of a moved variable: what docker compose exec starts sees nothing that an entrypoint does.
import { relative } from 'node:path'
import { isCommand } from '../compose/command-places.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import { asTree } from '../support/tree.js'
import { isStack } from './afterwards.js'
import { startedAlone } from './alternative-files.js'
import { namesOfMoves } from './among-all.js'
import type { Gathered } from './plan.js'
import { leavesEnvironment, type Move, movesOf } from './plan-moves.js'
import { composeOptions } from './project-words.js'
import { forCompose, isShellName, placeholder } from './shim.js'

export const environmentNotes = (gathered: Gathered, moves: readonly Move[]): readonly string[] => [
  ...goneNotes(gathered, moves),
  ...labelNotes(gathered, moves),
  ...urlNotes(gathered, moves),
]

/** What an entrypoint exports, or reads from a file, only its own program has. */
function goneFrom(moves: readonly Move[]): readonly Move[] {
  // Some programs read a variable of the same name that says where the file is.
  const staysNamed = ({ strategy, candidate }: Move) =>
    strategy.by === 'file' && strategy.entry.key === candidate.variable
  return moves.filter((move) => leavesEnvironment(move) && !staysNamed(move))
}

/** What stands in front of a program in a shell to give it the variable. */
const setting = ({ candidate: { variable }, name }: Move): string =>
  isShellName(variable) ? `${variable}="$(cat /run/secrets/${name})"` : `env "${variable}=$(cat /run/secrets/${name})"`

function goneNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const gone = goneFrom(moves)
  const [first] = gone
  if (first === undefined) return []
  const [what, command] = execCommand(gathered, first.candidate.services[0] ?? 'SERVICE')
  return [
    `${namesOfMoves(gone, moves)}: no longer in the environment of what ${what} starts (a console, a job of the host's cron). Such a command reads the file: ${command} sh -c '${setting(first)} PROGRAM'.`,
  ]
}

/** More would be a line that nobody reads. */
const MOST_SET = 3

/** Labels by which another container runs a command in the service, as docker exec does: ofelia's job-exec, the hooks of a backup. */
function labelNotes({ project }: Gathered, moves: readonly Move[]): readonly string[] {
  return commandLabels(project).flatMap(({ key = '', resolved, usedBy }) => {
    if (resolved.includes('/run/secrets/')) return []
    return executedIn(project, key, usedBy).flatMap((service) => {
      const gone = movesOf(goneFrom(moves), [service])
      if (gone.length === 0) return []
      const [them, each] = gone.length === 1 ? ['it', ''] : ['one of them', ', each that it takes']
      const set = forCompose(gone.slice(0, MOST_SET).map(setting).join(' ')) + (gone.length > MOST_SET ? ' …' : '')
      return [
        `The label ${printable(key)} runs its command in the container of ${service}, where it no longer finds ${namesOfMoves(gone, moves)} in the environment. If it takes ${them}, write there${each}: sh -c '${set} COMMAND'.`,
      ]
    })
  })
}

const commandLabels = ({ values }: ComposeProject): readonly LocatedValue[] =>
  values.filter(
    (value) =>
      (value.section === 'labels' || value.section === 'deploy.labels') &&
      isCommand(value) &&
      !OWN_CONTAINER.test(value.key ?? ''),
  )

/** Jobs that ofelia starts in a container of their own, by its entrypoint, or in its own. */
const OWN_CONTAINER = /\.job-(?:run|local|service-run)\./

/** The services that have the label, or those of the container that ofelia is told beside it. */
function executedIn({ model, values }: ComposeProject, key: string, usedBy: readonly string[]): readonly string[] {
  const beside = key.replace(/\.command$/, '.container')
  const container = values.find((value) => value.key === beside && usedBy.some((each) => value.usedBy.includes(each)))
  if (container === undefined) return usedBy
  return Object.entries(asTree(model['services'])).flatMap(([service, own]) =>
    [service, asTree(own)['container_name']].includes(container.resolved) ? [service] : [],
  )
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
