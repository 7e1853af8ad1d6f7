// A Database that asks the process which owns the embedded store (owner-server.ts).
import { connect, type Socket } from 'node:net'
import { StoreError } from '../../support/errors.js'
import { Turn } from '../../support/turn.js'
import type { Database, Parameter, Queries } from './database.js'
import { type OwnerAnswer, type OwnerRequest, socketPath } from './owner-server.js'
import { decodeLine, encodeLine, linesOf } from './wire.js'

/** Characters of one answer. */
const MOST_ANSWER = 512 * 1024 * 1024

type Request = OwnerRequest extends infer Each ? (Each extends unknown ? Omit<Each, 'id'> : never) : never

/** Undefined where no process answers there. */
export async function askOwner(folder: string): Promise<Database | undefined> {
  const socket = await new Promise<Socket | undefined>((resolve) => {
    const attempt = connect(socketPath(folder))
    attempt.once('connect', () => resolve(attempt))
    attempt.once('error', () => resolve(undefined))
  })
  return socket === undefined ? undefined : databaseOver(new Exchange(socket))
}

function databaseOver(exchange: Exchange): Database {
  const queries: Queries = {
    query: async <Row>(sql: string, parameters: readonly Parameter[] = []) =>
      (await exchange.ask({ do: 'query', sql, parameters })) as Row[],
    script: async (sql) => {
      await exchange.ask({ do: 'script', sql })
    },
  }
  // The owner keeps one transaction for each process that asks: what else this one asks would become part of it.
  const turn = new Turn()
  return {
    kind: 'embedded',
    query: (sql, parameters) => turn.take(() => queries.query(sql, parameters)),
    script: (sql) => turn.take(() => queries.script(sql)),
    transaction: (work) => turn.take(() => inTransaction(exchange, queries, work)),
    close: async () => exchange.close(),
  }
}

async function inTransaction<Result>(
  exchange: Exchange,
  queries: Queries,
  work: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  await exchange.ask({ do: 'begin' })
  try {
    const result = await work(queries)
    await exchange.ask({ do: 'commit' })
    return result
  } catch (error) {
    await exchange.ask({ do: 'rollback' }).catch(() => {})
    throw error
  }
}

interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void
  readonly reject: (error: Error) => void
}

/** Requests and their answers. */
class Exchange {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #next = 1
  #closed = false

  constructor(socket: Socket) {
    this.#socket = socket
    void this.#listen()
  }

  ask(request: Request): Promise<readonly unknown[]> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(gone())
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(encodeLine({ ...request, id }))
    })
  }

  close(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  async #listen(): Promise<void> {
    try {
      for await (const line of linesOf(this.#socket, MOST_ANSWER)) this.#hear(decodeLine<OwnerAnswer>(line))
    } catch {
      // Told below.
    }
    this.#closed = true
    for (const { reject } of this.#waiting.values()) reject(gone())
    this.#waiting.clear()
  }

  #hear(answer: OwnerAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('rows' in answer) waiting?.resolve(answer.rows)
    else waiting?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
  }
}

const gone = (): StoreError =>
  new StoreError('The sweep that holds the store went away.', { hint: 'Run the command again.' })
