// The read-only page of a sweep's store: HTTP on the loopback, for the people of this machine. It has no login, sets no cookie, changes
// nothing, and answers only to the names that this machine has for itself.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NotFoundError, UsageError } from '../../support/errors.js'
import type { Database } from '../store/database.js'
import type { Titles } from './finding-list.js'
import { html } from './html.js'
import { document } from './layout.js'
import { metricsText } from './metrics.js'
import { RememberedPages } from './remembered.js'
import { PAGES } from './routes.js'
import { ICON, STYLE } from './style.js'

export interface PageOptions {
  readonly database: Database
  /** Of the rules, by id. */
  readonly titles: Titles
  readonly version: string
  /** 0: any that is free. */
  readonly port: number
  /** host[:port] of a reverse proxy under which the page is asked for too. */
  readonly allowedHosts: readonly string[]
  /** Told of what went wrong inside; the browser is not. */
  readonly onError: (error: unknown) => void
}

export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * The policy of every answer: nothing but the style sheet and the icon of this server is loaded, nothing runs, nothing may frame it. The
 * address of a page (it may hold a fingerprint) is told to nobody.
 */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const asHtml = (status: number, body: string): Answer => ({ status, type: 'text/html; charset=utf-8', body })
const asText = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

function errorPage(status: number, title: string, lead: string): Answer {
  return asHtml(status, document({ path: '', title, lead, body: html`<p><a href="/">Overview</a></p>` }))
}

/** A stranger's site can let its own name lead to this machine (DNS rebinding): the Host header tells. */
function isOwnName(host: string | undefined, port: number, allowed: readonly string[]): boolean {
  if (host === undefined) return false
  const name = host.toLowerCase()
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(name) || allowed.includes(name)
}

async function health(database: Database): Promise<Answer> {
  try {
    await database.query('SELECT 1')
    return asText(200, 'ok\n')
  } catch {
    return asText(503, 'the store cannot be asked\n')
  }
}

async function answerTo(url: URL, options: PageOptions, made: RememberedPages<Answer>): Promise<Answer> {
  const { database, titles, version } = options
  switch (url.pathname) {
    case '/style.css':
      return { status: 200, type: 'text/css; charset=utf-8', body: STYLE }
    case '/icon.svg':
      return { status: 200, type: 'image/svg+xml', body: ICON }
    case '/healthz':
      return health(database)
    case '/metrics':
      return {
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        body: await metricsText(database, version),
      }
  }
  const page = PAGES.get(url.pathname)
  if (page === undefined) return errorPage(404, 'No such page', 'There is nothing at this address.')
  return made.page(`${url.pathname}${url.search}`, database, async () =>
    asHtml(200, document(await page({ database, titles, query: url.searchParams }))),
  )
}

async function answer(
  request: IncomingMessage,
  port: number,
  options: PageOptions,
  made: RememberedPages<Answer>,
): Promise<Answer> {
  if (!isOwnName(request.headers.host, port, options.allowedHosts))
    return asText(421, 'This page answers to 127.0.0.1, localhost and the names given with --allow-host.\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') return asText(405, 'This page is read only.\n')
  if (!URL.canParse(request.url ?? '', 'http://localhost')) return asText(400, 'This is no address.\n')
  try {
    return await answerTo(new URL(request.url ?? '/', 'http://localhost'), options, made)
  } catch (error) {
    if (error instanceof NotFoundError) return errorPage(404, 'Not found', error.message)
    options.onError(error)
    return errorPage(
      500,
      'Something went wrong',
      'The store could not be asked. The process that serves this page has said why.',
    )
  }
}

function send(response: ServerResponse, { status, type, body }: Answer, withBody: boolean): void {
  const bytes = Buffer.from(body)
  const allow = status === 405 ? { allow: 'GET, HEAD' } : {}
  response.writeHead(status, { ...HEADERS, ...allow, 'content-type': type, 'content-length': bytes.length })
  response.end(withBody ? bytes : undefined)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(`Port ${port} of this machine cannot be used (${error.code}).`, {
          hint: 'Give another one with --port, or --port 0 for any that is free.',
        }),
      ),
    )
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Makes the sections before anybody asks. Not in a folder's store: its one connection may be that of a sweep at work. */
async function warmUp(options: PageOptions, made: RememberedPages<Answer>): Promise<void> {
  for (const path of PAGES.keys())
    if (path !== '/secret') await answerTo(new URL(path, 'http://localhost'), options, made).catch(() => undefined)
}

/** Starts serving. @throws UsageError where the port cannot be used. */
export async function startPage(options: PageOptions): Promise<PageServer> {
  let port = options.port
  const made = new RememberedPages<Answer>()
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      answer(request, port, options, made).then(
        (ready) => send(response, ready, request.method !== 'HEAD'),
        (error) => {
          options.onError(error)
          response.destroy()
        },
      )
    },
  )
  port = await listen(server, options.port)
  if (options.database.kind === 'postgres') void warmUp(options, made)
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
