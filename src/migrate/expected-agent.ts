// The model that a project would have if Compose itself granted what a Vault Agent brings: so that both are compared by one measure.
import type { ComposeModel } from '../compose/types.js'
import { asList, asTree, type Tree } from '../support/tree.js'
import { AGENT_SERVICE, CREDENTIALS, volumeFor } from './agent/options.js'
import { type Move, readersOf } from './plan-moves.js'
import { byAgent } from './rewrites/agent.js'

/** `after` without the agent and with grants in place of its volumes; `problems`: readers that do not get their volume. */
export function asIfGranted(
  before: ComposeModel,
  after: ComposeModel,
  moves: readonly Move[],
): { readonly model: ComposeModel; readonly problems: readonly string[] } {
  const brought = moves.filter(byAgent)
  const problems: string[] = []
  const services: Record<string, unknown> = {}
  const had = asTree(before['services'])
  for (const [name, model] of Object.entries(asTree(after['services']))) {
    if (name === AGENT_SERVICE && had[name] === undefined) continue
    const own = brought.filter((move) => readersOf(move).includes(name))
    const service = asTree(model)
    if (name === AGENT_SERVICE) services[name] = had[name]
    else services[name] = own.length === 0 ? service : granted(name, service, asTree(had[name]), own, problems)
  }
  const names = [...new Set(brought.map(({ name }) => name))]
  const volumes = Object.entries(asTree(after['volumes'])).filter(
    ([name]) =>
      asTree(before['volumes'])[name] !== undefined || !Object.keys(had).some((each) => volumeFor(each) === name),
  )
  const secrets = Object.entries(asTree(after['secrets'])).filter(
    ([name]) => asTree(before['secrets'])[name] !== undefined || !isCredential(name),
  )
  const model = {
    ...after,
    services,
    secrets: { ...Object.fromEntries(names.map((name) => [name, {}])), ...Object.fromEntries(secrets) },
    ...(before['volumes'] === undefined && volumes.length === 0
      ? { volumes: undefined }
      : { volumes: Object.fromEntries(volumes) }),
    networks: networksOf(before, after),
  }
  return { model: JSON.parse(JSON.stringify(model)) as ComposeModel, problems }
}

/** The agent is in the default network, which need not have been there. */
function networksOf(before: ComposeModel, after: ComposeModel): unknown {
  const had = asTree(before['networks'])
  const networks = Object.entries(asTree(after['networks'])).filter(([name]) => name !== 'default' || name in had)
  return before['networks'] === undefined && networks.length === 0 ? undefined : Object.fromEntries(networks)
}

const isCredential = (name: string): boolean =>
  Object.values(CREDENTIALS).some((credentials) => credentials.some((each) => each.name === name))

function granted(name: string, after: Tree, before: Tree, moves: readonly Move[], problems: string[]): Tree {
  const isOurs = (volume: unknown) =>
    asTree(volume)['source'] === volumeFor(name) && asTree(volume)['target'] === '/run/secrets'
  const volumes = asList(after['volumes'])
  if (!volumes.some(isOurs)) problems.push(`${name} does not get its volume`)
  const waits = asTree(asTree(after['depends_on'])[AGENT_SERVICE])['condition'] === 'service_healthy'
  if (!waits) problems.push(`${name} does not wait for its secrets`)
  const keeps = asList(before['volumes']).some(isOurs)
  const rest = keeps ? volumes : volumes.filter((volume) => !isOurs(volume))
  const { [AGENT_SERVICE]: _, ...others } = asTree(after['depends_on'])
  const dependencies = asTree(before['depends_on'])[AGENT_SERVICE] === undefined ? others : asTree(after['depends_on'])
  const grants = [...new Set(moves.map((move) => move.name))].map((source) => ({ source }))
  return {
    ...after,
    volumes: rest.length === 0 && before['volumes'] === undefined ? undefined : rest,
    depends_on: Object.keys(dependencies).length === 0 && before['depends_on'] === undefined ? undefined : dependencies,
    secrets: [...asList(after['secrets']), ...grants],
  }
}
