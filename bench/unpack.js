// What unpacking costs: ratios against node:zlib's gunzip in the same run, and (--bomb) the memory that 10 GB of zeros take.
// Run after `npm run build`: node bench/unpack.js [--bomb]
import { randomBytes } from 'node:crypto'
import { createGunzip, createGzip, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { decompress } from '../dist/unpack/compression.js'
import { readTar } from '../dist/unpack/tar.js'

const MIB = 1024 * 1024
const on = (issue) => console.log(`${issue.code}: ${issue.detail}`)

async function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB)
}

/** A layer of `count` files of `size` bytes, half of them text that packs well. */
async function makeLayer(count, size) {
  const packing = pack()
  const chunks = []
  const reading = (async () => {
    for await (const chunk of packing.pipe(createGzip({ level: 1 }))) chunks.push(chunk)
  })()
  const text = Buffer.alloc(size, 'const answer = require("./lib/answer.js")\n')
  const noise = randomBytes(size)
  for (let index = 0; index < count; index++) {
    await new Promise((resolve) =>
      packing.entry({ name: `app/folder${index % 100}/file${index}.js` }, index % 2 ? text : noise, resolve),
    )
  }
  packing.finalize()
  await reading
  return Buffer.concat(chunks)
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function gunzipOnly(layer) {
  const gunzip = createGunzip({ chunkSize: MIB })
  gunzip.end(layer)
  for await (const _ of gunzip);
}

async function unpack(layer) {
  for await (const { body } of readTar(decompress(pieces(layer), { on }), { on })) for await (const _ of body);
}

for (const [name, count, size] of [
  ['large files', 300, MIB],
  ['small files', 100_000, 1024],
]) {
  const layer = await makeLayer(count, size)
  const runs = []
  for (let run = 0; run < 5; run++)
    runs.push((await timed(() => unpack(layer))) / (await timed(() => gunzipOnly(layer))))
  console.log(`${name}: unpacking takes ${runs.sort((a, b) => a - b)[2].toFixed(2)} times gunzip alone`)
}

if (process.argv.includes('--bomb')) {
  const zeros = gzipSync(Buffer.alloc(64 * MIB))
  const bomb = async function* () {
    yield gzipSync('start')
    for (let member = 0; member < 160; member++) yield zeros
    yield gzipSync('end')
  }
  let bytes = 0
  let peak = 0
  for await (const chunk of decompress(bomb(), { on })) {
    bytes += chunk.length
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  console.log(`bomb: ${bytes} bytes, at most ${Math.round(peak / MIB)} MiB of memory`)
}
