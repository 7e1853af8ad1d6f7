// A proxy on the loopback in front of a real registry that breaks what goes through it: cuts, delays, redirects, error answers, lies
// about lengths. What to do with a request is asked once for each.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Fault =
  | { readonly do: 'pass' }
  /** The connection ends after so many bytes of the body. */
  | { readonly do: 'cut'; readonly after: number }
  | { readonly do: 'delay'; readonly ms: number }
  /** To the same place by another name of this machine. */
  | { readonly do: 'redirect' }
  | {
      readonly do: 'answer'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** The body is as it is, its length is told wrongly by so much. */
  | { readonly do: 'lie'; readonly by: number }
  /** One byte of the body is another. */
  | { readonly do: 'flip' }

export interface FaultProxy {
  /** 127.0.0.1:PORT */
  readonly host: string
  /** "GET /v2/…" in order, with what was done. */
  readonly seen: readonly { readonly request: string; readonly fault: Fault['do'] }[]
  /** Asked for each request; replaceable at any time. */
  plan: (request: string) => Fault
  stop(): Promise<void>
}

/** Starts a proxy to `registry` (127.0.0.1:PORT, plain HTTP). */
export async function startFaultProxy(registry: string): Promise<FaultProxy> {
  const seen: { request: string; fault: Fault['do'] }[] = []
  const server = createServer((incoming, response) => {
    const line = `${incoming.method} ${incoming.url}`
    const fault = proxy.plan(line)
    seen.push({ request: line, fault: fault.do })
    handle(incoming, response, fault).catch(() => response.destroy())
  })
  const port = (): number => (server.address() as AddressInfo).port
  async function handle(incoming: IncomingMessage, response: ServerResponse, fault: Fault): Promise<void> {
    if (fault.do === 'delay') await sleep(fault.ms)
    if (fault.do === 'answer') return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '{}')
    if (fault.do === 'redirect')
      return void response.writeHead(307, { location: `http://localhost:${port()}${incoming.url}` }).end()
    const [host, upstreamPort] = registry.split(':')
    const upstream = request(
      {
        host,
        port: upstreamPort,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, host: registry },
      },
      (answer) => void relay(answer, response, fault).catch(() => response.destroy()),
    )
    upstream.on('error', () => response.destroy())
    incoming.pipe(upstream)
  }
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const proxy: FaultProxy = {
    host: `127.0.0.1:${port()}`,
    seen,
    plan: () => ({ do: 'pass' }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return proxy
}

async function relay(answer: IncomingMessage, response: ServerResponse, fault: Fault): Promise<void> {
  const headers = { ...answer.headers }
  if (fault.do === 'lie') headers['content-length'] = String(Number(headers['content-length'] ?? 0) + fault.by)
  response.writeHead(answer.statusCode ?? 502, headers)
  let sent = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (fault.do === 'cut' && sent + chunk.length > fault.after) {
      response.write(chunk.subarray(0, fault.after - sent), () => response.destroy())
      return
    }
    if (fault.do === 'flip' && sent === 0) chunk[chunk.length - 1] = (chunk[chunk.length - 1] ?? 0) ^ 1
    sent += chunk.length
    response.write(chunk)
  }
  response.end()
}
