// The short forms of ports, volumes and devices (compose-spec 05-services.md), taken apart.
import { map, scalar, type TreeNode } from './tree.js'

export interface ParsedVolume {
  readonly type: 'bind' | 'volume'
  readonly source: string
  readonly target: string
  readonly options: readonly string[]
}

/** Splits at colons outside `${…}`, a Windows drive letter kept whole. */
function volumeParts(spec: string): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of spec) {
    const drive = character === ':' && /^[A-Za-z]$/.test(part)
    if (character === ':' && !drive) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part]
}

function isHostPath(source: string): boolean {
  return /^(?:[./~]|\\\\|[A-Za-z]:)/.test(source)
}

/** `[SOURCE:]TARGET[:OPTIONS]`. */
export function parseVolume(spec: string): ParsedVolume {
  if (spec.length <= 2) return { type: 'volume', source: '', target: spec, options: [] }
  const [first = '', second, third] = volumeParts(spec)
  const source = second === undefined ? '' : first
  return {
    type: isHostPath(source) ? 'bind' : 'volume',
    source,
    target: second ?? first,
    options: third?.split(',') ?? [],
  }
}

function normalTarget(target: string): string {
  const absolute = target.startsWith('/')
  const kept: string[] = []
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (part !== '..' || !absolute) kept.push(part)
  }
  return target === '' ? '' : (absolute ? '/' : '') + kept.join('/') || '.'
}

const PROPAGATION = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']

/** The long form of a short volume. */
export function longVolume(spec: string): TreeNode {
  const { type, source, target, options } = parseVolume(spec)
  const entries = new Map<string, TreeNode>([['type', scalar(type)]])
  if (source !== '') entries.set('source', scalar(source))
  entries.set('target', scalar(normalTarget(target)))
  if (options.includes('ro')) entries.set('read_only', scalar(true))
  const bind = new Map<string, TreeNode>()
  for (const option of options) {
    if (PROPAGATION.includes(option)) bind.set('propagation', scalar(option))
    if (option === 'z' || option === 'Z') bind.set('selinux', scalar(option))
  }
  if (type === 'bind') bind.set('create_host_path', scalar(true))
  if (bind.size > 0) entries.set('bind', map(bind))
  if (type === 'volume' && spec.length > 2)
    entries.set('volume', map(options.includes('nocopy') ? [['nocopy', scalar(true)]] : []))
  return map(entries)
}

export function cleanTarget(target: string): string {
  return normalTarget(target)
}

/** The long form of a short device mapping. */
export function longDevice(spec: string): TreeNode {
  const [source = '', target = source, permissions = 'rwm'] = spec.split(':')
  return map([
    ['source', scalar(source)],
    ['target', scalar(target === '' ? source : target)],
    ['permissions', scalar(permissions)],
  ])
}

function portRange(text: string): readonly [number, number] {
  const [from = '', to = from] = text.split('-')
  return [Number(from), Number(to)]
}

function splitPort(spec: string): { ip: string; host: string; container: string; protocol: string } {
  const [ports = '', protocol = 'tcp'] = spec.split('/')
  const parts = ports.split(':')
  const container = parts.pop() ?? ''
  const host = parts.pop() ?? ''
  return { ip: parts.join(':').replace(/^\[|\]$/g, ''), host, container, protocol: protocol.toLowerCase() }
}

const MAX_PORT = 65_535

/** The long forms of a short port, `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, one for each port of a range; undefined where it is malformed. */
export function longPorts(spec: string): readonly TreeNode[] | undefined {
  const { ip, host, container, protocol } = splitPort(spec)
  const [from, to] = portRange(container)
  const [hostFrom, hostTo] = portRange(host === '' ? '0' : host)
  const valid =
    [from, to, hostFrom, hostTo].every((port) => Number.isInteger(port) && port >= 0 && port <= MAX_PORT) &&
    from > 0 &&
    to >= from
  const fits = host === '' || hostTo - hostFrom === to - from || from === to
  if (!valid || !fits || hostTo < hostFrom) return undefined
  const published = (index: number) =>
    from === to && hostFrom !== hostTo ? `${hostFrom}-${hostTo}` : String(hostFrom + index)
  const keyed = Array.from({ length: to - from + 1 }, (_, index) => {
    const entries = new Map<string, TreeNode>([['mode', scalar('ingress')]])
    if (ip !== '') entries.set('host_ip', scalar(ip))
    entries.set('target', scalar(from + index))
    if (host !== '') entries.set('published', scalar(published(index)))
    entries.set('protocol', scalar(protocol))
    return { key: String(from + index), port: map(entries) }
  })
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ port }) => port)
}
