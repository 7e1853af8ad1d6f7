// Programs run one after the other and measured: by the clock, by processor time, and the most memory that they had. Linux only.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Of /proc/self/stat, a second. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Seconds of the processors that ended children of this process have used. */
function childrenCpu() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0 // It has just ended.
  }
}

/** Runs the program to its end: `seconds` by the clock, `cpu` of the processors, `peak` bytes of memory, its exit `code` and `output`. */
export async function measured(program, args, env = {}) {
  const before = childrenCpu()
  const started = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } })
  let peak = 0
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 20)
  const ended = new Promise((done, fail) => child.on('error', fail).on('close', done))
  const chunks = []
  try {
    for await (const chunk of child.stdout) chunks.push(chunk)
    const code = await ended
    const seconds = (performance.now() - started) / 1000
    return { seconds, cpu: childrenCpu() - before, peak, code, output: Buffer.concat(chunks).toString('utf8') }
  } finally {
    clearInterval(watch)
  }
}

/** As measured(), of the built secretscan; fails where it ends with anything but 0 or 3 (something was not scanned). */
export async function measuredScan(args, env = {}) {
  const run = await measured(process.execPath, [`${root}/bin/run.js`, ...args, '--fail-on', 'never', '--quiet'], env)
  if (run.code !== 0 && run.code !== 3) throw new Error(`secretscan ${args[0]} ended with ${run.code}`)
  return run
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** What `run` gives, `times` times. */
export async function repeated(times, run) {
  const results = []
  for (let index = 0; index < times; index++) results.push(await run())
  return results
}
