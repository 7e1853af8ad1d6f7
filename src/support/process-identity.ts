// Which process this is, in words by which another one of the same machine can tell whether it still lives: a number alone says nothing, since
// containers count their own and numbers come again. Linux only; elsewhere nothing can be told.
import { readFile, readlink } from 'node:fs/promises'

/** `unknown`: it is of another machine, container or start of the machine, or nobody can look. */
export type Liveness = 'alive' | 'suspended' | 'dead' | 'unknown'

const IDENTITY = /^(\d+)-(\d+)-([0-9a-f]{32}-\d+-\d+)$/

/** `PID-START-BOOT-NAMESPACES`: digits, small letters and hyphens. undefined where the system does not tell. */
export async function ownIdentity(): Promise<string | undefined> {
  try {
    // A /proc of another namespace has other numbers.
    if ((await readlink('/proc/self')) !== String(process.pid)) return undefined
    const stat = await statOf(process.pid)
    return stat === undefined ? undefined : `${process.pid}-${stat.start}-${await placeOf()}`
  } catch {
    return undefined
  }
}

/** The number of the process that an identity names. */
export const pidIn = (identity: string): number => Number.parseInt(identity, 10)

/** Of an identity that a process, maybe on another machine, has left. */
export async function livenessOf(identity: string): Promise<Liveness> {
  const [, pid = '', start, place] = IDENTITY.exec(identity) ?? []
  const own = await ownIdentity()
  // The same numbers of namespaces in one run of the machine: they are the same ones, or those of before have ended with all in them.
  if (own === undefined || IDENTITY.exec(own)?.[3] !== place) return 'unknown'
  if (!isThere(Number(pid))) return 'dead'
  const stat = await statOf(Number(pid))
  // Hidden from other users (hidepid), but there.
  if (stat === undefined) return 'alive'
  // Z, X: it has ended, and nobody has taken notice yet.
  if (stat.start !== start || 'ZX'.includes(stat.state)) return 'dead'
  return stat.state === 'T' ? 'suspended' : 'alive'
}

/** This run of this machine, and the namespaces that count its processes and its time. */
async function placeOf(): Promise<string> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim().replaceAll('-', '')
  const number = async (kind: string) => /\d+/.exec(await readlink(`/proc/self/ns/${kind}`))?.[0] ?? ''
  return `${boot}-${await number('pid')}-${await number('time').catch(() => '0')}`
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** proc_pid_stat(5): the state is the third field, the start the 22nd; a name in parentheses, which may hold any, stands before them. */
async function statOf(pid: number): Promise<{ readonly state: string; readonly start: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const [state, ...fields] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? []
  const start = fields[18]
  return state === undefined || start === undefined ? undefined : { state, start }
}
