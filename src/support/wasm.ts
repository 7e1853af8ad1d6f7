// Loads the WebAssembly kernels that ship with the package. Each is compiled once a thread.
import { readFileSync } from 'node:fs'
import { asset } from './package-root.js'

const modules = new Map<string, WebAssembly.Module | undefined>()

/** The kernel of the asset `name`.wasm; undefined where this processor lacks what it needs (SIMD). */
export function wasmModule(name: string): WebAssembly.Module | undefined {
  if (!modules.has(name)) modules.set(name, compile(name))
  return modules.get(name)
}

function compile(name: string): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(readFileSync(asset(`${name}.wasm`)))
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined
    throw error
  }
}
