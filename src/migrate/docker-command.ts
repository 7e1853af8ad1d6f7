// Asks docker's own command line, where it is installed. What it prints of files is not read: it may hold values.
import { spawn } from 'node:child_process'

/** ms */
const TIME_LIMIT = 30_000

export interface DockerAnswer {
  /** -1 where there is no docker, or it took too long. */
  readonly code: number
  /** What it wrote to stderr. May quote what it read: not for people as it is. */
  readonly said: string
}

/** @param options.environment variables beside this process's own: docker reads no .env for a stack */
export function docker(
  parameters: readonly string[],
  { cwd, environment = new Map() }: { readonly cwd: string; readonly environment?: ReadonlyMap<string, string> },
): Promise<DockerAnswer> {
  return new Promise((resolve) => {
    const child = spawn('docker', [...parameters], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd,
      env: { ...process.env, ...Object.fromEntries(environment) },
      timeout: TIME_LIMIT,
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', () => resolve({ code: -1, said: '' }))
    child.on('close', (code) => resolve({ code: code ?? -1, said }))
  })
}
