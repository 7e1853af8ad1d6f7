// Turns anything that was thrown into what a user sees: a stable code, a sentence, a hint, an exit code. Prints nothing itself.
import { EXIT, SecretscanError } from '../../support/errors.js'
import { withoutLogins } from '../../support/logins.js'
import { printable } from '../../support/printable.js'
import { sentence } from '../../support/sentence.js'
import { oclifWords } from './oclif-words.js'
import { proseFor } from './prose.js'

export interface Failure {
  /** Stable and documented (docs/exit-codes.md). */
  readonly code: string
  readonly exitCode: number
  readonly message: string
  readonly hint?: string
  /** For --debug: what was tried. */
  readonly detail?: string
  /** For --debug: frames only, never the message, which stands above. */
  readonly stack?: string
}

/** The call frames of `error`, without its message: a message may quote what was being read. */
function framesOf(error: Error): string | undefined {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return frames.length === 0 ? undefined : frames.join('\n')
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'errno' in error && 'syscall' in error

/**
 * The message of an unexpected error where it cannot quote scanned bytes. The engine's own TypeError, RangeError and ReferenceError
 * name code, and a system error names its call and path; everything else (JSON.parse, node's argument checks) may quote a value.
 */
function safeMessage(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const names = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  if (isSystemError(error) || (names && code === undefined)) return `${error.name}: ${printable(error.message)}`
  return `${error.name}${code === undefined ? '' : ` ${code}`} (its message is withheld, since it may quote what was scanned)`
}

/** A bug in this program, or a system that failed it (no space left, too many open files): exit code 70. */
export function internalFailure(error: unknown): Failure {
  const stack = error instanceof Error ? framesOf(error) : undefined
  return {
    code: 'INTERNAL',
    exitCode: EXIT.bug,
    message: `Internal error: ${error instanceof Error ? safeMessage(error) : `a ${typeof error} was thrown`}`,
    hint: isSystemError(error)
      ? 'The system refused this. If it should not have, run the command again with --debug and report what it prints.'
      : 'This is a bug in secretscan. Run the command again with --debug and report what it prints.',
    ...(stack === undefined ? {} : { stack }),
  }
}

/** oclif's own errors (CLIError, ExitError), told by their fields: its plugins throw those of another copy of oclif than the bundled one. */
function isOfOclif(error: unknown): error is Error & { code?: unknown; oclif: { exit?: number } } {
  return error instanceof Error && 'oclif' in error && typeof error.oclif === 'object' && error.oclif !== null
}

/** What is told of one of our own errors. */
export function toldFailure(error: SecretscanError): Failure {
  const stack = framesOf(error)
  return {
    code: error.code,
    exitCode: error.exitCode,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(stack === undefined ? {} : { stack }),
  }
}

/** Maps `error` to its failure; undefined where it only ends the process (`--help`, `this.exit(0)`). */
export function failureOf(error: unknown): Failure | { readonly exitCode: number; readonly message?: undefined } {
  if (error instanceof SecretscanError) return toldFailure(error)
  if (isOfOclif(error)) {
    if (error.code === 'EEXIT') return { exitCode: error.oclif.exit ?? EXIT.ok }
    const message = withoutLogins(oclifWords(error.message))
    return { code: 'USAGE', exitCode: EXIT.usage, message, hint: "See the command's --help." }
  }
  return internalFailure(error)
}

/** True where the arguments or the environment ask for JSON, so that a failure before the settings are known is JSON too. */
export function asksForJson(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  if (own.includes('--json') || own.includes('--format=json')) return true
  if (own.some((argument, index) => argument === '--format' && own[index + 1] === 'json')) return true
  const formatGiven = own.some((argument) => argument === '--format' || argument.startsWith('--format='))
  return !formatGiven && (env.SECRETSCAN_FORMAT === 'json' || /^(1|true)$/.test(env.SECRETSCAN_JSON ?? ''))
}

/** Arguments and names from images are quoted in messages: line ends stay, every other control character is made visible. */
const visible = (text: string): string => text.split('\n').map(printable).join('\n')

/** The failure as text for standard error, ending in a newline. */
export function failureText(failure: Failure, debug: boolean): string {
  const lines = [proseFor(process.stderr, `Error: ${visible(sentence(failure.message))} [${failure.code}]`, 2)]
  if (failure.hint !== undefined) lines.push(proseFor(process.stderr, `  ${visible(sentence(failure.hint))}`))
  if (debug && failure.detail !== undefined) lines.push(proseFor(process.stderr, `  ${visible(failure.detail)}`))
  if (debug && failure.stack !== undefined) lines.push(failure.stack)
  return `${lines.join('\n')}\n`
}

/** The failure as the JSON document for standard output. */
export function failureJson(failure: Failure, version: string, debug: boolean): string {
  const { code, message, hint, exitCode, stack } = failure
  const error = {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    exitCode,
    ...(debug && stack !== undefined ? { stack } : {}),
  }
  return `${JSON.stringify({ schemaVersion: 1, tool: { name: 'secretscan', version }, error }, null, 2)}\n`
}
