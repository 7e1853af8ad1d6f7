// What may be told of an error that scanning a unit ended with, wherever it was scanned.
import { InternalError } from '../support/errors.js'

/** Its name and its frames: the message may quote what was scanned (JSON.parse does). */
export function failureOf(error: unknown): { readonly name: string; readonly trace: string } {
  const known = error instanceof Error ? error : new Error('unknown')
  const frames = (known.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { name: known.name, trace: frames.join('\n') }
}

export function scanFailure(message: string): InternalError {
  return new InternalError(message, { hint: 'Please report this; run again with --debug for the trace.' })
}
