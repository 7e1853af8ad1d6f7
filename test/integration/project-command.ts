// The built command run in a project's folder, to its end; its output is looked through for values.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProjectCommand {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string
  /** What no output may hold; absent for commands that print values themselves. */
  readonly never?: RegExp
}

/** `secretscan PARAMETERS`, as a user runs it. */
export function secretscanIn({ cwd, env, input = '', never }: ProjectCommand, parameters: readonly string[]): Outcome {
  const result = spawnSync(process.execPath, [join(packageRoot(), 'bin', 'run.js'), ...parameters], {
    cwd,
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env },
  })
  if (never !== undefined) assert.doesNotMatch(`${result.stdout}${result.stderr}`, never, 'no value is printed')
  return result
}

/** What a command that went well has printed. */
export function jsonOf({ status, stdout, stderr }: Outcome): Readonly<Record<string, unknown>> {
  assert.equal(status, 0, stderr + stdout)
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}
