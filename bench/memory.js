// How much memory a large image takes that comes through a pipe: the archive is made while it is read, nothing of it is on the disk, and
// the program may write to no temporary folder. Prints the peak of its resident memory and exits with 1 above the limit. Linux only.
// Usage: node bench/memory.js [GIB [text|zeros]]  (after npm run build; default: 10 zeros; text takes minutes, since all of it is scanned)
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const gib = Number(process.argv[2] ?? 10)
const kind = process.argv[3] ?? 'zeros'
const MIB = 1024 * 1024
const FILE_MIB = 1024
const LIMIT_MB = 400

/** A tar header (ustar); sizes of 8 GiB and more in base 256, as GNU tar writes them. */
function header(name, size) {
  const block = Buffer.alloc(512)
  block.write(name, 0)
  block.write('0000644\0', 100)
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(size), 128)
  }
  block.write('00000000000\0        0ustar\x0000', 136)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

const padding = (size) => Buffer.alloc((512 - (size % 512)) % 512)

/** 1 MiB of what the files hold: lines of source code, a number in each. */
function filler() {
  if (kind === 'zeros') return Buffer.alloc(MIB)
  let text = ''
  for (let line = 0; text.length < MIB; line++)
    text += `export const setting${line} = read(options.setting${line}, ${line})\n`
  return Buffer.from(text).subarray(0, MIB)
}

/** A line with a password that is made up, and like no other. */
const secret = (place) => Buffer.from(`${place.toUpperCase()}_PASSWORD=${`Winter${2031}`}-${place}-Kx9\n`)

/** The layer: a secret, a file of each GiB, a secret. */
function* layer() {
  const block = filler()
  for (const place of ['first', ...Array(gib).keys(), 'last']) {
    const isSecret = typeof place === 'string'
    const size = isSecret ? secret(place).length : FILE_MIB * MIB
    yield header(isSecret ? `${place}.env` : `file${place}.js`, size)
    if (isSecret) yield secret(place)
    else for (let written = 0; written < FILE_MIB; written++) yield block
    yield padding(size)
  }
  yield Buffer.alloc(1024)
}

function layerSize() {
  const entry = (size) => 512 + size + padding(size).length
  return entry(secret('first').length) + gib * entry(FILE_MIB * MIB) + entry(secret('last').length) + 1024
}

/** As `docker save` of old engines writes it: the layer, then what tells of it. */
function* archive() {
  const hash = createHash('sha256')
  yield header('layer/layer.tar', layerSize())
  for (const bytes of layer()) {
    hash.update(bytes)
    yield bytes
  }
  const rootfs = { type: 'layers', diff_ids: [`sha256:${hash.digest('hex')}`] }
  const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs }
  const manifest = [{ Config: 'config.json', RepoTags: ['large:1'], Layers: ['layer/layer.tar'] }]
  for (const [name, document] of Object.entries({ 'config.json': config, 'manifest.json': manifest })) {
    const bytes = Buffer.from(JSON.stringify(document))
    yield header(name, bytes.length)
    yield bytes
    yield padding(bytes.length)
  }
  yield Buffer.alloc(1024)
}

/** A number that the kernel keeps of the process (kB of memory at its peak, bytes written); undefined once it has ended. */
function kernelNumber(pid, file, name) {
  try {
    const text = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1]
    return text === undefined ? undefined : Number(text)
  } catch {
    return undefined
  }
}

const started = performance.now()
const command = [join(root, 'bin', 'run.js'), 'image', '-', '--no-cache', '--no-progress', '--format', 'json']
// Nobody can make a file in /proc, root neither.
const env = { ...process.env, TMPDIR: '/proc', CI: 'true' }
const child = spawn(process.execPath, command, { cwd: '/proc', env, stdio: ['pipe', 'pipe', 'inherit'] })
let [peak, written] = [0, 0]
const timer = setInterval(() => {
  peak = kernelNumber(child.pid, 'status', 'VmHWM') ?? peak
  written = kernelNumber(child.pid, 'io', 'write_bytes') ?? written
}, 100)
let output = ''
child.stdout.on('data', (text) => {
  output += text
})
const ended = new Promise((resolve) => child.once('close', resolve))
child.stdin.on('error', () => {})
for (const bytes of archive()) {
  if (!child.stdin.writable) break
  if (!child.stdin.write(bytes))
    await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended])
}
child.stdin.end()
const code = await ended
clearInterval(timer)

const report = JSON.parse(output)
const places = report.findings.map(({ location }) => location.path)
const seconds = (performance.now() - started) / 1000
const megabytes = Math.round((peak * 1024) / 1e6)
console.log(
  `${gib} GiB of ${kind} in ${seconds.toFixed(0)} s (making and hashing the archive included), exit code ${code}`,
)
console.log(
  `found in: ${places.join(', ')}; missed: ${[...report.errors, ...report.skipped].map((issue) => issue.code).join(', ') || 'nothing'}`,
)
console.log(`peak of resident memory: ${megabytes} MB (limit ${LIMIT_MB}); written to the disk: ${written} bytes`)
if (megabytes > LIMIT_MB || written > 0 || places.length !== 2) process.exitCode = 1
