// A list of repositories from a file or standard input (--repos-from): a sweep of these and no others.
import { UsageError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'
import { repositoryLines } from '../enumerate/repositories.js'
import type { NamedRepositories, SweepConfig, SweepRegistry } from '../types.js'

/** The registry and the name that a line means: "host/name" for each registry, "name" alone where there is only one. */
function placeOf(line: string, registries: readonly SweepRegistry[]): { host: string; name: string } | undefined {
  const named = registries.find(({ host }) => line.startsWith(`${host}/`))
  if (named !== undefined) return { host: named.host, name: line.slice(named.host.length + 1) }
  const [only] = registries
  const first = line.slice(0, Math.max(0, line.indexOf('/')))
  const namesHost = /[.:]/.test(first) || first === 'localhost'
  return registries.length === 1 && only !== undefined && !namesHost ? { host: only.host, name: line } : undefined
}

/**
 * The repositories in `file` ("-": standard input) by their registry's host: names and globs, one a line, "#" for comments.
 * @throws UsageError for a line that names no registry of the configuration, and for a file that cannot be read or names nothing.
 */
export async function namedRepositories(config: SweepConfig, file: string): Promise<NamedRepositories> {
  const names = new Map<string, string[]>()
  for await (const line of repositoryLines(file)) {
    const place = placeOf(line, config.registries)
    if (place === undefined)
      throw new UsageError(`"${shorten(printable(line), 80)}" is in no registry of sweep.yaml.`, {
        hint: `Write HOST/NAME, with a host of ${config.registries.map(({ host }) => host).join(', ')}.`,
      })
    const list = names.get(place.host)
    if (list === undefined) names.set(place.host, [place.name])
    else list.push(place.name)
  }
  if (names.size === 0) throw new UsageError(`${file === '-' ? 'Standard input' : file} names no repository.`)
  return names
}
