// Runs one command from arguments to exit code: the only place that prints failures and ends the process.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '@oclif/core'
import { streamFailure } from '../../report/write.js'
import { packageRoot } from '../../support/package-root.js'
import { tuneV8 } from '../../support/v8-flags.js'
import {
  asksForJson,
  type Failure,
  failureJson,
  failureOf,
  failureText,
  internalFailure,
  toldFailure,
} from './failure.js'
import { interruptedExitCode, watchInterrupts, wordsOfTheEnd } from './interrupt.js'

let argv: readonly string[] = []
let jsonFromSettings = false
let first: Failure | undefined

/** Called by a command whose settings (a configuration file, too) say JSON, so that its failure is JSON. */
export function failAsJson(): void {
  jsonFromSettings = true
}

function toolVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}

/** false where it cannot be written. A full disk throws, a closed pipe calls back. */
function write(stream: NodeJS.WriteStream, text: string): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    stream.write(text, (error) => resolve(error == null))
  }).catch(() => false)
}

/** One failure often brings others with it (each write to a full disk fails): the first is the one that is told. */
async function printFailure(failure: Failure): Promise<void> {
  if (first !== undefined) return
  first = failure
  const debug = argv.includes('--debug') || /^(1|true)$/.test(process.env.SECRETSCAN_DEBUG ?? '')
  const asJson = jsonFromSettings || asksForJson(argv, process.env)
  // A standard output that cannot be written cannot say so either.
  if (asJson && (await write(process.stdout, failureJson(failure, toolVersion(), debug)))) return
  await write(process.stderr, failureText(failure, debug))
}

/** Ends the process once what was printed has left it. An interruption wins over every other code. */
async function end(code: number): Promise<never> {
  await Promise.all([write(process.stdout, ''), write(process.stderr, '')])
  process.exit(interruptedExitCode() ?? code)
}

async function endWith(failure: Failure): Promise<void> {
  if (interruptedExitCode() === undefined) await printFailure(failure)
  await end((first ?? failure).exitCode)
}

const crash = (error: unknown): Promise<void> => endWith(internalFailure(error))

/**
 * A reader that went away (`| head`) must not change the exit code; a full disk behind a standard stream is told as what it is. Before
 * oclif's own listener, which throws.
 */
function watchStream(stream: NodeJS.WriteStream): void {
  stream.prependListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') void endWith(toldFailure(streamFailure(stream, error)))
  })
}

/** Catches what no command can: errors outside its promise chain (exit code 70), signals, a closed standard output. */
export function guardProcess(): void {
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  watchStream(process.stdout)
  watchStream(process.stderr)
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
