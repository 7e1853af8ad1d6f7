// How much memory a large image takes that comes through a pipe: the archive is made while it is read, nothing of it is on the disk, and
// the program may write to no temporary folder. Prints the peak of its resident memory and exits with 1 above the limit. Linux only.
// Usage: node bench/memory.js [COUNT [KIND]]  (after npm run build; default: 10 zeros)
//   KIND: zeros or text (COUNT GiB of it, a file each; text takes minutes, since all of it is scanned), files (COUNT million small ones) or
//   secrets (COUNT hundred thousand files with a secret each)
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const count = Number(process.argv[2] ?? 10)
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

/** 1 MiB of lines of source code, a number in each. */
function sourceCode() {
  let text = ''
  for (let line = 0; text.length < MIB; line++)
    text += `export const setting${line} = read(options.setting${line}, ${line})\n`
  return Buffer.from(text).subarray(0, MIB)
}

/** A line with a password that is made up, and like no other. */
const secret = (place) => Buffer.from(`${place.toUpperCase()}_PASSWORD=${`Winter${2031}`}-${place}-Kx9\n`)

/** `unit`: what the layer holds `count` of; `path`: of the file of a number; `block`: what it holds, `times` over. */
const large = (unit, block) => {
  return { unit, files: count, path: (number) => `file${number}.js`, block: () => block, times: FILE_MIB }
}
const small = (unit, files, block) => {
  return { unit, files, path: (number) => `d${Math.floor(number / 1000)}/file${number}.env`, block, times: 1 }
}
const KINDS = {
  zeros: () => large('GiB of zeros', Buffer.alloc(MIB)),
  text: () => large('GiB of text', sourceCode()),
  files: () => small('million files', count * 1e6, (number) => Buffer.from(`number = ${number}\n`)),
  secrets: () => small('hundred thousand secrets', count * 1e5, (number) => secret(`f${number}`)),
}
const body = KINDS[kind]?.()
if (body === undefined) throw new Error(`There is no kind "${kind}": write one of ${Object.keys(KINDS).join(', ')}.`)

/** Path, block, and how often it stands in the file: a secret, the body's files, a secret. */
function* files() {
  yield ['first.env', secret('first'), 1]
  for (let number = 0; number < body.files; number++) yield [body.path(number), body.block(number), body.times]
  yield ['last.env', secret('last'), 1]
}

function* layer() {
  for (const [path, block, times] of files()) {
    yield header(path, block.length * times)
    for (let written = 0; written < times; written++) yield block
    yield padding(block.length * times)
  }
  yield Buffer.alloc(1024)
}

function layerSize() {
  let size = 1024
  for (const [, block, times] of files()) size += 512 + block.length * times + padding(block.length * times).length
  return size
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
const isFound = places.includes('first.env') && (kind === 'secrets' || places.length === 2)
const seconds = (performance.now() - started) / 1000
const megabytes = Math.round((peak * 1024) / 1e6)
console.log(
  `${count} ${body.unit} in ${seconds.toFixed(0)} s (making and hashing the archive included), exit code ${code}`,
)
console.log(
  `found in: ${places.length > 2 ? `${places.length} files` : places.join(', ')}; missed: ${[...report.errors, ...report.skipped].map((issue) => issue.code).join(', ') || 'nothing'}`,
)
console.log(`peak of resident memory: ${megabytes} MB (limit ${LIMIT_MB}); written to the disk: ${written} bytes`)
if (megabytes > LIMIT_MB || written > 0 || !isFound) process.exitCode = 1
