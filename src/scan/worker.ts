// A detection worker's entry: units come one after another, results go back. No scanning logic here (unit-scanner.ts).
import { parentPort, workerData } from 'node:worker_threads'
import { garbageCollector } from '../support/collect-garbage.js'
import type { FromWorker, ToWorker, WorkerSetup } from './unit.js'
import { failureOf } from './unit-failure.js'
import { createUnitScanner } from './unit-scanner.js'

const port = parentPort
if (port === null) throw new Error('worker.js is started by the worker pool only')

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
const scanner = createUnitScanner(workerData as WorkerSetup, { alive: () => send({ type: 'alive' }) })

/** Bytes of a stream unit on their way from the main thread to its reader. */
class Inflow {
  readonly #id: number
  readonly #waiting: { bytes: ArrayBuffer; length: number }[] = []
  #ended = false
  #wake: () => void = () => {}

  constructor(id: number) {
    this.#id = id
  }

  push(bytes: ArrayBuffer, length: number): void {
    this.#waiting.push({ bytes, length })
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) {
        // A copy: readers of archives hold on to bytes of a chunk while they wait for the next one.
        const chunk = new Uint8Array(next.bytes.slice(0, next.length))
        send({ type: 'taken', id: this.#id, bytes: next.bytes }, [next.bytes])
        yield chunk
      } else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** What a reader left, so that the sender is not kept waiting. */
  async drain(): Promise<void> {
    for await (const _ of this.read());
  }
}

const collectGarbage = garbageCollector()
const inflows = new Map<number, Inflow>()
let last = Promise.resolve()

async function work(message: Extract<ToWorker, { type: 'unit' }>): Promise<void> {
  const inflow = inflows.get(message.id)
  const result = await scanner.scan(message.unit, inflow?.read())
  await inflow?.drain()
  inflows.delete(message.id)
  send({ type: 'result', id: message.id, result }, result.bytes === undefined ? [] : [result.bytes])
  collectGarbage()
}

function fail(error: unknown): void {
  send({ type: 'failed', ...failureOf(error) })
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'data') inflows.get(message.id)?.push(message.bytes, message.length)
  else if (message.type === 'end') inflows.get(message.id)?.end()
  else {
    if (message.unit.kind === 'stream') inflows.set(message.id, new Inflow(message.id))
    last = last.then(() => work(message)).catch(fail)
  }
})
