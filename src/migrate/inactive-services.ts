// Why a value stays for services that no chosen profile activates: the resolved model does not hold them, so no edit can be checked for them.
import type { ComposeProject } from '../compose/types.js'
import type { Blocked } from './build-use.js'

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
