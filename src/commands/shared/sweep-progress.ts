// How far a sweep is, on standard error: one moving line on a terminal, a plain line now and then elsewhere.
import type { Ora } from 'ora'
import { count, sizeText } from '../../report/wording.js'
import { wrap } from '../../support/wrap.js'
import type { SweepEvent } from '../../sweep/work/tools.js'

export interface SweepProgress {
  on(event: SweepEvent): void
  /** A line that stays. */
  say(line: string): void
  stop(): void
}

/** ms */
const PLAIN_INTERVAL = 10_000
const TERMINAL_INTERVAL = 100

const HOW_TO_STOP = 'Ctrl-C stops the sweep; the next one goes on from there.'

class Tally {
  readonly #startedAt = performance.now()
  #layers = 0
  #failed = 0
  #images = 0
  #repositories = 0
  #bytes = 0

  add(event: SweepEvent): void {
    if (event.type === 'bytes') this.#bytes += event.delta
    else if (event.type === 'image') this.#images++
    else if (event.type === 'layer') this.#layers++
    else if (event.type === 'repository') this.#repositories++
    if ('failed' in event && event.failed) this.#failed++
  }

  text(): string {
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1000)
    const parts = [
      count(this.#repositories, 'repository').replace(/ys$/, 'ies'),
      count(this.#images, 'image'),
      count(this.#layers, 'layer'),
      sizeText(this.#bytes),
      `${sizeText(this.#bytes / seconds)}/s`,
    ]
    return this.#failed === 0 ? parts.join('  ') : `${parts.join('  ')}  ${this.#failed} failed`
  }
}

/**
 * Standard error must be a terminal, and CI unset, for anything that moves. `counts`: how far it is; without it what happened is said all
 * the same (a service has no other way to tell). `quiet`: nothing is.
 */
export async function startSweepProgress({
  counts,
  quiet,
}: {
  readonly counts: boolean
  readonly quiet: boolean
}): Promise<SweepProgress> {
  if (quiet) return { on: () => undefined, say: () => undefined, stop: () => undefined }
  if (!counts) return plainLines()
  const isTerminal = process.stderr.isTTY === true && process.stderr.columns > 0
  const moving = isTerminal && (process.env.CI ?? '') === '' && process.env.TERM !== 'dumb'
  return moving ? movingProgress() : plainProgress()
}

/** Behind the mark that ora sets. */
const broken = (message: string): string => wrap(message, Math.max(NARROWEST, process.stderr.columns - MARK), MARK)
const MARK = 2
/** Columns. */
const NARROWEST = 20

async function movingProgress(): Promise<SweepProgress> {
  const { default: ora } = await import('ora')
  const tally = new Tally()
  const spinner: Ora = ora({ text: 'sweep', stream: process.stderr, discardStdin: false }).start()
  let shownAt = 0
  let hasToldHow = false
  return {
    on: (event) => {
      tally.add(event)
      if (event.type === 'trouble') spinner.warn(broken(event.message)).start()
      if (event.type === 'retry') spinner.info(broken(event.message)).start()
      if (event.type === 'trouble' && event.waits === true && !hasToldHow) {
        hasToldHow = true
        spinner.info(HOW_TO_STOP).start()
      }
      if (performance.now() - shownAt < TERMINAL_INTERVAL) return
      shownAt = performance.now()
      spinner.text = tally.text()
    },
    say: (line) => void spinner.info(line).start(tally.text()),
    stop: () => void spinner.stop(),
  }
}

function plainLines(): SweepProgress {
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  return {
    on: (event) => {
      if (event.type === 'trouble') say(event.message)
    },
    say,
    stop: () => undefined,
  }
}

function plainProgress(): SweepProgress {
  const lines = plainLines()
  const tally = new Tally()
  let shownAt = performance.now()
  return {
    ...lines,
    on: (event) => {
      tally.add(event)
      lines.on(event)
      if (performance.now() - shownAt < PLAIN_INTERVAL) return
      shownAt = performance.now()
      lines.say(`sweep: ${tally.text()}`)
    },
  }
}
