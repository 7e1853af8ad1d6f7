// A request whose answer has no body (HEAD), without what undici's request() makes for one: a sweep asks for each tag by one, and does nothing
// else where nothing is new.
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

export interface BodilessRequest {
  readonly headers: Readonly<Record<string, string>>
  /** ms without a byte. */
  readonly idleTimeout: number
  readonly signal: AbortSignal
}

export interface BodilessResponse {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
}

/** Asks by HEAD over a connection that is kept. Rejects with undici's error, or with the signal's reason. */
export function head(
  dispatcher: Dispatcher,
  url: URL,
  { headers, idleTimeout, signal }: BodilessRequest,
): Promise<BodilessResponse> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let received: IncomingHttpHeaders = {}
    const leave = onAbort(signal, (reason) => {
      controller?.abort(asError(reason))
      reject(reason)
    })
    const options: Dispatcher.DispatchOptions = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'HEAD',
      headers,
      // undici closes a connection after a HEAD unless told not to: a sweep would shake hands once for each tag.
      reset: false,
      headersTimeout: idleTimeout,
      bodyTimeout: idleTimeout,
    }
    dispatcher.dispatch(options, {
      onRequestStart: (started) => {
        controller = started
        if (signal.aborted) started.abort(asError(signal.reason))
      },
      onResponseStart: (_, code, answered) => {
        status = code
        received = answered
      },
      onResponseData: () => {},
      onResponseEnd: () => {
        leave()
        resolve({ statusCode: status, headers: received })
      },
      onResponseError: (_, error) => {
        leave()
        reject(error)
      },
    })
  })
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error('aborted'))

type Stop = (reason: unknown) => void
const LISTENING = new WeakMap<AbortSignal, Set<Stop>>()

/** Calls `stop` when the signal is aborted, until the function that it gives is called. One listener a signal: adding one takes longer than the rest. */
function onAbort(signal: AbortSignal, stop: Stop): () => void {
  if (signal.aborted) {
    stop(signal.reason)
    return () => {}
  }
  const stops = LISTENING.get(signal) ?? listen(signal)
  stops.add(stop)
  return () => void stops.delete(stop)
}

function listen(signal: AbortSignal): Set<Stop> {
  const stops = new Set<Stop>()
  LISTENING.set(signal, stops)
  signal.addEventListener(
    'abort',
    () => {
      for (const stop of [...stops]) stop(signal.reason)
    },
    { once: true },
  )
  return stops
}
