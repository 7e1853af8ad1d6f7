// Brings secrets to services through a Vault Agent: its service, one volume in memory for each service, and the waiting for it.
import { isAbsolute } from 'node:path'
import { declareSecret } from '../../compose/edit-declare.js'
import { addBlock, addDependency, addListItem } from '../../compose/edit-service.js'
import { EditRefusedError } from '../../compose/errors.js'
import { flowSequence } from '../../compose/scalar-text.js'
import { agentConfig, destinationOf, type Rendered } from '../agent/config.js'
import {
  AGENT_CONFIG,
  AGENT_FOLDER,
  AGENT_SERVICE,
  type AgentOptions,
  CREDENTIALS,
  RENDERED,
  volumeFor,
} from '../agent/options.js'
import { entriesWith } from '../candidates.js'
import { type LeftEntry, type Move, readersOf } from '../plan-moves.js'
import { RefusedError, type Workbook } from '../workbook.js'

export interface AgentDelivery {
  readonly options: AgentOptions
  /** Absolute path of its configuration, on the bench. */
  readonly configFile: string
  readonly templateOf: (name: string) => string
  /** The project has the agent's service already. */
  readonly exists: boolean
  /** Services that have other secrets below /run/secrets: nothing can be mounted there twice. */
  readonly occupied: ReadonlySet<string>
}

/** Moves that an agent's files can serve; builds read theirs from the builder. */
export const byAgent = ({ strategy }: Move): boolean => ['file', 'shim', 'url', 'flag', 'label'].includes(strategy.by)

/** What an agent can bring, and what stays with the reason. */
export function fitForAgent(
  moves: readonly Move[],
  { occupied }: Pick<AgentDelivery, 'occupied'>,
): { readonly fit: readonly Move[]; readonly unfit: readonly LeftEntry[] } {
  const unfit = moves.flatMap((move): readonly LeftEntry[] => {
    const { candidate, strategy } = move
    const taken = readersOf(move).filter((service) => occupied.has(service))
    if (!byAgent(move) && strategy.by !== 'build')
      return [
        {
          candidate,
          reason: `It is a file at a path of its own, and the agent writes to /run/secrets.`,
          todo: 'Move it with --vault-delivery exec, or to files.',
        },
      ]
    if (taken.length === 0 || strategy.by === 'build') return []
    return [
      {
        candidate,
        reason: `${taken.join(', ')} has other Docker secrets below /run/secrets, where the agent's volume would be.`,
        todo: 'Move those to Vault too (migrate --from), or use --vault-delivery exec.',
      },
    ]
  })
  const ids = new Set(unfit.map(({ candidate }) => candidate.id))
  return { fit: moves.filter(({ candidate }) => !ids.has(candidate.id)), unfit }
}

/** Every secret with every service that reads it, each once. */
function renderedBy(moves: readonly Move[], templateOf: (name: string) => string): readonly Rendered[] {
  const all = moves.flatMap((move) =>
    readersOf(move).map((service) => ({ service, name: move.name, template: templateOf(move.name) })),
  )
  return [...new Map(all.map((each) => [destinationOf(each), each])).values()]
}

/** Mounts each reader's volume; `attempt` takes the values of the one service that cannot have it. */
export function mountVolumes(
  book: Workbook,
  moves: readonly Move[],
  attempt: (ids: readonly string[], work: () => void) => void,
): void {
  for (const service of [...new Set(moves.flatMap(readersOf))]) {
    const own = moves.filter((move) => readersOf(move).includes(service))
    attempt(idsOf(own), () => mountFor(book, service, own))
  }
}

