// Counts newlines and UTF-16 units of UTF-8 bytes: by a WebAssembly kernel where there are many bytes and the processor has SIMD.
import { wasmModule } from '../support/wasm.js'

const NEWLINE = 0x0a
const NOT_ASCII = 0x80808080
/** Bytes from which on the kernel, which needs a copy of them, is faster. */
const MANY = 2048
const PAGE = 64 * 1024

interface Kernel {
  readonly memory: WebAssembly.Memory
  newlines(text: number, length: number): number
  units(text: number, length: number): number
}

let kernel: Kernel | undefined

/** The kernel with `bytes` at PAGE in its memory. */
function loaded(bytes: Uint8Array): Kernel | undefined {
  if (kernel === undefined) {
    const module = wasmModule('count')
    if (module === undefined) return undefined
    kernel = new WebAssembly.Instance(module).exports as unknown as Kernel
  }
  const missing = PAGE + bytes.length - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE))
  new Uint8Array(kernel.memory.buffer, PAGE).set(bytes)
  return kernel
}

/** Line feeds in bytes[start..end). */
export function countNewlines(bytes: Uint8Array, start: number, end: number): number {
  const many = end - start < MANY ? undefined : loaded(bytes.subarray(start, end))
  return many?.newlines(PAGE, end - start) ?? scalarNewlines(bytes, start, end)
}

/** UTF-16 units of bytes[start..end): a byte that begins no character counts none, one that needs a surrogate pair counts two. */
export function countUnits(bytes: Uint8Array, start: number, end: number): number {
  const many = end - start < MANY ? undefined : loaded(bytes.subarray(start, end))
  return many?.units(PAGE, end - start) ?? scalarUnits(bytes, start, end)
}

/** Looks at four bytes at a time: most words of four hold no newline. */
export function scalarNewlines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  let i = start
  while (i < end && ((bytes.byteOffset + i) & 3) !== 0) if (bytes[i++] === NEWLINE) count++
  if (end - i < 4) return count + newlinesIn(bytes, i, end)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, (end - i) >> 2)
  for (let w = 0; w < words.length; w++) {
    const differs = (words[w] ?? 0) ^ 0x0a0a0a0a
    if (((differs - 0x01010101) & ~differs & 0x80808080) === 0) continue
    const at = i + w * 4
    count += newlinesIn(bytes, at, at + 4)
  }
  return count + newlinesIn(bytes, i + words.length * 4, end)
}

function newlinesIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let i = start; i < end; i++) if (bytes[i] === NEWLINE) count++
  return count
}

/** Four bytes at a time where all are ASCII. */
export function scalarUnits(bytes: Uint8Array, start: number, end: number): number {
  const aligned = Math.min(end, start + ((4 - ((bytes.byteOffset + start) & 3)) & 3))
  let units = unitsIn(bytes, start, aligned)
  const count = (end - aligned) >> 2
  if (count === 0) return units + unitsIn(bytes, aligned, end)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, count)
  for (let w = 0; w < count; w++) {
    if (((words[w] ?? 0) & NOT_ASCII) === 0) units += 4
    else units += unitsIn(bytes, aligned + w * 4, aligned + w * 4 + 4)
  }
  return units + unitsIn(bytes, aligned + count * 4, end)
}

function unitsIn(bytes: Uint8Array, start: number, end: number): number {
  let units = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  }
  return units
}
