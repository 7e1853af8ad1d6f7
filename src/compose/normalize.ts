// What `docker compose` adds to a merged model: the default network, names of resources, implied dependencies, values from the shell.
import type { Lookup } from './interpolate.js'
import { child, isNull, type MapNode, map, scalar, stringOf, type TreeNode, withEntry } from './tree.js'

const SHARED_NAMESPACES = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']

function eachContainer(model: MapNode, change: (service: MapNode) => TreeNode): MapNode {
  let changed = model
  for (const kind of ['services', 'jobs']) {
    const containers = child(model, kind)
    if (containers?.kind !== 'map') continue
    const entries = [...containers.entries].map(
      ([name, node]) => [name, node.kind === 'map' ? change(node) : node] as const,
    )
    changed = withEntry(changed, kind, map(entries, containers.origin))
  }
  return changed
}

/** `KEY:` and `- KEY` take their value from `lookup`; without one they stay empty, or go where `drop` is set. */
function fromShell(section: TreeNode, lookup: Lookup, drop: boolean): TreeNode {
  if (section.kind !== 'map') return section
  const entries = [...section.entries].flatMap(([key, value]): (readonly [string, TreeNode])[] => {
    if (!isNull(value)) return [[key, value]]
    const found = lookup(key)
    if (found !== undefined) return [[key, { ...value, ...scalar(found, value.origin) }]]
    return drop ? [] : [[key, value]]
  })
  return map(entries, section.origin)
}

/** Environment entries written as list items without a value, and configs that name a variable, take it from `lookup`. */
export function resolveFromEnvironment(model: MapNode, lookup: Lookup): MapNode {
  const written = (value: TreeNode) => typeof value.origin?.path.at(-1) === 'number'
  const services = eachContainer(model, (service) => {
    const environment = service.entries.get('environment')
    if (environment?.kind !== 'map') return service
    const entries = [...environment.entries].map(([key, value]) => {
      const found = isNull(value) && written(value) ? lookup(key) : undefined
      return [key, found === undefined ? value : scalar(found, value.origin)] as const
    })
    return withEntry(service, 'environment', map(entries, environment.origin))
  })
  const configs = child(services, 'configs')
  if (configs?.kind !== 'map') return services
  const resolved = [...configs.entries].map(([name, config]) => {
    const variable = stringOf(child(config, 'environment'))
    const found = variable === undefined ? undefined : lookup(variable)
    return [
      name,
      config.kind === 'map' && found !== undefined ? withEntry(config, 'content', scalar(found)) : config,
    ] as const
  })
  return withEntry(services, 'configs', map(resolved, configs.origin))
}

function normalBuild(service: MapNode, lookup: Lookup): MapNode {
  const build = service.entries.get('build')
  if (build?.kind !== 'map') return service
  const inline = build.entries.has('dockerfile') || build.entries.has('dockerfile_inline')
  const withFile = inline ? build : withEntry(build, 'dockerfile', scalar('Dockerfile'))
  const args = withFile.entries.get('args')
  return withEntry(
    service,
    'build',
    args === undefined ? withFile : withEntry(withFile, 'args', fromShell(args, lookup, true)),
  )
}

function dependency(restart: boolean): TreeNode {
  return map([
    ['condition', scalar('service_started')],
    ['restart', scalar(restart)],
    ['required', scalar(true)],
  ])
}

function listed(service: MapNode, key: string): string[] {
  const node = service.entries.get(key)
  return node?.kind === 'list' ? node.items.map((item) => stringOf(item) ?? '') : []
}

/** Services that this one needs because it links to them, shares a namespace or takes their volumes. */
function impliedDependencies(service: MapNode): (readonly [string, TreeNode])[] {
  const links = listed(service, 'links').map((link) => [link.split(':')[0] ?? link, dependency(true)] as const)
  const shared = SHARED_NAMESPACES.map((key) => stringOf(service.entries.get(key)) ?? '')
    .filter((mode) => mode.startsWith('service:'))
    .map((mode) => [mode.slice('service:'.length), dependency(true)] as const)
  const volumes = listed(service, 'volumes_from')
    .filter((from) => !from.startsWith('container:'))
    .map((from) => [from.split(':')[0] ?? from, dependency(false)] as const)
  return [...links, ...shared, ...volumes]
}

function withDependencies(service: MapNode): MapNode {
  const written = service.entries.get('depends_on')
  const entries = new Map(written?.kind === 'map' ? written.entries : [])
  for (const [name, implied] of impliedDependencies(service)) if (!entries.has(name)) entries.set(name, implied)
  return entries.size === 0 ? service : withEntry(service, 'depends_on', map(entries, written?.origin))
}

function withNetwork(service: MapNode): MapNode {
  if (service.entries.has('network_mode') || service.entries.has('provider')) return service
  const networks = service.entries.get('networks')
  const empty = networks === undefined || (networks.kind === 'map' && networks.entries.size === 0)
  return empty ? withEntry(service, 'networks', map([['default', scalar(null)]])) : service
}

function usesDefaultNetwork(model: MapNode): boolean {
  const services = [child(model, 'services'), child(model, 'jobs')].flatMap((node) =>
    node?.kind === 'map' ? [...node.entries.values()] : [],
  )
  return services.some((service) => child(service, 'networks', 'default') !== undefined)
}

function withDefaultNetwork(model: MapNode): MapNode {
  const networks = child(model, 'networks')
  const known: MapNode = networks?.kind === 'map' ? networks : map()
  if (known.entries.has('default') || !usesDefaultNetwork(model))
    return known.entries.size > 0 ? withEntry(model, 'networks', known) : model
  return withEntry(model, 'networks', withEntry(known, 'default', scalar(null)))
}

function withNames(model: MapNode, project: string): MapNode {
  let changed = model
  for (const kind of ['networks', 'volumes', 'configs', 'secrets']) {
    const resources = child(model, kind)
    if (resources?.kind !== 'map') continue
    const entries = [...resources.entries].map(([key, node]) => {
      const resource: MapNode = node.kind === 'map' ? node : map()
      if (!isNull(resource.entries.get('name'))) return [key, resource] as const
      const external = child(resource, 'external')
      const shared = external?.kind === 'scalar' && external.value === true
      return [key, withEntry(resource, 'name', scalar(shared ? key : `${project}_${key}`))] as const
    })
    changed = withEntry(changed, kind, map(entries, resources.origin))
  }
  return changed
}

function normalService(service: MapNode, lookup: Lookup): MapNode {
  const pull =
    stringOf(service.entries.get('pull_policy')) === 'if_not_present'
      ? withEntry(service, 'pull_policy', scalar('missing'))
      : service
  const built = normalBuild(pull, lookup)
  const environment = built.entries.get('environment')
  const resolved =
    environment === undefined ? built : withEntry(built, 'environment', fromShell(environment, lookup, false))
  return withNetwork(withDependencies(resolved))
}

/** The model as Compose runs it; `project` is the project's name. */
export function normalize(model: MapNode, project: string, lookup: Lookup): MapNode {
  const services = eachContainer(model, (service) => normalService(service, lookup))
  return withNames(withDefaultNetwork(withEntry(services, 'name', scalar(project))), project)
}
