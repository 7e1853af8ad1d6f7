// Names the part of a Compose file that a path stands in.
import { LIST_ITEM } from './tree.js'
import type { Section } from './types.js'

export interface SectionPlace {
  readonly section: Section
  readonly service: string | undefined
  readonly key: string | undefined
}

const WHOLE: ReadonlyMap<string, Section> = new Map<string, Section>([
  ['environment', 'environment'],
  ['env_file', 'env_file'],
  ['labels', 'labels'],
  ['annotations', 'annotations'],
  ['command', 'command'],
  ['entrypoint', 'entrypoint'],
  ['healthcheck', 'healthcheck'],
  ['build', 'build'],
  ['image', 'image'],
  ['configs', 'configs'],
  ['secrets', 'secrets'],
  ['logging', 'logging'],
  ['volumes', 'volumes'],
])

function inService(rest: readonly string[]): Section {
  const [first = '', second] = rest
  if (first === 'deploy' && second === 'labels') return 'deploy.labels'
  if (first === 'build' && second === 'args') return 'build.args'
  if (first.startsWith('x-')) return 'x-'
  return WHOLE.get(first) ?? 'other'
}

function lastKey(path: readonly string[]): string | undefined {
  return path.findLast((part) => part !== LIST_ITEM)
}

/** Section, service and key of a path from the top of a file or model; list items are `[]`. */
export function sectionOf(path: readonly string[]): SectionPlace {
  const [top = '', name, ...rest] = path
  const key = lastKey(path)
  if (top === 'services' || top === 'jobs')
    return { section: inService(rest), service: name, key: rest.length < 2 ? undefined : key }
  if (top.startsWith('x-')) return { section: 'x-', service: undefined, key }
  if (top === 'configs' || top === 'secrets' || top === 'volumes') return { section: top, service: undefined, key }
  return { section: 'other', service: undefined, key }
}
