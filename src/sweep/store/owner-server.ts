// The process that owns an embedded store answers others on a socket in the store's folder (0600 in a 0700 folder): status, findings,
// acknowledgements while a sweep runs. Only its own user can reach it.
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Database, Parameter, Queries } from './database.js'
import { decodeLine, encodeLine, linesOf } from './wire.js'

export const socketPath = (folder: string): string => join(folder, 'owner.sock')

/** Characters of one request. */
const MOST_REQUEST = 8 * 1024 * 1024
/** ms that a transaction of another process may hold up the sweep. */
const TRANSACTION_LIMIT = 20_000

export type OwnerRequest =
  | { readonly id: number; readonly do: 'query'; readonly sql: string; readonly parameters: readonly Parameter[] }
  | { readonly id: number; readonly do: 'script'; readonly sql: string }
  | { readonly id: number; readonly do: 'begin' | 'commit' | 'rollback' }

export type OwnerAnswer =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly error: { readonly message: string; readonly code?: string } }

export async function serveOwner(folder: string, database: Database): Promise<{ close(): Promise<void> }> {
  const path = socketPath(folder)
  // Left behind by a process that was killed: the lock is ours, so nobody listens there.
  await rm(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    void new Conversation(socket, database).run()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  server.unref()
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(path, { force: true })
    },
  }
}

/** One other process: its statements one after another, at most one transaction. */
class Conversation {
  readonly #socket: Socket
  readonly #database: Database
  #transaction:
    | { readonly queries: Queries; readonly end: (error?: Error) => void; readonly done: Promise<void> }
    | undefined

  constructor(socket: Socket, database: Database) {
    this.#socket = socket
    this.#database = database
  }

  async run(): Promise<void> {
    try {
      for await (const line of linesOf(this.#socket, MOST_REQUEST)) {
        const request = decodeLine<OwnerRequest>(line)
        this.#socket.write(encodeLine(await this.#answer(request)))
      }
    } catch {
      this.#socket.destroy()
    } finally {
      this.#transaction?.end(new Error('the asking process went away'))
    }
  }

  async #answer(request: OwnerRequest): Promise<OwnerAnswer> {
    const { id } = request
    try {
      return { id, rows: await this.#perform(request) }
    } catch (error) {
      const { message, code } = error as { message: string; code?: string }
      return { id, error: { message, ...(code === undefined ? {} : { code }) } }
    }
  }

  async #perform(request: OwnerRequest): Promise<readonly unknown[]> {
    const queries = this.#transaction?.queries ?? this.#database
    if (request.do === 'query') return queries.query(request.sql, request.parameters)
    if (request.do === 'script') await queries.script(request.sql)
    else if (request.do === 'begin') await this.#begin()
    else await this.#end(request.do)
    return []
  }

  async #begin(): Promise<void> {
    if (this.#transaction !== undefined) throw new Error('a transaction is open')
    let end: (error?: Error) => void = () => {}
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error === undefined ? resolve() : reject(error))
    })
    const timer = setTimeout(() => end(new Error('the transaction took too long')), TRANSACTION_LIMIT)
    await new Promise<void>((begun, failed) => {
      const done = this.#database
        .transaction(async (queries) => {
          this.#transaction = { queries, end, done }
          begun()
          await ended
        })
        .finally(() => {
          clearTimeout(timer)
          this.#transaction = undefined
        })
      done.catch(failed)
    })
  }

  async #end(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.#transaction
    if (transaction === undefined) throw new Error('no transaction is open')
    transaction.end(how === 'commit' ? undefined : new Error('rolled back'))
    await transaction.done.catch((error: unknown) => {
      if (how === 'commit') throw error
    })
  }
}
