// Why a value stays for a Compose file beside those of the plan that changes the services which read it: what it starts together with the
// plan's files would not get the value, or another one.
import { dirname, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { escaped } from '../support/regexp.js'
import { asTree } from '../support/tree.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import type { FactsOf } from './image-facts.js'
import { implicitUse } from './implicit-variables.js'
import { isCovered } from './names-in-use.js'
import type { DecideContext } from './plan-moves.js'
import { readsVariable } from './rewrites/env-readings.js'
import { HOOKS } from './rewrites/hooks.js'
import { imageOf, serviceModel } from './service-model.js'
import { builtToo, type SiblingChange } from './sibling-builds.js'
import type { SiblingFile } from './sibling-files.js'
import { startsAlone } from './sibling-relation.js'
import { neverTogether } from './sibling-use.js'
import { isStartedOtherwise } from './started-otherwise.js'
import type { Strategy } from './strategy-kind.js'

/**
 * For a candidate that `strategy` would move: what another file changes in the services that read it, or builds from what would be edited. Of
 * a value that was named, a file that can be started alone is taken for one that is.
 */
export function siblingChange(candidate: Candidate, strategy: Strategy, context: DecideContext): Blocked | undefined {
  const { project, siblings = [] } = context
  for (const sibling of siblings) {
    const build = builtToo(candidate, sibling, context)
    const change = build ?? changedIn(candidate, strategy, sibling, context)
    if (change === undefined) continue
    const isEither = build === undefined && sibling.relation === 'over' && isWhole(sibling)
    if (isEither && context.select.includes(candidate.id)) continue
    const { what, apart } = change
    const both = neverTogether(sibling) ? upper(apart) : `${withBoth(sibling, project)}; else ${apart}`
    const named = `Where nobody starts ${sibling.name} over them, name the value: --select ${candidate.id}.`
    return {
      reason: `${sibling.name} ${what}, and is not part of this plan.`,
      todo: `${both}, and plan again.${isEither ? ` ${named}` : ''}`,
    }
  }
  return undefined
}

const isWhole = ({ alone }: SiblingFile): boolean => typeof alone === 'object' && startsAlone(alone)

function withBoth(sibling: SiblingFile, { directory, mainFiles }: ComposeProject): string {
  const files = [...mainFiles.map((file) => relative(directory, file)), sibling.name]
  return `Plan with both where they are used together (${files.map((file) => `-f ${file}`).join(' ')})`
}

const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function changedIn(
  candidate: Candidate,
  strategy: Strategy,
  sibling: SiblingFile,
  context: DecideContext,
): SiblingChange | undefined {
  const { name } = sibling
  const isElsewhere = neverTogether(sibling) || dirname(name) !== '.'
  const apart = isElsewhere ? 'make it the same there and in this project' : `put ${name} into a folder of its own`
  for (const service of candidate.services) {
    const what = changeOf(candidate, strategy, service, sibling, context)
    if (what !== undefined) return { what, apart }
  }
  return undefined
}

/** What the file has otherwise in the service, as the rest of a sentence. */
function changeOf(
  candidate: Candidate,
  strategy: Strategy,
  service: string,
  { alone, together, relation, builds: theirs }: SiblingFile,
  { project, factsOf, builds }: DecideContext,
): string | undefined {
  const { value, variable, given } = candidate
  if (together === undefined)
    return relation === 'over' && typeof alone === 'string' ? mentioned(alone, service, variable) : undefined
  const [before, after] = [serviceModel(project, service), serviceModel(together, service)]
  if (Object.keys(after).length === 0) return undefined
  const merged = together.values.find(({ file, start }) => file === value.file && start === value.start)
  const isOverridden = value.usedBy.includes(service) && merged?.usedBy.includes(service) === false
  const set = (model: typeof before) => asTree(model['environment'])[variable]
  const leaves = strategy.by === 'file' || strategy.by === 'shim'
  const isHeldToo = leaves && !isSubset(entriesFor(together, service, variable), entriesFor(project, service, variable))
  const isMadeOtherwise = merged !== undefined && merged.resolved !== value.resolved
  const isOwn = isOverridden || isMadeOtherwise || isHeldToo || (leaves && set(before) !== set(after))
  if (isOwn && !countsOverShim(candidate, strategy, service, { project, together, factsOf }))
    return `gives ${service} ${given === undefined ? variable : `a ${given.section}`} of its own`
  if (leaves && isReadElsewhere(variable, service, { before, after, together, factsOf }))
    return `gives ${service} a health check or a hook that takes ${variable}`
  if (isCovered(together, service) && !isCovered(project, service))
    return `mounts a read-only volume over /run/secrets of ${service}, where Docker could put no secret`
  const other = { project: together, builds: theirs === undefined ? [builds] : [builds, theirs] }
  if (!isStartedOtherwise(candidate, service, strategy, [{ project, builds: [builds] }, other], factsOf))
    return undefined
  return ['image', 'build', 'entrypoint', 'command'].every((key) => isDeepStrictEqual(before[key], after[key]))
    ? `gives ${service} something beside ${variable} with which it would not get the secret`
    : `starts ${service} from another image, or with another entrypoint or command`
}

/** The other file writes the variable into the service's environment: its shim leaves that alone, and nothing else takes the secret there. */
function countsOverShim(
  { variable, secret }: Candidate,
  strategy: Strategy,
  service: string,
  {
    project,
    together,
    factsOf,
  }: { readonly project: ComposeProject; readonly together: ComposeProject; readonly factsOf: FactsOf },
): boolean {
  const facts = factsOf(imageOf(project, service))
  if (strategy.by !== 'shim' || 'missing' in facts || facts.env.some((entry) => entry.startsWith(`${variable}=`)))
    return false
  const own = new Set(project.files.map(({ file }) => file))
  const isGiven = valuesOf(together)
    .withKey(variable)
    .some(
      ({ section, file, passThrough, usedBy }) =>
        section === 'environment' && !passThrough && !own.has(file) && usedBy.includes(service),
    )
  // What is made to read the secret's file would have this project's value there.
  const model = serviceModel(project, service)
  const texts = ['healthcheck', ...HOOKS].flatMap((kind) => textsIn(model[kind]))
  return isGiven && !texts.some((text) => readsVariable(text, variable) || text.includes(secret))
}

/** Where the variable is written for the service, also where something else overrides it. */
function entriesFor(project: ComposeProject, service: string, variable: string): ReadonlySet<string> {
  const own = valuesOf(project)
    .withKey(variable)
    .filter(
      ({ section, ...value }) =>
        (section === 'environment' || section === 'env-file-entry') &&
        (value.service === service || value.usedBy.includes(service) || value.namedBy?.includes(service) === true),
    )
  return new Set(own.map(({ file, start }) => `${file}\0${start}`))
}

const isSubset = (some: ReadonlySet<string>, all: ReadonlySet<string>): boolean =>
  [...some].every((each) => all.has(each))

/** Of a file that cannot be read as Compose does. */
function mentioned(text: string, service: string, variable: string): string | undefined {
  const isThere = new RegExp(`^\\s+["']?${escaped(service)}["']?\\s*:`, 'm').test(text)
  return isThere && readsVariable(text.replaceAll('=', ' '), variable)
    ? `names ${variable} and ${service}, too`
    : undefined
}

type Model = ReturnType<typeof serviceModel>

/** A health check or a hook of the other file has the variable from the container's environment. */
function isReadElsewhere(
  variable: string,
  service: string,
  models: {
    readonly before: Model
    readonly after: Model
    readonly together: ComposeProject
    readonly factsOf: FactsOf
  },
): boolean {
  const { before, after, together, factsOf } = models
  const changed = ['healthcheck', ...HOOKS].filter((kind) => !isDeepStrictEqual(before[kind], after[kind]))
  if (changed.length === 0) return false
  if (implicitUse({ variable, services: [service] }, together, factsOf, false) !== undefined) return true
  return changed.flatMap((kind) => textsIn(after[kind])).some((text) => readsVariable(text, variable))
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Object.values(asTree(value)).flatMap(textsIn)
