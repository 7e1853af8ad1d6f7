// Why a value stays for services that no chosen profile activates: the resolved model does not hold them, so no edit can be checked for them.
import { join, relative, resolve } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { asList } from '../support/tree.js'
import type { Blocked } from './build-use.js'
import type { Builds } from './builds.js'
import type { Candidate } from './candidates.js'
import type { AsGiven } from './project-words.js'
import { serviceModel } from './service-model.js'
import type { MigrationPlan } from './types.js'

/** What to do for services that no chosen profile activates. */
export function activating(services: readonly string[], { values }: ComposeProject): string {
  const profiles = services.map(
    (service) =>
      values.find(({ path }) => path[0] === 'services' && path[1] === service && path[2] === 'profiles')?.resolved,
  )
  const flags = [...new Set(profiles)].map((profile) => `--profile${profile === undefined ? '' : ` ${profile}`}`)
  return `Run again with ${flags.join(' ')}.`
}

/** undefined where all of `services`, which have one entry, are active. */
export function inactiveServices(services: readonly string[], project: ComposeProject): Blocked | undefined {
  const inactive = services.filter((service) => project.inactiveServices.includes(service))
  if (inactive.length === 0) return undefined
  const active = services.filter((service) => !inactive.includes(service))
  const others =
    active.length === 0 ? '' : `, and ${active.join(', ')} ${active.length > 1 ? 'have' : 'has'} it from the same line`
  return {
    reason: `${inactive.join(', ')} ${inactive.length > 1 ? 'are' : 'is'} in no active profile${others}.`,
    todo: activating(inactive, project),
  }
}

/** What a Dockerfile gives to all that is built from it; an ENV is looked at with its services. */
const OF_BUILD: ReadonlySet<Candidate['what']> = new Set(['build-arg', 'copied-file', 'build-literal', 'run-literal'])

/** Of what leaves a Dockerfile: a service of no active profile is built from it, too. */
export function inactiveBuilder(
  { what, services }: Candidate,
  project: ComposeProject,
  builds: Builds,
): Blocked | undefined {
  if (!OF_BUILD.has(what)) return undefined
  const files = new Set(services.map((service) => builds.of.get(service)?.dockerfile.file))
  for (const service of project.inactiveServices) {
    const own = project.values.filter(({ section, usedBy }) => section === 'build' && usedBy.includes(service))
    const at = (key: string) => own.find(({ path }) => path.at(-1) === key)?.resolved
    const context = at('build') ?? at('context')
    if (context === undefined) continue
    const file = resolve(project.directory, join(context, at('dockerfile') ?? 'Dockerfile'))
    if (files.has(file))
      return {
        reason: `${service} is in no active profile, and is built from ${relative(project.directory, file)}, too.`,
        todo: activating([service], project),
      }
  }
  return undefined
}

/** Of `services` those that a profile of --profile starts: they may be jobs that nobody wants to run now. */
export function onDemandAmong(
  services: readonly string[],
  { project, profiles = [] }: { readonly project: ComposeProject } & AsGiven,
): Pick<MigrationPlan, 'onDemand'> {
  const onDemand = services.filter((service) => asList(serviceModel(project, service)['profiles']).length > 0)
  return profiles.length === 0 || onDemand.length === 0 ? {} : { onDemand }
}
