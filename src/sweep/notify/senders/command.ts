// The payload on the standard input of a program of the user's. No shell, no argument that a stranger wrote.
import { type ChildProcess, spawn } from 'node:child_process'
import { printable } from '../../../support/printable.js'
import type { CommandChannel } from '../channels.js'
import type { Outcome, Sender } from './types.js'

/** Why a program was ended. */
const TOO_LONG = Symbol('too long')
const ABORTED = Symbol('aborted')

interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** Ends the program and what it has started: it is the first of a group of processes. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No groups here (Windows), or it has ended meanwhile.
    child.kill('SIGKILL')
  }
}

/** Runs the program; resolves with how it ended, or with the error where it could not be started. */
function run(
  channel: CommandChannel,
  input: string,
  delivery: string,
  signal: AbortSignal,
): Promise<Ending | Error | typeof TOO_LONG | typeof ABORTED> {
  const [program, ...args] = channel.run
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: channel.folder,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, SECRETSCAN_DELIVERY: delivery },
      // A group of its own: it can be ended as a whole, and Ctrl-C at the terminal does not break a message that is being sent.
      detached: true,
    })
    let ended: typeof TOO_LONG | typeof ABORTED | undefined
    const end = (why: typeof ended): void => {
      ended ??= why
      endGroup(child)
    }
    const onAbort = (): void => end(ABORTED)
    const timer = setTimeout(() => end(TOO_LONG), channel.timeoutSeconds * 1000)
    signal.addEventListener('abort', onAbort)
    process.on('exit', onAbort)
    const settle = (ending: Awaited<ReturnType<typeof run>>): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      process.off('exit', onAbort)
      resolve(ended ?? ending)
    }
    child.on('error', settle)
    child.on('close', (code, killedBy) => settle({ code, signal: killedBy }))
    // A program that does not read its input may end before it is written.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

export const sendCommand: Sender<CommandChannel> = async (channel, payload, context): Promise<Outcome> => {
  const name = printable(channel.run[0])
  const ending = await run(channel, `${JSON.stringify(payload)}\n`, payload.delivery, context.signal)
  if (ending === TOO_LONG)
    return { result: 'uncertain', reason: `${name} ran for more than ${channel.timeoutSeconds} seconds and was ended.` }
  if (ending === ABORTED) return { result: 'uncertain', reason: `${name} was ended because this program was.` }
  if (ending instanceof Error) {
    const code = 'code' in ending ? String(ending.code) : ending.name
    return { result: 'failed', reason: `${name} cannot be started (${code}).` }
  }
  if (ending.code === 0) return { result: 'sent' }
  if (ending.code === null) return { result: 'uncertain', reason: `${name} was ended by ${ending.signal}.` }
  return { result: 'failed', reason: `${name} ended with exit code ${ending.code}.` }
}
