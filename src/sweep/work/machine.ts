// Which processes can see whether another one lives: those of one machine, and of one container.
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Process {
  /** As machine() has it. */
  readonly host: string
  readonly pid: number
}

/** The name of this machine and, on Linux, its name space of process IDs: containers may share the one without the other. */
export function machine(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/**
 * A process of this machine that is no more. `isNew`: this process has just begun; then also one of a container with this name that was
 * started anew, in which old IDs mean nothing.
 */
export function hasDied({ host, pid }: Process, isNew: boolean): boolean {
  if (host !== machine() && !(isNew && nameOf(host) === hostname())) return false
  if (pid === process.pid) return isNew
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

const nameOf = (host: string): string => host.split(' ')[0] ?? host
