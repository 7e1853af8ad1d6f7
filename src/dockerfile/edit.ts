// Edits of Dockerfiles by splices: pairs and instructions removed, mounts added to RUN, text replaced. Lines that are not edited stay.
import type { ByteEdit } from '../support/byte-edits.js'
import { InternalError } from '../support/errors.js'
import type { Dockerfile, Instruction, KeyValue, Range } from './types.js'

const LF = 0x0a
const CR = 0x0d

function lineStart(bytes: Uint8Array, offset: number): number {
  const start = offset === 0 ? 0 : bytes.lastIndexOf(LF, offset - 1) + 1
  return start === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : start
}

/** Offset after the line end that follows `offset`. */
function nextLine(bytes: Uint8Array, offset: number): number {
  const end = bytes.indexOf(LF, offset)
  return end === -1 ? bytes.length : end + 1
}

function textOf(dockerfile: Dockerfile, start: number, end: number): string {
  return Buffer.from(dockerfile.bytes.subarray(start, end)).toString('latin1')
}

/** Removes lines [start, end); where the last line of the file has no end, the line before loses its own. */
function removeLines(bytes: Uint8Array, start: number, end: number): ByteEdit {
  const open = end === bytes.length && bytes[end - 1] !== LF
  const before = !open || bytes[start - 1] !== LF ? 0 : bytes[start - 2] === CR ? 2 : 1
  return { start: start - before, end, insert: '' }
}

/** Removes an instruction with all its lines and heredocs; comments above it stay. */
export function removeInstruction(dockerfile: Dockerfile, instruction: Instruction): readonly ByteEdit[] {
  const { bytes } = dockerfile
  return [removeLines(bytes, lineStart(bytes, instruction.start), nextLine(bytes, instruction.end))]
}

/** A pair that has its lines for itself, but for the continuation at their end. */
function standsAlone(dockerfile: Dockerfile, pair: Range): boolean {
  const { bytes } = dockerfile
  const before = textOf(dockerfile, lineStart(bytes, pair.start), pair.start)
  const after = textOf(dockerfile, pair.end, nextLine(bytes, pair.end))
  return before.trim() === '' && (after.trim() === '' || after.trim() === dockerfile.escape)
}

/** The last pair goes: the line that continued into it must end. */
function cutLast(dockerfile: Dockerfile, previous: Range, pair: Range): readonly ByteEdit[] {
  const { bytes } = dockerfile
  if (!standsAlone(dockerfile, pair)) return [{ start: previous.end, end: pair.end, insert: '' }]
  const endOfPrevious = nextLine(bytes, previous.end)
  const lineEnd = endOfPrevious - (bytes[endOfPrevious - 2] === CR ? 2 : 1)
  return [
    { start: previous.end, end: lineEnd, insert: '' },
    removeLines(bytes, lineStart(bytes, pair.start), nextLine(bytes, pair.end)),
  ]
}

function cutInside(dockerfile: Dockerfile, previous: Range | undefined, pair: Range, next: Range): readonly ByteEdit[] {
  const { bytes } = dockerfile
  if (previous !== undefined && standsAlone(dockerfile, pair))
    return [removeLines(bytes, lineStart(bytes, pair.start), nextLine(bytes, pair.end))]
  if (previous !== undefined && nextLine(bytes, previous.end) > pair.start)
    return [{ start: previous.end, end: pair.end, insert: '' }]
  const gap = textOf(dockerfile, pair.end, next.start)
  const comments = gap
    .split('\n')
    .slice(1)
    .some((line) => line.trimStart().startsWith('#'))
  return [{ start: pair.start, end: comments ? pair.end : next.start, insert: '' }]
}

/** Removes one pair of an ENV, ARG or LABEL; its instruction where it is the only one. */
export function removePair(dockerfile: Dockerfile, instruction: Instruction, pair: KeyValue): readonly ByteEdit[] {
  const index = instruction.pairs.indexOf(pair)
  if (index === -1) throw new InternalError('the pair is not of this instruction')
  const [previous, next] = [instruction.pairs[index - 1], instruction.pairs[index + 1]]
  if (next !== undefined) return cutInside(dockerfile, previous, pair, next)
  return previous === undefined ? removeInstruction(dockerfile, instruction) : cutLast(dockerfile, previous, pair)
}

/** Adds a flag to an instruction, right after its keyword: `--mount=type=secret,id=npm,env=NPM_TOKEN`. */
export function addFlag(instruction: Instruction, flag: string): readonly ByteEdit[] {
  const { end } = instruction.keywordRange
  return [{ start: end, end, insert: ` ${flag}` }]
}

/** Replaces the bytes of `range` by `text`. */
export function replaceRange(range: Range, text: string): readonly ByteEdit[] {
  return [{ start: range.start, end: range.end, insert: text }]
}

/** The line end before `offset`, the start of a line. */
export function lineEndAt({ bytes }: Dockerfile, offset: number): string {
  return bytes[offset - 2] === CR ? '\r\n' : '\n'
}

/** Puts a `# syntax=` line at the top, in the file's own line ends; no edit where the file has one. */
export function addSyntax(dockerfile: Dockerfile, frontend: string): readonly ByteEdit[] {
  if (dockerfile.directives.some((directive) => directive.name === 'syntax')) return []
  const { bytes } = dockerfile
  const start = lineStart(bytes, 0) === 3 || bytes[0] === 0xef ? 3 : 0
  const crlf = bytes[bytes.indexOf(LF) - 1] === CR
  return [{ start, end: start, insert: `# syntax=${frontend}${crlf ? '\r\n' : '\n'}` }]
}
