// Writing to a stream whose reader may have gone away.
import type { Writable } from 'node:stream'
import { UsageError } from '../support/errors.js'
import { whyUnwritable } from '../support/unreadable.js'

/** What a standard stream's error is told as. */
export const streamFailure = (stream: unknown, cause: unknown): UsageError =>
  new UsageError(
    `Standard ${stream === process.stderr ? 'error' : 'output'} cannot be written (${whyUnwritable(cause)})`,
    { hint: 'Make room, or send it elsewhere.', cause },
  )

/** Resolves once `text` has left for `out`. A closed pipe (`| head`) counts as done; any other error rejects. */
export function writeText(out: Writable, text: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    out.write(text, (error) => {
      const closed =
        error != null && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
      if (error == null || closed) resolve()
      else reject(error)
    })
  }).catch((error: unknown) => {
    // A full disk behind standard output: no bug, and nothing that scanned bytes caused.
    throw out === process.stdout ? streamFailure(out, error) : error
  })
}

/** Characters that are written at once. */
const PIECE = 1024 * 1024

/**
 * Writes `frame` as JSON, and `items` one by one in the place of its empty list `name`: all of them together may be longer than a text can be.
 * `depth`: of the list in the frame.
 */
export async function writeListed(
  out: Writable,
  frame: object,
  { name, depth, items }: { readonly name: string; readonly depth: number; readonly items: Iterable<object> },
): Promise<void> {
  const text = JSON.stringify(frame, null, 2)
  const indent = '  '.repeat(depth)
  // A line break inside a string is an escape in JSON: this one is the layout's.
  const empty = `\n${indent}"${name}": []`
  const at = text.indexOf(empty)
  let piece = `${text.slice(0, at)}\n${indent}"${name}": [`
  let count = 0
  for (const item of items) {
    piece += `${count++ === 0 ? '' : ','}\n${indent}  ${JSON.stringify(item, null, 2).replaceAll('\n', `\n${indent}  `)}`
    if (piece.length < PIECE) continue
    await writeText(out, piece)
    piece = ''
  }
  await writeText(out, `${piece}${count === 0 ? '' : `\n${indent}`}]${text.slice(at + empty.length)}\n`)
}
