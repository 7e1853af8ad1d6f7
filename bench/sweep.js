// What a sweep costs: a registry in a process of its own with many small images that share layers, swept by one and by two workers.
// node bench/sweep.js [--images 1000,10000] [--store folder|postgres://…] [--workers 1,2] [--layer 8000,4000000] [--under COMMAND]: prints
// ratios measured in one run. Without --layer: tiny ones, which show what a sweep itself costs, and for fewer images ones of a usual size.
import { execFileSync, fork, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

const self = fileURLToPath(import.meta.url)
const program = join(dirname(dirname(self)), 'bin', 'run.js')
const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/* ---- the registry: its images are worked out from their number, once; their text is monotonous, so that they take little memory ---- */

/** One file in a tar archive. */
function tar(name, body) {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0ustar\0', 156)
  header.write('00', 263)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512), Buffer.alloc(1024)])
}

const words = 'const let return function value name list user server config import from await async error\n'
const text = (size) => Buffer.from(words.repeat(Math.ceil(size / words.length)).slice(0, size))
const memory = new Map()

/** Bytes of the one layer that an image shares with no other. */
let ownLayer = 8000

/** kind base: 5 of them, 1 MB; runtime: 40, 300 kB; app: one an image, every tenth with a made-up token. */
function layer(kind, n) {
  const known = memory.get(`${kind} ${n}`)
  if (known !== undefined) return known
  const size = { base: 1_000_000, runtime: 300_000, app: ownLayer }[kind]
  const secret =
    kind === 'app' && n % 10 === 0 ? `\nTOKEN=${'ghp_'}${String(n).padStart(6, '0')}${'Zq3vX9sLm2'.repeat(3)}\n` : ''
  const body = tar(`${kind}/${n}.txt`, Buffer.concat([Buffer.from(`${kind} ${n}\n`), text(size), Buffer.from(secret)]))
  const bytes = gzipSync(body, { level: 1 })
  const made = { bytes, digest: digestOf(bytes), diffId: digestOf(body) }
  memory.set(`${kind} ${n}`, made)
  return made
}

const images = new Map()

function image(n) {
  const known = images.get(n)
  if (known !== undefined) return known
  const layers = [layer('base', n % 5), layer('runtime', n % 40), layer('app', n)]
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map((_, i) => ({ created_by: `COPY ${i} /` })),
    }),
  )
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, bytes }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest,
        size: bytes.length,
      })),
    }),
  )
  const made = { layers, config, manifest, digest: digestOf(manifest) }
  images.set(n, made)
  return made
}

const TAGS = 50

/** Image n is app-R:vN with fifty tags a repository. Counts what is asked for. */
function serve(amount) {
  const byDigest = new Map()
  const configs = new Map()
  const blobs = new Map()
  let uniqueBytes = 0
  let allBytes = 0
  for (let n = 0; n < amount; n++) {
    const { digest, config, layers } = image(n)
    byDigest.set(digest, n)
    configs.set(digestOf(config), n)
    for (const [i, each] of layers.entries()) {
      allBytes += each.bytes.length
      if (!blobs.has(each.digest)) uniqueBytes += each.bytes.length
      blobs.set(each.digest, [['base', 'runtime', 'app'][i], [n % 5, n % 40, n][i]])
    }
  }
  const counts = { requests: 0, heads: 0, lists: 0, manifests: 0, blobs: 0, blobBytes: 0, configs: 0 }
  const server = createServer((request, response) => {
    counts.requests++
    const path = request.url.split('?')[0]
    const send = (body, headers = {}) => {
      response.writeHead(200, { 'content-length': body.length, ...headers })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    const [, repository, kind, name] = /^\/v2\/(app-\d+)\/(tags|manifests|blobs)\/(.+)$/.exec(path) ?? []
    if (path === '/v2/') return send('{}')
    if (path === '/v2/_catalog') {
      counts.lists++
      const repositories = Array.from({ length: Math.ceil(amount / TAGS) }, (_, n) => `app-${n}`)
      return send(JSON.stringify({ repositories }))
    }
    if (kind === 'tags') {
      counts.lists++
      const first = Number(repository.slice(4)) * TAGS
      const tags = Array.from({ length: Math.min(TAGS, amount - first) }, (_, n) => `v${first + n}`)
      return send(JSON.stringify({ name: repository, tags }))
    }
    if (kind === 'manifests') {
      const n = name.startsWith('v') ? Number(name.slice(1)) : byDigest.get(name)
      if (n === undefined) return response.writeHead(404).end()
      counts[request.method === 'HEAD' ? 'heads' : 'manifests']++
      const { manifest, digest } = image(n)
      return send(manifest, {
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
        'docker-content-digest': digest,
      })
    }
    if (configs.has(name)) {
      counts.configs++
      return send(image(configs.get(name)).config)
    }
    const place = blobs.get(name)
    if (place === undefined) return response.writeHead(404).end()
    const { bytes } = layer(...place)
    counts.blobs++
    counts.blobBytes += bytes.length
    send(bytes)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () =>
    process.send({ port: server.address().port, uniqueBytes, allBytes, layers: blobs.size }),
  )
  process.on('message', () => {
    const told = { ...counts, cpu: process.cpuUsage() }
    for (const key of Object.keys(counts)) counts[key] = 0
    process.send(told)
  })
}

async function startRegistry(images) {
  const child = fork(self, ['--serve', String(images), '--layer', String(ownLayer)])
  const facts = await new Promise((resolve) => child.once('message', resolve))
  const counts = () =>
    new Promise((resolve) => {
      child.once('message', resolve)
      child.send('counts')
    })
  return { ...facts, counts, stop: () => child.kill() }
}

/* ---- sweeps ---- */

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
    serve: { type: 'string' },
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
if (values.serve !== undefined) {
  ownLayer = Number(values.layer)
  serve(Number(values.serve))
} else {
  const start = await startCost(values.store)
  for (const size of values.layer?.split(',').map(Number) ?? [ownLayer]) {
    ownLayer = size
    await measureAll(values.images, start)
  }
  if (values.layer === undefined) {
    ownLayer = USUAL.layer
    await measureAll(USUAL.images, start)
  }
}
