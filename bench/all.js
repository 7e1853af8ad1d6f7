// The table of goals: builds a corpus, measures each goal that is a ratio, prints the table and writes it into docs/performance.md.
// Usage: npm run bench [-- --print]  (--print: does not write; takes about ten minutes; say nothing else to the machine meanwhile)
// The corpus is what the machine has (programs, Python's library, /etc) and npm packages by name and version, fetched without their scripts.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { compareScanners } from './compare.js'
import { measured, median, repeated, root } from './measured.js'
import { measureScan } from './scan.js'
import { measureSecond } from './second.js'

const PACKAGES = [
  'aws-sdk@2.1692.0',
  'typescript@5.9.3',
  'three@0.180.0',
  'date-fns@4.1.0',
  'rxjs@7.8.2',
  'core-js@3.46.0',
]
const FOLDERS = ['/usr/lib/python3', '/usr/lib/python3.11', '/etc', '/usr/share/perl']
const PROGRAMS = [
  '/usr/bin/git',
  '/usr/bin/perl',
  '/usr/bin/python3.11',
  '/usr/bin/gdb',
  '/usr/bin/openssl',
  process.execPath,
]
const LAYERS = 8
const RUNS = 5
const [BEGIN, END] = ['<!-- bench: begin -->', '<!-- bench: end -->']

/** @returns its folder: packages, libraries and programs, each kind under a folder of its own. */
function buildCorpus(place) {
  const corpus = join(place, 'corpus')
  const npm = ['install', '--prefix', join(corpus, 'npm'), '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  execFileSync('npm', [...npm, ...PACKAGES], { stdio: 'inherit' })
  for (const folder of FOLDERS.filter(existsSync)) copy(folder, join(corpus, 'lib', folder))
  for (const program of PROGRAMS.filter(existsSync)) copy(program, join(corpus, 'bin', program))
  return corpus
}

function copy(from, to) {
  cpSync(from, to, {
    recursive: true,
    filter: (path) => !/\/(?:__pycache__|shadow-?|gshadow-?|ssl\/private)$/.test(path),
  })
}

async function startUp() {
  const version = await repeated(RUNS, () => measured(process.execPath, [join(root, 'bin', 'run.js'), '--version']))
  const nothing = await repeated(RUNS, () => measured(process.execPath, ['-e', '0']))
  return median(version.map(({ seconds }) => seconds)) / median(nothing.map(({ seconds }) => seconds))
}

const MB = (bytes) => `${Math.round(bytes / 1e6)} MB`

/** Rows of the table: what, must, aim, measured. */
async function goals(corpus) {
  const one = await measureScan(corpus, 1)
  const many = await measureScan(corpus, LAYERS)
  const same = await measureScan(corpus, LAYERS, true)
  const second = await measureSecond(corpus)
  const ratio = ({ scan, read }) => (scan.seconds / read.seconds).toFixed(2)
  return [
    [
      `scan / only read, one layer of ${MB(one.bytes)}`,
      '1.7',
      '1.35',
      `${ratio(one)} (${one.scan.seconds.toFixed(2)} s / ${one.read.seconds.toFixed(2)} s)`,
    ],
    [
      `scan / only read, ${LAYERS} such layers, no file twice`,
      '1.7',
      '1.35',
      `${ratio(many)} (${many.scan.seconds.toFixed(1)} s / ${many.read.seconds.toFixed(1)} s)`,
    ],
    [
      `the same, each layer with the same files`,
      '',
      '',
      `${ratio(same)} (${same.scan.seconds.toFixed(1)} s / ${same.read.seconds.toFixed(1)} s)`,
    ],
    [
      `the first two rows, against gunzip and SHA-256 one after the other`,
      '',
      '',
      [one, many]
        .map(({ scan, read }) => `${(scan.seconds / read.cpu).toFixed(2)} (${read.cpu.toFixed(1)} s)`)
        .join(', '),
    ],
    [`time of ${LAYERS} layers / time of one`, '8.2', '8.0', (many.scan.seconds / one.scan.seconds).toFixed(2)],
    ['peak memory, one layer', '400 MB', '250 MB', MB(one.peak)],
    [`peak memory, ${LAYERS} layers (${MB(many.bytes)})`, '400 MB', '250 MB', MB(many.peak)],
    ...second.rows.map(({ name, first, second: again }) => [
      `second scan / first, ${name}`,
      name === 'registry' ? '0.10' : '',
      name === 'registry' ? '0.03' : '',
      (again / first).toFixed(3),
    ]),
    ['`secretscan --version` / `node -e 0`', '4', '2.5', (await startUp()).toFixed(2)],
  ]
}

function machine() {
  const [{ model }] = cpus()
  const system = /PRETTY_NAME="([^"]+)"/.exec(
    existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  )?.[1]
  return (
    `${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node} on ${system ?? release()}, ${cpus().length} × ${model.trim()}, ` +
    `${Math.round(totalmem() / 1e9)} GB; load ${loadavg()[0].toFixed(1)} before the first measurement.`
  )
}

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

async function main() {
  const place = mkdtempSync(join(tmpdir(), 'secretscan-bench-'))
  try {
    const about = machine()
    const corpus = buildCorpus(place)
    const reached = table(['what', 'must', 'aim', 'measured'], await goals(corpus))
    const { read, rows } = await compareScanners(corpus)
    const beside = rows.map(({ name, seconds, ratio, peak, findings }) => [
      name,
      seconds.toFixed(1),
      ratio.toFixed(1),
      MB(peak),
      String(findings),
    ])
    const peers = table(['scanner', 'seconds', 'ratio', 'peak memory', 'findings'], beside)
    const text =
      `Measured by \`npm run bench\` on ${about} Medians of several runs.\n\n${reached}\n\n` +
      `The same corpus as a folder (${MB(read.bytes)}), verification off, against reading it from one gzipped layer (${read.seconds.toFixed(2)} s):\n\n${peers}\n`
    console.log(text)
    if (!process.argv.includes('--print')) write(text)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function write(text) {
  const path = join(root, 'docs', 'performance.md')
  const page = readFileSync(path, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for the table (${BEGIN} … ${END}).`)
  writeFileSync(path, `${page.slice(0, begin + BEGIN.length)}\n${text}${page.slice(end)}`)
}

await main()
