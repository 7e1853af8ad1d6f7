// What a sweep costs: a registry in a process of its own with many small images that share layers, swept by one and by two workers.
// node bench/sweep.js [--images 1000,10000] [--store folder|postgres://…] [--workers 1,2] [--layer 8000,4000000] [--under COMMAND]: prints
// ratios measured in one run. Without --layer: tiny ones, which show what a sweep itself costs, and for fewer images ones of a usual size.
import { execFileSync, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const program = join(dirname(here), 'bin', 'run.js')
const REGISTRY = join(here, 'sweep-registry.js')

/** Bytes of the one layer that an image shares with no other. */
let ownLayer = 8000

async function startRegistry(images) {
  const child = fork(REGISTRY, [String(images), String(ownLayer)])
  const facts = await new Promise((resolve) => child.once('message', resolve))
  const counts = () =>
    new Promise((resolve) => {
      child.once('message', resolve)
      child.send('counts')
    })
  return { ...facts, counts, stop: () => child.kill() }
}

/** A command that workers are started by: one that holds each to a share of a processor, as if it had a machine of its own. */
let under = []

function folderFor(port, store) {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-bench-'))
  writeFileSync(join(folder, 'key'), randomBytes(32).toString('hex'), { mode: 0o600 })
  const place = store === 'folder' ? './store' : `{ url: "${store}", keyFile: ./key }`
  writeFileSync(
    join(folder, 'sweep.yaml'),
    `store: ${place}\nregistries: [{ host: "127.0.0.1:${port}", insecure: true, login: anonymous }]\nconcurrency: { registry: 8, scan: 1 }\n`,
    { mode: 0o600 },
  )
  return folder
}

/** A worker that helps: started, and waiting for a sweep, so that its start is not part of what is measured. */
async function startHelper(folder) {
  const [command, ...before] = [...under, process.execPath]
  const child = spawn(command, [...before, program, 'sweep', 'worker', '--no-progress'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
      if (said.includes('waits for sweeps')) resolve()
    })
    child.once('exit', () => reject(new Error(`sweep worker ended: ${said}`)))
  })
  return child
}

const TICKS = 100

/** Seconds of processors that a process and its threads have used so far. */
function cpuOf({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/**
 * Seconds on the clock (of the process, and of the sweep from its first row to its last) and of processors, of all workers: those tell the
 * same on a machine that has other things to do.
 */
async function timedRun(folder, helpers) {
  const before = helpers.map(cpuOf)
  const start = performance.now()
  const script = '"$0" "$@"; code=$?; times >&2; exit $code'
  const parameters = [...under, process.execPath, program, 'sweep', 'run', '--json', '--quiet', '--fail-on', 'never']
  const child = spawn('bash', ['-c', script, ...parameters], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (texts[name] += chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`sweep run ended with ${code}: ${texts.stdout}${texts.stderr}`)
  const used = [...(texts.stderr.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  const cpu = used.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
  const helped = helpers.reduce((sum, helper, n) => sum + cpuOf(helper) - before[n], 0)
  const { sweep } = JSON.parse(texts.stdout)
  const own = (Date.parse(sweep.finishedAt) - Date.parse(sweep.startedAt)) / 1000
  return { ...sweep, seconds: (performance.now() - start) / 1000, own, cpu: cpu + helped }
}

const sizeOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : statSync(path).size

function emptied(store) {
  if (store !== 'folder')
    execFileSync(
      'psql',
      [store, '-qc', 'DROP SCHEMA IF EXISTS secretscan CASCADE; DROP SCHEMA IF EXISTS pgboss CASCADE'],
      {
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    )
}

/** What starting the program, the store and the threads takes: the second sweep of a registry that holds one image. */
async function startCost(store) {
  const { second } = await measure(1, store, 1)
  return second.cpu
}

async function measure(images, store, workers) {
  emptied(store)
  const registry = await startRegistry(images)
  const folder = folderFor(registry.port, store)
  await registry.counts()
  const helpers = []
  try {
    while (helpers.length < workers - 1) helpers.push(await startHelper(folder))
    const first = await timedRun(folder, helpers)
    const asked = await registry.counts()
    const second = await timedRun(folder, helpers)
    const again = await registry.counts()
    const bytes = store === 'folder' ? sizeOf(join(folder, 'store', 'data')) : undefined
    return { images, workers, registry, first, asked, second, again, bytes }
  } finally {
    for (const child of helpers) child.kill()
    registry.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`

function print({ images, workers, registry, first, asked, second, again, bytes }, start) {
  const { uniqueBytes, allBytes, layers } = registry
  console.log(
    `\n${images} images, ${layers} layers (own ones of ${ownLayer / 1000} kB), ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  )
  console.log(
    `  bytes fetched / bytes if each image were scanned alone  ${percent(asked.blobBytes, allBytes)} (unique: ${percent(uniqueBytes, allBytes)})`,
  )
  console.log(`  layers fetched / layers                                 ${asked.blobs} / ${layers}`)
  const line = (name, sweep) =>
    console.log(
      `  ${name}  ${sweep.seconds.toFixed(1)} s, ${sweep.own.toFixed(1)} s of them the sweep; ${sweep.cpu.toFixed(1)} s of processors (${start.toFixed(1)} to start)`,
    )
  line('first sweep ', first)
  console.log(
    `    ${Math.round((60 * images) / first.own)} images a minute, ${Math.round((60 * images) / (first.cpu - start))} for each processor; ${first.findings + first.unsureFindings} findings`,
  )
  line('second sweep', second)
  console.log(
    `    ${percent(Math.max(0, second.cpu - start), first.cpu - start)} of the first without the start, ${((1000 * Math.max(0, second.cpu - start)) / images).toFixed(2)} ms an image; ${again.heads} HEAD, ${again.lists} lists, ${again.manifests} manifests, ${again.blobs + again.configs} blobs`,
  )
  if (bytes !== undefined) console.log(`  store         ${(bytes / 1e6).toFixed(0)} MB`)
}

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000' },
    store: { type: 'string', default: 'folder' },
    workers: { type: 'string', default: '1' },
    layer: { type: 'string' },
    under: { type: 'string' },
  },
})
/** Bytes of own layers, and images, of the second run where nothing is said. */
const USUAL = { layer: 20_000_000, images: '100' }

async function measureAll(amounts, start) {
  let before
  for (const images of amounts.split(',').map(Number)) {
    for (const workers of values.workers.split(',').map(Number)) {
      const measured = await measure(images, values.store, workers)
      print(measured, start)
      if (before !== undefined) {
        const times = (measured.first.cpu - start) / (before.first.cpu - start)
        console.log(
          `  growth: ${images / before.images} times the images took ${times.toFixed(1)} times the processors`,
        )
      }
      if (workers === 1) before = measured
    }
  }
}

if (values.under !== undefined) under = [values.under]
const start = await startCost(values.store)
for (const size of values.layer?.split(',').map(Number) ?? [ownLayer]) {
  ownLayer = size
  await measureAll(values.images, start)
}
if (values.layer === undefined) {
  ownLayer = USUAL.layer
  await measureAll(USUAL.images, start)
}
