// Runs a command with the migrated secrets in its environment: in no argument, on no disk. What they are is read by exec-values.ts.
import { spawn } from 'node:child_process'

/** As `docker run`: what went wrong before the command could say anything itself. */
export const EXEC_EXIT = { failed: 125, notExecutable: 126, notFound: 127 } as const

/** Runs the command to its end, signals passed on. @returns its exit code, 128 + n for a signal, or one of EXEC_EXIT. */
export function runCommand(
  [program = '', ...parameters]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { stdio: 'inherit', env: { ...process.env, ...environment } })
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
    for (const signal of signals) process.on(signal, forward)
    const end = (code: number) => {
      for (const signal of signals) process.off(signal, forward)
      resolve(code)
    }
    child.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ENOENT' ? EXEC_EXIT.notFound : EXEC_EXIT.notExecutable),
    )
    child.on('close', (code, signal) => end(code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0)))
  })
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
}
