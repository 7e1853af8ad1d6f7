// Other scanners on the same folder, with verification off: time as a multiple of gunzip + SHA-256 of the same bytes, peak memory, findings.
// Usage: node bench/compare.js FOLDER...  (after npm run build; a scanner that is not on PATH is left out; all but secretscan are asked for
// everything that they would look at by themselves: their own lists of folders to skip stay in force, and the bytes they read are fewer)
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onlyRead } from './image-archive.js'
import { measured, root } from './measured.js'

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

/** What only reading the folder's bytes from one gzipped layer costs. */
async function readFolder(folder) {
  const archive = join(place, 'folder.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', dirname(folder), basename(folder)])
  const read = await onlyRead([archive])
  rmSync(archive)
  return read
}

/** Each scanner that is there, on the folder: seconds, their ratio to reading alone, peak memory in bytes, findings. */
export async function compareScanners(folder) {
  const read = await readFolder(folder)
  const rows = []
  for (const scanner of SCANNERS.filter(({ program }) => isThere(program))) {
    rmSync(output, { force: true })
    const { seconds, peak, output: text } = await measured(scanner.program, scanner.arguments(folder))
    rows.push({ name: scanner.name, seconds, ratio: seconds / read.seconds, peak, findings: scanner.count(text) })
  }
  return { read, rows }
}

async function main(folders) {
  if (folders.length === 0) {
    process.stderr.write('Usage: node bench/compare.js FOLDER...\n')
    process.exitCode = 2
  }
  for (const folder of folders) {
    const { read, rows } = await compareScanners(resolve(folder))
    process.stdout.write(
      `\n${basename(folder)}: ${(read.bytes / 1e6).toFixed(0)} MB, gunzip + SHA-256 ${read.seconds.toFixed(2)} s\n`,
    )
    process.stdout.write('scanner        seconds   ratio   peak MB   findings\n')
    for (const { name, seconds, ratio, peak, findings } of rows) {
      const cells = [
        seconds.toFixed(1).padStart(10),
        ratio.toFixed(1).padStart(8),
        (peak / 1e6).toFixed(0).padStart(10),
        String(findings).padStart(11),
      ]
      process.stdout.write(`${name.padEnd(12)}${cells.join('')}\n`)
    }
  }
}

process.on('exit', () => rmSync(place, { recursive: true, force: true }))
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
