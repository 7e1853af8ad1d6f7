// What runs, on standard error: a spinner and a bar on a terminal, plain lines elsewhere, nothing where progress is off.
import type { Ora } from 'ora'
import { count, durationText, sizeText } from '../../report/wording.js'
import type { ScanEvent } from '../../scan/types.js'
import { printable } from '../../support/printable.js'

export interface Progress {
  on(event: ScanEvent): void
  /** Clears the line; nothing is shown afterwards. */
  stop(): void
}

export interface ProgressOptions {
  readonly shown: boolean
  readonly color: boolean
  /** What is scanned, in a few words. */
  readonly title: string
}

const BAR_WIDTH = 20
/** Without a terminal one line is written at most this often, in ms; every finished layer has its own line. */
const PLAIN_INTERVAL = 10_000
const TERMINAL_INTERVAL = 100
/** ms. Shorter waits are not worth a word. */
const LONG_WAIT = 2000

interface Tally {
  readonly startedAt: number
  /** "3/30" where there are several targets. */
  target: string
  layers: number
  /** Of `layers`. */
  cached: number
  allLayers: number
  bytes: number
  allBytes: number
  /** Whether the present source tells how far it has been read; else what was scanned counts. */
  tellsReading: boolean
}

function newTally(): Tally {
  return {
    startedAt: performance.now(),
    target: '',
    layers: 0,
    cached: 0,
    allLayers: 0,
    bytes: 0,
    allBytes: 0,
    tellsReading: false,
  }
}

function add(tally: Tally, event: ScanEvent): void {
  if (event.type === 'target') {
    if (event.of > 1) tally.target = `${event.index}/${event.of}`
  } else if (event.type === 'opened') {
    tally.allLayers += event.layers ?? 0
    tally.allBytes += event.bytes ?? 0
    tally.tellsReading = event.bytes !== undefined
  } else if (event.type === (tally.tellsReading ? 'read' : 'bytes')) tally.bytes += event.delta
  else if (event.type === 'layer') {
    tally.layers++
    if (event.cached) tally.cached++
  }
}

function bar(done: number): string {
  const filled = Math.round(Math.min(1, done) * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}

/** "3/9 layers (1 from the cache)  123 MB of 412 MB  210 MB/s  1.4 s left", as far as the totals are known. */
function amounts(tally: Tally): string {
  const seconds = (performance.now() - tally.startedAt) / 1000
  const rate = seconds > 0 ? tally.bytes / seconds : 0
  const parts = tally.target === '' ? [] : [tally.target]
  const cached = tally.cached === 0 ? '' : ` (${tally.cached} from the cache)`
  // A container is read without its image's layers.
  if (tally.allLayers > 0) parts.push(`${tally.layers}/${count(tally.allLayers, 'layer')}${cached}`)
  else if (tally.layers > 0) parts.push(`${count(tally.layers, 'layer')}${cached}`)
  // What the cache knows is not read.
  const isUnread = tally.bytes === 0 && tally.layers > 0
  if (tally.allBytes > 0) parts.push(`${sizeText(tally.bytes)} of ${sizeText(tally.allBytes)}`)
  else if (!isUnread) parts.push(sizeText(tally.bytes))
  if (!isUnread) parts.push(`${sizeText(rate)}/s`)
  // Of an archive whose layers are known not all bytes are read.
  const isOver = tally.allLayers > 0 && tally.layers >= tally.allLayers
  if (tally.allBytes > tally.bytes && rate > 0 && !isOver)
    parts.push(`${durationText(((tally.allBytes - tally.bytes) / rate) * 1000)} left`)
  return parts.join('  ')
}

function barText(title: string, tally: Tally): string {
  const known = tally.allBytes > 0 || tally.allLayers > 0
  const done = tally.allBytes > 0 ? tally.bytes / tally.allBytes : tally.layers / Math.max(1, tally.allLayers)
  return known ? `${title}  ${bar(done)}  ${amounts(tally)}` : `${title}  ${amounts(tally)}`
}

/** "waits 30 s: registry.example answers 429"; undefined for what is no long wait. */
function waitText(event: ScanEvent): string | undefined {
  if (event.type !== 'waiting' || event.ms < LONG_WAIT) return undefined
  return `waits ${durationText(event.ms)}: ${printable(event.why)}`
}

async function terminalProgress(title: string, color: boolean): Promise<Progress> {
  const { default: ora } = await import('ora')
  // Standard input may be the archive that is scanned: ora must not read it.
  const spinner: Ora = ora({
    text: title,
    stream: process.stderr,
    discardStdin: false,
    ...(color ? {} : { color: false as const }),
  }).start()
  const tally = newTally()
  let shownAt = 0
  return {
    on(event) {
      add(tally, event)
      const wait = waitText(event)
      if (wait === undefined && performance.now() - shownAt < TERMINAL_INTERVAL) return
      shownAt = performance.now()
      spinner.text = wait === undefined ? barText(title, tally) : `${title}  ${wait}`
    },
    stop: () => void spinner.stop(),
  }
}

function plainProgress(title: string): Progress {
  const tally = newTally()
  let shownAt = performance.now()
  const line = (): void => {
    shownAt = performance.now()
    process.stderr.write(`${title}: ${amounts(tally)}\n`)
  }
  return {
    on(event) {
      add(tally, event)
      const wait = waitText(event)
      if (wait !== undefined) process.stderr.write(`${title}: ${wait}\n`)
      else if (event.type === 'layer' || performance.now() - shownAt > PLAIN_INTERVAL) line()
    },
    stop: () => undefined,
  }
}

/** Starts to show progress. Standard error must be a terminal, and CI unset, for anything that moves. */
export async function startProgress({ shown, color, title }: ProgressOptions): Promise<Progress> {
  if (!shown) return { on: () => undefined, stop: () => undefined }
  // A terminal that says it has no columns (a pseudo-terminal nobody looks at) would make ora erase lines for ever.
  const isTerminal = process.stderr.isTTY === true && process.stderr.columns > 0
  const moving = isTerminal && (process.env.CI ?? '') === '' && process.env.TERM !== 'dumb'
  return moving ? terminalProgress(title, color) : plainProgress(title)
}
