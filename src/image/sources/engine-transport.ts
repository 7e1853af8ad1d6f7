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
/** ms that a connection over ssh is kept for another request. */
const SSH_IDLE = 30_000
/** Bytes of what ssh says that are kept for the error. */
const SSH_WORDS = 1000
/** Lines of it that an error has. */
const SSH_LINES = 3

type Reached<Kind extends EngineAddress['kind']> = Extract<EngineAddress, { kind: Kind }>

/** Of ssh, by address, for all clients of the process. */
const sshAgents = new Map<string, Agent>()

/**
 * An agent whose every connection goes to `address`, whatever host a request names. Over ssh connections are used again: each costs a
 * program here and one there, a login, and maybe a question to the user.
 */
export function engineAgent(address: EngineAddress, limit = CONNECT_LIMIT): Agent {
  if (address.kind !== 'ssh') {
    return Object.assign(new Agent({ keepAlive: false }), { createConnection: (): Duplex => open(address, limit) })
  }
  const key = JSON.stringify(address)
  const known = sshAgents.get(key)
  if (known !== undefined) return known
  const idle = new WeakMap<Duplex, NodeJS.Timeout>()
  const agent = Object.assign(new Agent({ keepAlive: true }), {
    createConnection: (): Duplex => overSsh(address),
    // The program may end while a connection waits for its next request, and one that waits long may be cut without a word.
    keepSocketAlive: (stream: Duplex & Held): boolean => {
      stream.unref?.()
      idle.set(stream, setTimeout(() => stream.destroy(), SSH_IDLE).unref())
      return true
    },
    reuseSocket: (stream: Duplex & Held): void => {
      clearTimeout(idle.get(stream))
      stream.ref?.()
    },
  })
  sshAgents.set(key, agent)
  return agent
}

function open(address: Reached<'socket' | 'tcp'>, limit: number): Duplex {
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
 * `docker system dial-stdio` (or Podman's) on the other machine joins its socket to ssh's standard streams, as the docker client does it.
 * The stream ends when ssh has, so that what ssh says of a failure comes before the end.
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
  // Nothing more will come: ssh is let go, rather than kept for a connection that has ended.
  child.stdout.on('end', () => child.stdin.end())
  child.on('error', (error) => fail(`the ssh program does not start: ${error.message}`))
  child.on('close', (code) => {
    if (code === 0) stream.push(null)
    else fail(saidBy(words) || `ssh ended with ${code}`)
  })
  const held = [child, child.stdin, child.stdout, child.stderr] as readonly Held[]
  return Object.assign(stream, {
    ref: () => held.forEach((each) => void each.ref?.()),
    unref: () => held.forEach((each) => void each.unref?.()),
  })
}

/** What keeps the process alive; pipes are sockets, whatever their type says. */
interface Held {
  ref?(): unknown
  unref?(): unknown
}

/** The last of what ssh has said, each line once, for one sentence. */
function saidBy(words: string): string {
  const lines = words.split(/[\r\n]+/).map((line) => line.trim())
  const last = [...new Set(lines.filter((line) => line !== ''))].slice(-SSH_LINES)
  return printable(last.join('; '))
}

/** Each engine has a program of its own for it on the other machine. */
function sshArguments({ engine, host, port, user, path }: Reached<'ssh'>): readonly string[] {
  const [program, socketFlag] = engine === 'podman' ? ['podman', '--url'] : ['docker', '--host']
  return [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '-T',
    '-o',
    `ConnectTimeout=${SSH_LIMIT}`,
    '--',
    host,
    program,
    ...(path === undefined ? [] : [socketFlag, `unix://${path}`]),
    'system',
    'dial-stdio',
  ]
}
