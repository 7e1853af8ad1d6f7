// How long a scan takes against only gunzipping and hashing the same layers, how much memory it needs, and how its time grows with the
// number of layers. Prints ratios of one run, by the clock and by processor time.
// Usage: node bench/scan.js [FOLDER [LAYERS]] [--growth]
//   (after npm run build; FOLDER is each layer's content, default: node_modules; --growth: one layer against LAYERS, default 8)
// Folders named .cache are left out, and links stay links, as in images: else a layer holds the same programs many times.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const growth = process.argv.includes('--growth')
const [given, layerCount = growth ? 8 : 1] = process.argv.slice(2).filter((word) => word !== '--growth')
const folder = realpathSync(resolve(given ?? join(root, 'node_modules')))
const RUNS = 3
/** By the clock of a machine with two free processors. */
const GOAL = 1.7
/** Of /proc/self/stat, a second. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

async function sha256(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

/** A gzipped layer that holds the folder, and a file that makes it differ from the others. */
async function buildLayer(place, index) {
  const tar = join(place, `layer${index}.tar`)
  writeFileSync(join(place, 'number'), String(index))
  const content = ['-C', place, 'number', '-C', dirname(folder), basename(folder)]
  execFileSync('tar', ['-cf', tar, '--exclude=.cache', '--hard-dereference', ...content])
  const diffId = `sha256:${await sha256(tar)}`
  execFileSync('gzip', ['-6', tar])
  return { file: `${tar}.gz`, diffId }
}

/** An archive as `docker save` writes it; returns the layers' files, which stay for the comparison. */
async function buildArchive(place, count) {
  const layers = []
  for (let index = 0; index < count; index++) layers.push(await buildLayer(place, index))
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) }
  writeFileSync(join(place, 'config.json'), JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }))
  const names = layers.map((layer) => basename(layer.file))
  const manifest = [{ Config: 'config.json', RepoTags: ['bench:1'], Layers: names }]
  writeFileSync(join(place, 'manifest.json'), JSON.stringify(manifest))
  execFileSync('tar', ['-cf', join(place, 'image.tar'), '-C', place, ...names, 'config.json', 'manifest.json'])
  return layers.map((layer) => layer.file)
}

/** Seconds to gunzip the layers and hash them stored and plain, as every scan has to: by the clock and of the processors. */
async function onlyRead(layers) {
  const started = performance.now()
  const before = process.cpuUsage()
  for (const layer of layers) {
    const [stored, plain] = [createHash('sha256'), createHash('sha256')]
    const input = createReadStream(layer, { highWaterMark: 1 << 20 })
    input.on('data', (chunk) => stored.update(chunk))
    await pipeline(input, createGunzip({ chunkSize: 1 << 20 }), async (chunks) => {
      for await (const chunk of chunks) plain.update(chunk)
    })
  }
  const { user, system } = process.cpuUsage(before)
  return { readSeconds: (performance.now() - started) / 1000, readCpu: (user + system) / 1e6 }
}

/** Seconds of the processors that ended children of this process have used. */
function childrenCpu() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0 // It has just ended.
  }
}

/** Seconds by the clock and of the processors, and peak memory (bytes), of the command. */
function scan(place) {
  return new Promise((done, fail) => {
    const started = performance.now()
    const before = childrenCpu()
    const args = ['image', join(place, 'image.tar'), '--no-cache', '--format', 'json', '--fail-on', 'never', '--quiet']
    const child = spawn(process.execPath, [join(root, 'bin', 'run.js'), ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 20)
    child.on('error', fail)
    child.on('exit', (code) => {
      clearInterval(watch)
      if (code === 0 || code === 3) {
        done({ seconds: (performance.now() - started) / 1000, cpu: childrenCpu() - before, peak })
      } else fail(new Error(`the scan ended with ${code}`))
    })
  })
}

/** The best of a few runs over an archive of `count` layers. */
async function measure(count) {
  const place = mkdtempSync(join(tmpdir(), 'secretscan-bench-'))
  try {
    const layers = await buildArchive(place, count)
    const rows = []
    for (let run = 0; run < RUNS; run++) rows.push({ ...(await onlyRead(layers)), ...(await scan(place)) })
    const best = (name) => Math.min(...rows.map((row) => row[name]))
    const figures = ['readSeconds', 'readCpu', 'seconds', 'cpu'].map((name) => [name, best(name)])
    return { ...Object.fromEntries(figures), peak: Math.max(...rows.map((row) => row.peak)) }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function print(count, { readSeconds, readCpu, seconds, cpu, peak }) {
  const line = (name, read, scanned) =>
    console.log(
      `  ${name}  only read ${read.toFixed(2)} s   scanned ${scanned.toFixed(2)} s   ratio ${(scanned / read).toFixed(2)}`,
    )
  console.log(`layers: ${count}   peak memory: ${Math.round(peak / 1e6)} MB   (best of ${RUNS})`)
  line('clock     ', readSeconds, seconds)
  line('processors', readCpu, cpu)
  console.log(
    `ratio by the clock: ${(seconds / readSeconds).toFixed(2)}, goal ${GOAL} (load of the machine: ${loadavg()[0].toFixed(1)})`,
  )
}

const many = Number(layerCount)
const measured = await measure(many)
print(many, measured)
if (growth) {
  const one = await measure(1)
  print(1, one)
  console.log(
    `growth: ${(measured.seconds / one.seconds).toFixed(2)} by the clock, ${(measured.cpu / one.cpu).toFixed(2)} of the processors`,
  )
}
