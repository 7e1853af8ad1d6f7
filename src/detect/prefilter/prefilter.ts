// Where do anchors stand in a text? A WebAssembly kernel over one linear memory; texts are copied in, only offsets come out.
import { readFileSync } from 'node:fs'
import { asset } from '../../support/package-root.js'
import type { Anchor } from '../pattern/anchors.js'
import { buildTables } from './tables.js'

const PAGE = 64 * 1024
/** Hits that fit before the caller takes them; one hit is 8 bytes. */
const HIT_ROOM = 32 * 1024
/** The kernel reads whole blocks beyond a text's end. */
const PADDING = 64
const LANES = 16

interface Kernel {
  readonly memory: WebAssembly.Memory
  setUp(...places: number[]): void
  find(text: number, from: number, length: number, slack: number): number
  hitCount(): number
}

export interface Prefilter {
  /** Calls `hit` for every place where an anchor (by its number in the list) begins. The order is not that of the places. */
  find(bytes: Uint8Array, hit: (anchor: number, start: number) => void): void
}

const modules = new Map<string, WebAssembly.Module>()

function compile(name: string): WebAssembly.Module {
  let module = modules.get(name)
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(asset(name)))
    modules.set(name, module)
  }
  return module
}

/** The module for this processor: with SIMD where it has it. */
function kernelModule(simd: boolean): WebAssembly.Module {
  if (!simd) return compile('prefilter.wasm')
  try {
    return compile('prefilter-simd.wasm')
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return compile('prefilter.wasm')
    throw error
  }
}

/** @param options.simd false: the scalar kernel, for processors without SIMD. */
export function createPrefilter(anchors: readonly Anchor[], options: { readonly simd?: boolean } = {}): Prefilter {
  const kernel = new WebAssembly.Instance(kernelModule(options.simd ?? true)).exports as unknown as Kernel
  const tables = buildTables(anchors)
  const places: number[] = []
  let top = PAGE
  for (const table of [tables.bitmap, tables.heads, tables.entries, tables.sequences, tables.sets, tables.masks]) {
    places.push(top)
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength)
    reserve(kernel, top + bytes.length)
    new Uint8Array(kernel.memory.buffer).set(bytes, top)
    top += Math.ceil(bytes.length / 64) * 64
  }
  const hitsAt = top
  const textAt = hitsAt + HIT_ROOM * 8
  reserve(kernel, textAt + PADDING)
  kernel.setUp(...places, hitsAt, HIT_ROOM)
  const slack = LANES * tables.longestChain
  return { find: (bytes, hit) => findAll(kernel, bytes, { textAt, hitsAt, slack }, hit) }
}

function reserve(kernel: Kernel, bytes: number): void {
  const missing = bytes - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE))
}

interface Layout {
  readonly textAt: number
  readonly hitsAt: number
  readonly slack: number
}

function findAll(
  kernel: Kernel,
  bytes: Uint8Array,
  { textAt, hitsAt, slack }: Layout,
  hit: (anchor: number, start: number) => void,
): void {
  reserve(kernel, textAt + bytes.length + PADDING)
  const memory = new Uint8Array(kernel.memory.buffer)
  memory.set(bytes, textAt)
  // What an earlier text left behind the end must not look like a part of this one.
  memory.fill(0, textAt + bytes.length, textAt + bytes.length + PADDING)
  let from = 0
  do {
    from = kernel.find(textAt, from, bytes.length, slack)
    const count = kernel.hitCount()
    const hits = new Uint32Array(kernel.memory.buffer, hitsAt, count * 2)
    for (let index = 0; index < hits.length; index += 2) hit(hits[index + 1] as number, hits[index] as number)
  } while (from < bytes.length)
}
