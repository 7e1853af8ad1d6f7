// Runs a command with more in its environment, signals passed on, and tells how it ended. What is in it: exec-values.ts, exec-files.ts.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** As `docker run`: what went wrong before the command could say anything itself. */
export const EXEC_EXIT = { failed: 125, notExecutable: 126, notFound: 127 } as const

export interface Ended {
  /** The command's own code, 128 + n for a signal, or one of EXEC_EXIT. */
  readonly code: number
  /** The system's code where it could not be started: ENOENT, EACCES, E2BIG … */
  readonly notStarted?: string
}

/** Ctrl-C and Ctrl-\ of a terminal reach the command without us: a second one would make `docker compose up` kill its services. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']

/** `terminal`: standard input is one, so that its signals reach the command's process too. */
export function runCommand(
  [program = '', ...parameters]: readonly string[],
  environment: Readonly<Record<string, string>>,
  terminal: boolean,
): Promise<Ended> {
  return new Promise((resolve) => {
    const handlers = new Map<NodeJS.Signals, () => void>()
    const end = (ended: Ended) => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
      resolve(ended)
    }
    const refused = ({ code }: NodeJS.ErrnoException) => end({ code: codeFor(code), notStarted: code ?? 'no reason' })
    try {
      const child = spawn(program, parameters, { stdio: 'inherit', env: { ...process.env, ...environment } })
      for (const signal of PASSED_ON) handlers.set(signal, () => void child.kill(signal))
      for (const signal of FROM_TERMINAL) handlers.set(signal, () => void (terminal || child.kill(signal)))
      for (const [signal, handler] of handlers) process.on(signal, handler)
      child.on('error', refused)
      child.on('close', (code, signal) =>
        end({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) }),
      )
    } catch (error) {
      // E2BIG is thrown, not emitted.
      refused(error as NodeJS.ErrnoException)
    }
  })
}

function codeFor(reason: string | undefined): number {
  if (reason === 'ENOENT') return EXEC_EXIT.notFound
  return reason === 'E2BIG' ? EXEC_EXIT.failed : EXEC_EXIT.notExecutable
}
