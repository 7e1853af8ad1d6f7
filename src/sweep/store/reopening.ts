// A store for a process that lives longer than those it asks: where the owner of an embedded store or the server went away, it is opened
// again. For reading only: what is asked again may have been answered before.
import { StoreError } from '../../support/errors.js'
import type { Database } from './database.js'

/** An error that the database itself answered with (SQLSTATE) will not be another one on a new connection. */
function isAnswer(error: unknown): boolean {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return !(error instanceof StoreError) && typeof code === 'string' && /^(?!08|57P)[0-9A-Z]{5}$/.test(code)
}

/** `open` is called at once, and again after a connection has failed. Its errors are those of the query that needed it. */
export async function reopeningDatabase(open: () => Promise<Database>): Promise<Database> {
  let current = open()
  const { kind } = await current
  /** In place of the connection that failed, unless somebody else has done it: of all who ask, one opens. */
  const reopened = (failed: Promise<Database>): Promise<Database> => {
    if (current === failed) current = failed.then((database) => database.close()).then(open, open)
    return current
  }
  const retried = async <Result>(ask: (database: Database) => Promise<Result>): Promise<Result> => {
    const asked = current
    try {
      return await ask(await asked)
    } catch (error) {
      if (isAnswer(error)) throw error
      return ask(await reopened(asked))
    }
  }
  return {
    kind,
    query: (sql, parameters) => retried((database) => database.query(sql, parameters)),
    script: (sql) => retried((database) => database.script(sql)),
    transaction: (work) => retried((database) => database.transaction(work)),
    close: async () => (await current).close(),
  }
}
