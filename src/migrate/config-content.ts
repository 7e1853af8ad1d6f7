// Configs whose text stands in the Compose file.
import type { LocatedValue } from '../compose/types.js'

/** The config whose content `value` is; undefined for everything else under configs. */
export function configName({ section, service, path }: LocatedValue): string | undefined {
  const [top, name, key] = path
  return section === 'configs' && service === undefined && top === 'configs' && key === 'content'
    ? String(name)
    : undefined
}
