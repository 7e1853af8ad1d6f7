// Other scanners on the same folder, with verification off: time as a multiple of gunzip + SHA-256 of the same bytes, peak memory, findings.
// Usage: node bench/compare.js FOLDER...  (after npm run build; a scanner that is not on PATH is left out; all but secretscan are asked for
// everything that they would look at by themselves: their own lists of folders to skip stay in force, and the bytes they read are fewer)
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folders = process.argv.slice(2).map((folder) => resolve(folder))
if (folders.length === 0) {
  process.stderr.write('Usage: node bench/compare.js FOLDER...\n')
  process.exit(2)
}

const jsonLines = (text) => text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
const place = mkdtempSync(join(tmpdir(), 'compare-'))
const output = join(place, 'report.json')
const written = () => (existsSync(output) ? JSON.parse(readFileSync(output, 'utf8') || '[]') : [])

/** How each is called, and how its findings are counted. */
const SCANNERS = [
  {
    name: 'secretscan',
    program: process.execPath,
    arguments: (folder) => [join(root, 'bin', 'run.js'), 'dir', folder, '--no-cache', '--json', '--fail-on', 'never'],
    count: (text) => JSON.parse(text).findings.length,
  },
  ...['gitleaks', 'betterleaks'].map((name) => ({
    name,
    program: name,
    arguments: (folder) => ['dir', folder, '--no-banner', '--redact', '--exit-code', '0', '-f', 'json', '-r', output],
    count: () => written().length,
  })),
  {
    name: 'kingfisher',
    program: 'kingfisher',
    arguments: (folder) => ['scan', folder, '--no-validate', '--no-update-check', '--redact', '--format', 'jsonl'],
    count: (text) => jsonLines(text).filter((line) => 'finding' in line || 'rule' in line).length,
  },
  {
    name: 'trufflehog',
    program: 'trufflehog',
    arguments: (folder) => ['filesystem', folder, '--no-verification', '--no-update', '--json'],
    count: (text) => jsonLines(text).filter((line) => 'DetectorName' in line).length,
  },
  {
    name: 'secretlint',
    program: 'secretlint',
    arguments: (folder) => [`${folder}/**/*`, '--format', 'json', '--maskSecrets'],
    count: (text) => JSON.parse(text).reduce((sum, file) => sum + file.messages.length, 0),
  },
]

const isThere = (program) =>
  existsSync(program) || process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)))

/** Seconds for gunzip and SHA-256 of the folder's bytes, and how many they are. */
async function onlyRead(folder) {
  const archive = join(place, 'folder.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', dirname(folder), basename(folder)])
  const started = performance.now()
  const hash = createHash('sha256')
  let bytes = 0
  const input = createReadStream(archive, { highWaterMark: 1 << 20 })
  for await (const chunk of input.pipe(createGunzip({ chunkSize: 1 << 20 }))) {
    hash.update(chunk)
    bytes += chunk.length
  }
  rmSync(archive)
  return { seconds: (performance.now() - started) / 1000, bytes }
}

/** The most resident memory that the process has had, in MB, as Linux tells it; 0 elsewhere. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function run(scanner, folder) {
  rmSync(output, { force: true })
  const started = performance.now()
  const child = spawn(scanner.program, scanner.arguments(folder), { stdio: ['ignore', 'pipe', 'ignore'] })
  let peak = 0
  const watching = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid))
  }, 20)
  const chunks = []
  for await (const chunk of child.stdout) chunks.push(chunk)
  clearInterval(watching)
  const seconds = (performance.now() - started) / 1000
  return { seconds, peak, findings: scanner.count(Buffer.concat(chunks).toString('utf8')) }
}

for (const folder of folders) {
  const read = await onlyRead(folder)
  process.stdout.write(
    `\n${basename(folder)}: ${(read.bytes / 1e6).toFixed(0)} MB, gunzip + SHA-256 ${read.seconds.toFixed(2)} s\n`,
  )
  process.stdout.write('scanner        seconds   ratio   peak MB   findings\n')
  for (const scanner of SCANNERS.filter(({ program }) => isThere(program))) {
    const { seconds, peak, findings } = await run(scanner, folder)
    const ratio = (seconds / read.seconds).toFixed(1)
    const cells = [
      seconds.toFixed(1).padStart(10),
      ratio.padStart(8),
      peak.toFixed(0).padStart(10),
      String(findings).padStart(11),
    ]
    process.stdout.write(`${scanner.name.padEnd(12)}${cells.join('')}\n`)
  }
}
rmSync(place, { recursive: true })
