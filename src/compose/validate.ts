// Checks a resolved model against the Compose specification: known keys, their forms, and that what services refer to is there.
// Not a full schema: enough to catch an edit that put something in the wrong place.
import { isContainerKey, RESOURCE_KEYS, SERVICE_KEYS, type ValueForm } from './specification.js'
import type { JsonValue } from './tree.js'
import type { ComposeModel } from './types.js'

export interface ComposeProblem {
  /** Dotted path in the model. */
  readonly path: string
  readonly reason: string
}

type JsonMap = { readonly [key: string]: JsonValue }

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function entries(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return isMap(value) ? Object.entries(value) : []
}

function items(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function formOf(value: JsonValue): ValueForm {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object'
    ? 'map'
    : typeof value === 'string'
      ? 'string'
      : typeof value === 'boolean'
        ? 'boolean'
        : 'number'
}

/** Keys that are not known, and values that have another form than their key allows. */
function* formProblems(
  value: JsonMap,
  known: ReadonlyMap<string, readonly ValueForm[]>,
  path: string,
): Generator<ComposeProblem> {
  for (const [key, each] of Object.entries(value)) {
    const forms = known.get(key)
    if (key.startsWith('x-')) continue
    if (forms === undefined) yield { path: `${path}.${key}`, reason: 'is not a key of the Compose specification' }
    else if (!forms.includes(formOf(each)))
      yield { path: `${path}.${key}`, reason: `is a ${formOf(each)}; it must be a ${forms.join(' or ')}` }
  }
}

function* environmentProblems(service: JsonMap, path: string): Generator<ComposeProblem> {
  for (const section of ['environment', 'labels']) {
    for (const [key, value] of entries(service[section])) {
      if (typeof value === 'object' && value !== null)
        yield { path: `${path}.${section}.${key}`, reason: `is a ${formOf(value)}; it must be a single value` }
      if (/\s$/.test(key)) yield { path: `${path}.${section}`, reason: 'a name ends with a space' }
    }
  }
}

function sourceOf(grant: JsonValue): string {
  return isMap(grant) && typeof grant.source === 'string' ? grant.source : ''
}

/** Secrets, configs and networks that a service refers to and nobody declares. */
function* referenceProblems(model: ComposeModel, service: JsonMap, path: string): Generator<ComposeProblem> {
  const build = isMap(service.build) ? service.build : {}
  const declared = (kind: string, name: string) => isMap(model[kind]) && Object.hasOwn(model[kind], name)
  const grants = [
    ['secrets', items(service.secrets)],
    ['configs', items(service.configs)],
    ['secrets', items(build.secrets)],
  ] as const
  for (const [kind, list] of grants) {
    for (const name of list.map(sourceOf))
      if (!declared(kind, name))
        yield { path, reason: `refers to ${kind.slice(0, -1)} "${name}", which is not declared` }
  }
  for (const [name] of entries(service.networks))
    if (!declared('networks', name)) yield { path, reason: `refers to network "${name}", which is not declared` }
  for (const volume of items(service.volumes)) {
    const named =
      isMap(volume) && volume.type === 'volume' && typeof volume.source === 'string' && volume.source !== ''
        ? volume.source
        : undefined
    if (named !== undefined && !declared('volumes', named))
      yield { path, reason: `refers to volume "${named}", which is not declared` }
  }
}

function* dependencyProblems(
  model: ComposeModel,
  inactive: readonly string[],
  service: JsonMap,
  path: string,
): Generator<ComposeProblem> {
  for (const [name, dependency] of entries(service.depends_on)) {
    const active = isMap(model.services) && Object.hasOwn(model.services, name)
    const optional = isMap(dependency) && dependency.required === false && inactive.includes(name)
    if (!active && !optional) yield { path, reason: `depends on service "${name}", which is not there` }
  }
}

/** A service that depends on itself through others; undefined where none does. */
function dependencyCycle(model: ComposeModel): readonly string[] | undefined {
  const needs = new Map(
    entries(model.services).map(([name, service]) => [
      name,
      isMap(service) ? entries(service.depends_on).map(([on]) => on) : [],
    ]),
  )
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name]
    if (done.has(name)) return undefined
    const found = (needs.get(name) ?? [])
      .map((next) => visit(next, [...way, name]))
      .find((cycle) => cycle !== undefined)
    done.add(name)
    return found
  }
  return [...needs.keys()].map((name) => visit(name, [])).find((cycle) => cycle !== undefined)
}

const TESTS: readonly JsonValue[] = ['CMD', 'CMD-SHELL', 'NONE']

function* serviceProblems(
  model: ComposeModel,
  inactive: readonly string[],
  name: string,
  service: JsonValue,
): Generator<ComposeProblem> {
  const path = `services.${name}`
  if (!isMap(service)) {
    yield { path, reason: 'must be a map' }
    return
  }
  yield* formProblems(service, SERVICE_KEYS, path)
  yield* environmentProblems(service, path)
  yield* referenceProblems(model, service, path)
  yield* dependencyProblems(model, inactive, service, path)
  if (service.image === undefined && service.build === undefined && service.provider === undefined)
    yield { path, reason: 'has neither an image nor a build' }
  if (service.network_mode !== undefined && entries(service.networks).length > 0)
    yield { path, reason: 'has both network_mode and networks' }
  const [test] = isMap(service.healthcheck) ? items(service.healthcheck.test) : []
  if (test !== undefined && !TESTS.includes(test))
    yield { path: `${path}.healthcheck.test`, reason: 'must start with CMD, CMD-SHELL or NONE' }
}

function* resourceProblems(kind: string, name: string, resource: JsonValue): Generator<ComposeProblem> {
  const path = `${kind}.${name}`
  const known = RESOURCE_KEYS.get(kind)
  if (known === undefined || resource === null) return
  if (!isMap(resource)) {
    yield { path, reason: 'must be a map' }
    return
  }
  yield* formProblems(resource, known, path)
  const others = Object.keys(resource).filter((key) => key !== 'external' && key !== 'name' && !key.startsWith('x-'))
  if (kind === 'volumes' && resource.external === true && others.length > 0)
    yield { path, reason: `is external and has ${others.join(', ')} all the same` }
  const sources = ['file', 'environment', 'content'].filter((key) => resource[key] !== undefined)
  if (sources.length > 1) yield { path, reason: `has ${sources.join(' and ')}; only one of them can be` }
  if (
    kind === 'secrets' &&
    resource.external !== true &&
    resource.file === undefined &&
    resource.environment === undefined
  ) {
    yield { path, reason: 'must have file or environment' }
  }
}

/** What is wrong with `model`; `inactive` names services that no profile activates. An empty list for a model that Compose takes. */
export function validateCompose(model: ComposeModel, inactive: readonly string[] = []): readonly ComposeProblem[] {
  const problems: ComposeProblem[] = []
  for (const [key, value] of Object.entries(model)) {
    if (key.startsWith('x-') || key === 'name') continue
    if (!isContainerKey(key)) problems.push({ path: key, reason: 'is not a key of the Compose specification' })
    else if (value !== null && !isMap(value)) problems.push({ path: key, reason: 'must be a map' })
    for (const [name, each] of entries(value))
      problems.push(
        ...(key === 'services' ? serviceProblems(model, inactive, name, each) : resourceProblems(key, name, each)),
      )
  }
  const cycle = dependencyCycle(model)
  if (cycle !== undefined)
    problems.push({ path: 'services', reason: `depend on each other in a circle: ${cycle.join(', ')}` })
  return problems
}
