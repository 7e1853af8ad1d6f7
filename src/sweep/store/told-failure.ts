// What a database refuses or cannot do for reasons that are its machine's or the network's, in words for people. Other errors stay as the
// driver has them.
import { StoreError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'

/** The database went away, or will be back in a moment: asking again helps. */
export class StoreAwayError extends StoreError {
  /** The driver's or the server's code (SQLSTATE); empty where it gave none. */
  readonly state: string

  constructor(state: string) {
    super(`The store's PostgreSQL does not answer${state === '' ? '' : ` (${state})`}.`, {
      hint: 'See store in sweep.yaml, and that the server runs and can be reached. Nothing is lost: a sweep goes on where it was.',
    })
    this.state = state
  }
}

/** SQLSTATE disk_full, which PostgreSQL gives for ENOSPC and for a quota. */
const DISK_FULL = /^(?:53100|ENOSPC|EDQUOT)$/

/** SQLSTATE: data or index corrupted, a file of a table missing. */
const DAMAGED = /^(?:XX00[12]|58P01)$/

/** SQLSTATE: connection exceptions, shut down or starting, too many connections. The others: sockets, and names that are not found just now. */
const AWAY =
  /^(?:08...|57P0[1-5]|53300|E(?:CONN(?:REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|NOTCONN|NOENT|AI_AGAIN|NOTFOUND)|ERR_(?:STREAM|SOCKET)_.+)$/

/** What the driver says without a code: of a connection that broke while nothing was asked, too. */
const AWAY_WORDS =
  /^(?:Connection terminated|Client (?:has encountered a connection error|was closed) and is not queryable|timeout (?:exceeded when trying to connect|expired))/

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** `error`, or a StoreError where the store's disk is full, or what is on it damaged. */
export function toldFailure(error: unknown): unknown {
  const code = codeOf(error)
  if (DAMAGED.test(code))
    return new StoreError(`The store is damaged: its PostgreSQL cannot read what it wrote (${code}).`, {
      hint: 'Restore a copy of it. Without one, sweep into a new store: everything is read again, and acknowledgements are lost.',
      cause: error,
    })
  if (!DISK_FULL.test(code)) return error
  return new StoreError('The disk of the store is full.', {
    hint: 'Make room, then run the command again: nothing is lost, and a sweep goes on where it was.',
    cause: error,
  })
}

/** As toldFailure, for the folder of a store and the files that this program itself keeps in it. */
export function toldFolderFailure(error: unknown, folder: string): unknown {
  const code = codeOf(error)
  if (!/^E(?:ACCES|PERM|ROFS|NOTDIR|NOENT|ISDIR|NAMETOOLONG)$/.test(code)) return toldFailure(error)
  return new StoreError(`The store's folder ${printable(folder)} cannot be made or used (${code}).`, {
    hint: 'Check store in sweep.yaml, and that this user may write there.',
    cause: error,
  })
}

/** Also a StoreAwayError where a server does not answer: for a driver's own errors only. Its messages, which may quote the address, do not go on. */
export function toldServerFailure(error: unknown): unknown {
  const code = codeOf(error)
  const isAway = AWAY.test(code) || (error instanceof Error && AWAY_WORDS.test(error.message))
  return isAway ? new StoreAwayError(code) : toldFailure(error)
}

/** The result of `work`, or its error as `tell` has it. */
export async function told<Result>(work: Promise<Result>, tell = toldFailure): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw tell(error)
  }
}

/**
 * The database is well and refuses a value (SQLSTATE class 22, data exception: a number out of range; class 54: too long, too deep): what was
 * to be written is to blame, and would be refused again.
 */
export function refusesValue(error: unknown): boolean {
  return /^(?:22|54)[0-9A-Z]{3}$/.test(codeOf(error))
}

/** Asking again helps: the database is away, or two transactions were in each other's way (SQLSTATE 40001, 40P01). */
export function passesByItself(error: unknown): boolean {
  return error instanceof StoreAwayError || /^(?:40001|40P01)$/.test(codeOf(error))
}
