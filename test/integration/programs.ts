// The programs that integration tests need. In CI a missing one is a failure; elsewhere the error says what installs it.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const folder =
  process.env['SECRETSCAN_INTEGRATION'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'secretscan-integration')

/** A program that scripts/setup-integration.sh built. @throws where it is not there. */
export function builtProgram(name: string): string {
  const path = join(folder, 'bin', name)
  if (!existsSync(path)) throw new Error(`${name} is not built: run npm run setup:integration`)
  return path
}

/** A program of the system's. @throws where it is not there. */
export function systemProgram(name: string): string {
  const { stdout, status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  })
  if (status !== 0) throw new Error(`${name} is not installed: run npm run setup:integration`)
  return stdout.trim()
}

/** Runs a program to its end. @returns standard output. @throws with its standard error where it fails. */
export function run(
  program: string,
  parameters: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly input?: Uint8Array } = {},
): Buffer {
  const { stdout, stderr, status, error } = spawnSync(program, parameters, {
    maxBuffer: 1 << 30,
    ...options,
    env: { ...process.env, ...options.env },
  })
  if (error !== undefined) throw error
  if (status !== 0)
    throw new Error(`${program} ${parameters.join(' ')} ended with ${status}: ${stderr.toString('utf8')}`)
  return stdout
}

/** As run(), while servers of this process go on answering. */
export async function runBeside(program: string, parameters: readonly string[]): Promise<void> {
  await promisify(execFile)(program, parameters)
}