/** The agent itself, its volumes and its configuration. */
export function deliverByAgent(book: Workbook, moves: readonly Move[], delivery: AgentDelivery): void {
  const rendered = renderedBy(moves, delivery.templateOf)
  const services = [...new Set(rendered.map(({ service }) => service))]
  if (delivery.exists) {
    const home = book.homeOf(AGENT_SERVICE)
    if (home === undefined) throw new RefusedError(idsOf(moves), `${AGENT_SERVICE} has no block of its own`)
    for (const service of services)
      book.compose(home, (file) => addListItem(file, ['services', AGENT_SERVICE], 'volumes', agentMount(service)))
  } else addAgent(book, services, delivery.options)
  for (const service of services) addVolume(book, service)
  book.text(delivery.configFile, ({ text, bytes }) => [
    { start: bytes.length, end: bytes.length, insert: agentConfig(text, delivery.options, rendered) },
  ])
}

const idsOf = (moves: readonly Move[]): readonly string[] => moves.map(({ candidate }) => candidate.id)

const agentMount = (service: string): string => `${volumeFor(service)}:${RENDERED}/${service}`

function mountFor(book: Workbook, service: string, moves: readonly Move[]): void {
  const container = ['services', service]
  const values = moves.flatMap(({ candidate }) => entriesWith(candidate))
  const home = (key: string) => {
    const file = book.homeBeside(service, values, key)
    if (file === undefined)
      throw new RefusedError(idsOf(moves), `${service} has no block of its own to mount its secrets in`)
    return file
  }
  book.compose(home('volumes'), (file) =>
    addListItem(file, container, 'volumes', `${volumeFor(service)}:/run/secrets:ro`),
  )
  book.compose(home('depends_on'), (file) => addDependency(file, container, AGENT_SERVICE))
}

/** In memory: nothing of it is on a disk, and it is gone with the last container that has it. */
function addVolume(book: Workbook, service: string): void {
  const body = (step: string) => [
    'driver_opts:',
    `${step}type: tmpfs`,
    `${step}device: tmpfs`,
    `${step}o: "size=16m,mode=0755,noexec,nosuid,nodev"`,
  ]
  try {
    book.compose(book.mainFile, (file) => addBlock(file, 'volumes', volumeFor(service), body))
  } catch (error) {
    // Of an earlier migration: it is the same volume.
    if (!(error instanceof EditRefusedError) || error.reason !== 'exists') throw error
  }
}

/** The check reads the destinations from the configuration: secrets that come later need no other one. */
const READY = `sed -n 's/^ *destination = "\\(.*\\)"$$/\\1/p' ${AGENT_FOLDER}/agent.hcl | while read -r file; do [ -f "$$file" ] || exit 1; done`

function addAgent(book: Workbook, services: readonly string[], options: AgentOptions): void {
  const { image, auth, namespace, ca } = options
  const program = /bao/.test(image) ? 'bao' : 'vault'
  const credentials = CREDENTIALS[auth]
  const authority = ca === undefined ? [] : [`${isAbsolute(ca) ? ca : `./${ca}`}:${AGENT_FOLDER}/ca.pem:ro`]
  const mounts = [`./${AGENT_CONFIG}:${AGENT_FOLDER}/agent.hcl:ro`, ...authority, ...services.map(agentMount)]
  const list = (step: string, items: readonly string[]) => items.map((item) => `${step}- ${item}`)
  const body = (step: string) => [
    `image: ${image}`,
    // Reads credentials that only their owner may read; has nothing but these mounts.
    'user: "0:0"',
    `entrypoint: ${flowSequence([program, 'agent', `-config=${AGENT_FOLDER}/agent.hcl`])}`,
    ...(namespace === undefined ? [] : ['environment:', `${step}VAULT_NAMESPACE: ${JSON.stringify(namespace)}`]),
    'restart: unless-stopped',
    'volumes:',
    ...list(step, mounts),
    'secrets:',
    ...list(
      step,
      credentials.map(({ name }) => name),
    ),
    'healthcheck:',
    `${step}test: ${flowSequence(['CMD-SHELL', READY])}`,
    `${step}interval: 2s`,
    `${step}timeout: 5s`,
    `${step}retries: 30`,
  ]
  book.compose(book.mainFile, (file) => addBlock(file, 'services', AGENT_SERVICE, body))
  for (const { name, file: path } of credentials)
    book.compose(book.mainFile, (file) => declareSecret(file, name, { file: path }))
}
