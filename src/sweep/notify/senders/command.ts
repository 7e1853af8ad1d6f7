// The payload on the standard input of a program of the user's. No shell, no argument that a stranger wrote.
import { spawn } from 'node:child_process'
import { printable } from '../../../support/printable.js'
import type { CommandChannel } from '../channels.js'
import type { Outcome, Sender } from './types.js'

/** The signal's word for a program that ran too long. */
const TOO_LONG = Symbol('too long')

interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** Runs the program; resolves with how it ended, or with the error where it could not be started. */
function run(
  channel: CommandChannel,
  input: string,
  delivery: string,
  signal: AbortSignal,
): Promise<Ending | Error | typeof TOO_LONG> {
  const [program, ...args] = channel.run
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: channel.folder,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, SECRETSCAN_DELIVERY: delivery },
      signal,
      killSignal: 'SIGKILL',
    })
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, channel.timeoutSeconds * 1000)
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve(error)
    })
    child.on('close', (code, killedBy) => {
      clearTimeout(timer)
      resolve(late ? TOO_LONG : { code, signal: killedBy })
    })
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
  if (ending instanceof Error) {
    const code = 'code' in ending ? String(ending.code) : ending.name
    if (code === 'ABORT_ERR') return { result: 'uncertain', reason: `${name} was ended because this program was.` }
    return { result: 'failed', reason: `${name} cannot be started (${code}).` }
  }
  if (ending.code === 0) return { result: 'sent' }
  if (ending.code === null) return { result: 'uncertain', reason: `${name} was ended by ${ending.signal}.` }
  return { result: 'failed', reason: `${name} ended with exit code ${ending.code}.` }
}
