// Which values of a project are command lines: those that Compose knows, and labels by whose names other programs take one.
import type { LocatedValue } from './types.js'

/** Ofelia's job-exec.NAME.command, Watchtower's lifecycle.pre-update, backup-volume's exec-pre … */
const COMMAND_LABEL = /(?:^|[._-])(?:command|cmd|exec|script|hooks?|pre|post|lifecycle)(?:[._-][\w-]+)?$/i

/** true for what stands in a hook of a service. */
export const isOfHook = ({ path }: Pick<LocatedValue, 'path'>): boolean =>
  path[0] === 'services' && /^(?:pre_start|post_start|pre_stop)$/.test(String(path[2]))

/** true for a command line, or a word of one. */
export function isCommand({ section, path, key, resolved }: LocatedValue): boolean {
  if (section === 'command' || section === 'entrypoint' || section === 'healthcheck') return true
  if (isOfHook({ path })) return path[4] === 'command'
  return (
    (section === 'labels' || section === 'deploy.labels') &&
    key !== undefined &&
    COMMAND_LABEL.test(key) &&
    /\s/.test(resolved.trim())
  )
}
