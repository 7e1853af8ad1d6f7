// Work on the calling thread that is ended where it takes too long: a regular expression without end cannot be stopped otherwise.
import { type Context, createContext, Script } from 'node:vm'

const CALL = new Script('work()')

/** One a thread: making it takes longer than a call. */
let context: Context | undefined

/**
 * What `work` gives; 'hung' where it ran longer than `milliseconds`, and then whatever it was changing is in an unknown state. What it
 * does behind its first await is not watched.
 */
export function watched<Result>(work: () => Result, milliseconds: number): Result | 'hung' {
  context ??= createContext({})
  context.work = work
  try {
    return CALL.runInContext(context, { timeout: milliseconds }) as Result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'hung'
    throw error
  } finally {
    context.work = undefined
  }
}
