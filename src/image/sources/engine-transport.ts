// How bytes get to an engine: an http agent that opens a socket, TLS, or the user's own ssh program. dockerode's own way of connecting
// is not used: it counts a slow answer as a failed connection, and its ssh would be a stack of our own.
import { spawn } from 'node:child_process'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { printable } from '../../support/printable.js'
import type { EngineAddress } from './docker-connection.js'

/** ms until a connection stands. An answer may take as long as it takes: an engine writes 30 GB to its own disk before it sends a byte. */
const CONNECT_LIMIT = 10_000
/** The system's own word, as when it gives up by itself. */
const NO_CONNECTION = 'ETIMEDOUT'
/** ssh itself gives up after this many seconds. */
const SSH_LIMIT = 30
/** Bytes of what ssh says that are kept for the error. */
const SSH_WORDS = 1000

type Reached<Kind extends EngineAddress['kind']> = Extract<EngineAddress, { kind: Kind }>

/** An agent whose every connection goes to `address`, whatever host a request names. */
export function engineAgent(address: EngineAddress, limit = CONNECT_LIMIT): Agent {
  const createConnection = (): Duplex => open(address, limit)
  return Object.assign(new Agent({ keepAlive: false }), { createConnection })
}

function open(address: EngineAddress, limit: number): Duplex {
  if (address.kind === 'ssh') return overSsh(address)
  if (address.kind === 'socket') return limited(connect(address.path), 'connect', limit)
  const { host, port, tls } = address
  if (tls === undefined) return limited(connect({ host, port }), 'connect', limit)
  const { verify, ...material } = tls
  return limited(connectTls({ host, port, ...material, rejectUnauthorized: verify }), 'secureConnect', limit)
}

function limited(socket: Socket, reached: 'connect' | 'secureConnect', limit: number): Socket {
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('no connection in time'), { code: NO_CONNECTION }))
  }, limit)
  for (const event of [reached, 'close']) socket.once(event, () => clearTimeout(timer))
  return socket
}

/**
 * `docker system dial-stdio` on the other machine joins its socket to ssh's standard streams, as the docker client does it. The stream
 * ends when ssh has, so that what ssh says of a failure comes before the end.
 */
function overSsh(address: Reached<'ssh'>): Duplex {
  const child = spawn('ssh', sshArguments(address), { stdio: ['pipe', 'pipe', 'pipe'] })
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Uint8Array, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill()
      done(error)
    },
  })
  const fail = (reason: string): void => {
    stream.destroy(new Error(reason))
  }
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-SSH_WORDS)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause()
  })
  child.stdin.on('error', () => undefined)
  child.on('error', (error) => fail(`the ssh program does not start: ${error.message}`))
  child.on('close', (code) => {
    if (code === 0) stream.push(null)
    else fail(printable(words.trim()) || `ssh ended with ${code}`)
  })
  return stream
}

function sshArguments({ host, port, user, path }: Reached<'ssh'>): readonly string[] {
  return [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '-T',
    '-o',
    `ConnectTimeout=${SSH_LIMIT}`,
    '--',
    host,
    'docker',
    ...(path === undefined ? [] : ['--host', `unix://${path}`]),
    'system',
    'dial-stdio',
  ]
}
