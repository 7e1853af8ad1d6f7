// Runs one command from arguments to exit code: the only place that prints failures and ends the process.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '@oclif/core'
import { packageRoot } from '../../support/package-root.js'
import { tuneV8 } from '../../support/v8-flags.js'
import { asksForJson, type Failure, failureJson, failureOf, failureText, internalFailure } from './failure.js'
import { interruptedExitCode, watchInterrupts, wordsOfTheEnd } from './interrupt.js'

let argv: readonly string[] = []
let jsonFromSettings = false
let failurePrinted = false

/** Called by a command whose settings (a configuration file, too) say JSON, so that its failure is JSON. */
export function failAsJson(): void {
  jsonFromSettings = true
}

function toolVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve())
  })
}

/** One failure often brings others with it (each write to a full disk fails): the first is the one that is told. */
async function printFailure(failure: Failure): Promise<void> {
  if (failurePrinted) return
  failurePrinted = true
  const debug = argv.includes('--debug') || /^(1|true)$/.test(process.env.SECRETSCAN_DEBUG ?? '')
  if (jsonFromSettings || asksForJson(argv, process.env))
    await write(process.stdout, failureJson(failure, toolVersion(), debug))
  else await write(process.stderr, failureText(failure, debug))
}

/** Ends the process once what was printed has left it. An interruption wins over every other code. */
async function end(code: number): Promise<never> {
  await Promise.all([write(process.stdout, ''), write(process.stderr, '')])
  process.exit(interruptedExitCode() ?? code)
}

async function crash(error: unknown): Promise<void> {
  if (interruptedExitCode() === undefined) await printFailure(internalFailure(error))
  await end(internalFailure(error).exitCode)
}

/** A reader that went away (`| head`) must not change the exit code; any other error of a standard stream is a bug. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

/** Catches what no command can: errors outside its promise chain (exit code 70), signals, a closed standard output. */
export function guardProcess(): void {
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  ignoreClosedPipe(process.stdout)
  ignoreClosedPipe(process.stderr)
  watchInterrupts()
}

/** Of what was interrupted there is nothing to tell, but where a migration stands. */
const TOLD_OF_INTERRUPTED: ReadonlySet<string> = new Set(['MIGRATION_STOPPED', 'DECLINED'])

/** Runs `work` and ends the process with its code: what it returns, process.exitCode, or that of the error it throws. */
export async function runToExit(work: () => Promise<unknown>): Promise<never> {
  try {
    await work()
  } catch (error) {
    const failure = failureOf(error)
    const code = interruptedExitCode()
    if (failure.message !== undefined && (code === undefined || TOLD_OF_INTERRUPTED.has(failure.code)))
      await printFailure(code === undefined ? failure : { ...failure, exitCode: code })
    else if (code !== undefined) await write(process.stderr, wordsOfTheEnd())
    return end(failure.exitCode)
  }
  return end(Number(process.exitCode ?? 0))
}

/** "image help" asks for help as "help image" does, unless there is a file of that name to scan. */
function askedForHelp(args: readonly string[]): readonly string[] {
  const [command = '', word] = args
  const asks = args.length === 2 && word === 'help' && /^[a-z]+$/.test(command) && !existsSync('help')
  return asks ? ['help', command] : args
}

/** The program: `args` without node and script; `entry` is the URL of bin/run.js, from which oclif finds package.json. */
export async function main(args: readonly string[], entry: string): Promise<never> {
  tuneV8()
  argv = args
  guardProcess()
  // No plugins of a user: there is no command that installs any.
  return runToExit(() => run([...askedForHelp(args)], { root: fileURLToPath(entry), userPlugins: false }))
}
