// Where do anchors and encoded runs stand in a text? A WebAssembly kernel over one linear memory; texts are copied in, only offsets come out.
import { InternalError } from '../../support/errors.js'
import { wasmModule } from '../../support/wasm.js'
import type { KernelTables } from './tables.js'

const PAGE = 64 * 1024
/** Hits that fit before the caller takes them; one hit is 8 bytes. */
const HIT_ROOM = 32 * 1024
/** The kernel reads whole blocks beyond a text's end. */
const PADDING = 64
/** More runs than a chunk has room for. */
const RUN_ROOM = 96 * 1024
const KIND_SHIFT = 28
/** By the kernel's numbers from 1 on; those of UTF-16 are no `Run`. */
const RUN_KINDS = ['base64', 'hex', undefined, 'percent', 'backslash', 'entity'] as const
export type RunKind = NonNullable<(typeof RUN_KINDS)[number]>

/** Bytes that could be encoded text: a whole run, or a region in which escapes stand. */
export interface Run {
  readonly kind: RunKind
  readonly start: number
  readonly end: number
}

export interface Runs {
  /** In order of their starts, but for regions of escapes. */
  readonly narrow: readonly Run[]
  /** Runs of UTF-16, start and end of each: programs hold hundreds of thousands. */
  readonly wide: Uint32Array
}

interface Kernel {
  readonly memory: WebAssembly.Memory
  setUp(...places: number[]): void
  setUpBeside(...places: number[]): void
  find(text: number, from: number, length: number, slack: number): number
  hitCount(): number
  setUpRuns(values: number, out: number, room: number): void
  findRuns(text: number, length: number): void
  runCount(): number
}

export interface Prefilter {
  /**
   * Hands out every place where an anchor begins, many at once: place, anchor (by its number in the list), place, anchor … The order is not
   * that of the places, and what is handed out lasts for the call.
   */
  find(bytes: Uint8Array, take: (hits: Uint32Array) => void): void
  /** What could be encoded in the text that find() saw last. */
  runs(): Runs
}

/** The module for this processor: with SIMD where it has it. */
function kernelModule(simd: boolean): WebAssembly.Module {
  const module = (simd ? wasmModule('prefilter-simd') : undefined) ?? wasmModule('prefilter')
  if (module === undefined) throw new InternalError('this Node.js runs no WebAssembly')
  return module
}

/** @param options.simd false: the scalar kernel, for processors without SIMD. */
export function createPrefilter(tables: KernelTables, options: { readonly simd?: boolean } = {}): Prefilter {
  const kernel = new WebAssembly.Instance(kernelModule(options.simd ?? true)).exports as unknown as Kernel
  let top = PAGE
  const place = (table: Uint8Array | Uint16Array | Uint32Array): number => {
    const at = top
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength)
    reserve(kernel, at + bytes.length)
    new Uint8Array(kernel.memory.buffer).set(bytes, at)
    top += Math.ceil(bytes.length / 64) * 64
    return at
  }
  // The table of hashes lies where the kernel expects it: at PAGE.
  place(tables.table)
  const found = [tables.heads, tables.chains, tables.entries, tables.sequences, tables.sets].map(place)
  const beside = [
    tables.useStarts,
    tables.useChecks,
    tables.automata,
    tables.boundarySets,
    tables.useStarts.slice().fill(0),
  ]
  kernel.setUpBeside(...beside.map(place))
  const valuesAt = place(alphabetValues())
  const runsAt = top + HIT_ROOM * 8
  const layout = { hitsAt: top, runsAt, textAt: runsAt + RUN_ROOM * 8, slack: tables.longestChain }
  reserve(kernel, layout.textAt + PADDING)
  kernel.setUp(...found, layout.hitsAt, HIT_ROOM)
  kernel.setUpRuns(valuesAt, runsAt, RUN_ROOM)
  let length = 0
  return {
    find(bytes, take) {
      length = bytes.length
      findAll(kernel, bytes, layout, take)
    },
    runs() {
      kernel.findRuns(layout.textAt, length)
      return readRuns(kernel, layout)
    },
  }
}

/** By byte, its value in base64 (64: none), then its value as a hex digit (16: none). */
function alphabetValues(): Uint8Array {
  const values = new Uint8Array(512).fill(64, 0, 256).fill(16, 256)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (const [value, character] of [...alphabet].entries()) values[character.charCodeAt(0)] = value
  values['-'.charCodeAt(0)] = 62
  values['_'.charCodeAt(0)] = 63
  for (let value = 0; value < 16; value++)
    for (const digit of [value.toString(16), value.toString(16).toUpperCase()])
      values[256 + digit.charCodeAt(0)] = value
  return values
}

/** Of a text in which nothing is encoded. */
export const NO_RUNS: Runs = { narrow: [], wide: new Uint32Array() }

function readRuns(kernel: Kernel, { runsAt }: Layout): Runs {
  const words = new Uint32Array(kernel.memory.buffer, runsAt, kernel.runCount() * 2)
  if (words.length === 0) return NO_RUNS
  const narrow: Run[] = []
  const wide = new Uint32Array(words.length)
  let length = 0
  for (let index = 0; index < words.length; index += 2) {
    const second = words[index + 1] as number
    const start = words[index] as number
    const end = second & ((1 << KIND_SHIFT) - 1)
    const kind = RUN_KINDS[(second >>> KIND_SHIFT) - 1]
    if (kind !== undefined) narrow.push({ kind, start, end })
    else {
      wide[length] = start
      wide[length + 1] = end
      length += 2
    }
  }
  return { narrow, wide: wide.subarray(0, length) }
}

function reserve(kernel: Kernel, bytes: number): void {
  const missing = bytes - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE))
}

interface Layout {
  readonly textAt: number
  readonly hitsAt: number
  readonly runsAt: number
  readonly slack: number
}

function findAll(
  kernel: Kernel,
  bytes: Uint8Array,
  { textAt, hitsAt, slack }: Layout,
  take: (hits: Uint32Array) => void,
): void {
  reserve(kernel, textAt + bytes.length + PADDING)
  const memory = new Uint8Array(kernel.memory.buffer)
  memory.set(bytes, textAt)
  // What an earlier text left behind the end must not look like a part of this one.
  memory.fill(0, textAt + bytes.length, textAt + bytes.length + PADDING)
  let from = 0
  do {
    from = kernel.find(textAt, from, bytes.length, slack)
    take(new Uint32Array(kernel.memory.buffer, hitsAt, kernel.hitCount() * 2))
  } while (from < bytes.length)
}
