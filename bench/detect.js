// How fast does one thread look through files? Prints MB/s of the text detector over a folder's files, and of its parts.
// Usage: node bench/detect.js [FOLDER] [--rules]     (default: node_modules; after `npm run build`)
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { anchorUses, compileRules, neededOf } from '../dist/detect/compiled-rules.js'
import { createTextDetector } from '../dist/detect/detector.js'
import { createPrefilter } from '../dist/detect/prefilter/prefilter.js'
import { buildTables } from '../dist/detect/prefilter/tables.js'
import { loadRuleSet } from '../dist/detect/rule-set.js'
import { CHUNK_SIZE, MAX_MATCH } from '../dist/detect/types.js'

const LIMIT = 400e6
const ROUNDS = 3
const folder = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'node_modules'

function* filesIn(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) yield* filesIn(child)
    else if (entry.isFile()) yield child
  }
}

function* chunksOf({ path, bytes }) {
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += CHUNK_SIZE - MAX_MATCH) {
    const chunk = bytes.subarray(offset, offset + CHUNK_SIZE)
    yield { bytes: chunk, offset, last: offset + CHUNK_SIZE >= bytes.length, path }
  }
}

const files = []
let total = 0
for (const path of filesIn(folder)) {
  const { size } = statSync(path)
  if (total + size > LIMIT) continue
  total += size
  files.push({ path, bytes: readFileSync(path) })
}

const cpuMilliseconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e3
}

/** Median MB/s of `pass` over all chunks, by this process's own time: the machine may be busy with other things. */
function rate(pass) {
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMilliseconds()
    for (const file of files) for (const chunk of chunksOf(file)) pass(chunk)
    times.push(cpuMilliseconds() - start)
  }
  return (total / 1e3 / times.sort((a, b) => a - b)[ROUNDS >> 1]).toFixed(0)
}

const ruleSet = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
const compiled = { rules: compileRules(ruleSet.rules, neededOf(ruleSet.rules)), ...anchorUses(ruleSet.rules) }
const tables = buildTables(compiled.anchors, compiled)
console.log(
  `${files.length} files, ${(total / 1e6).toFixed(0)} MB, ${compiled.rules.length} rules, ${compiled.anchors.length} anchors`,
)
const packed = gzipSync(Buffer.concat(files.slice(0, 2000).map(({ bytes }) => bytes)))
const unpacked = gunzipSync(packed).length
let start = cpuMilliseconds()
gunzipSync(packed)
console.log(`gunzip of a part, to compare: ${(unpacked / 1e3 / (cpuMilliseconds() - start)).toFixed(0)} MB/s`)
start = cpuMilliseconds()
createTextDetector(ruleSet, { maxDecodeDepth: 3 })
console.log(`making a detector: ${(cpuMilliseconds() - start).toFixed(0)} ms`)
let hits = 0
const byAnchor = new Map()
for (const simd of [true, false]) {
  const prefilter = createPrefilter(tables, { simd })
  hits = 0
  console.log(
    `prefilter ${simd ? 'SIMD' : 'scalar'}: ${rate(({ bytes }) =>
      prefilter.find(bytes, (found) => {
        hits += found.length / 2
        for (let index = 1; index < found.length; index += 2)
          byAnchor.set(found[index], (byAnchor.get(found[index]) ?? 0) + 1)
      }),
    )} MB/s, ${hits / ROUNDS} hits`,
  )
}
const both = createPrefilter(tables)
console.log(
  `prefilter and encoded runs: ${rate(({ bytes }) => {
    both.find(bytes, () => {})
    both.runs()
  })} MB/s`,
)
for (const depth of [0, 3]) {
  const detector = createTextDetector(ruleSet, { maxDecodeDepth: depth })
  let matches = 0
  console.log(
    `detector, decode depth ${depth}: ${rate((chunk) => {
      matches += detector.scan(chunk).matches.length
    })} MB/s, ${matches / ROUNDS} matches`,
  )
}
if (process.argv.includes('--rules')) {
  const top = [...byAnchor].sort((a, b) => b[1] - a[1]).slice(0, 25)
  for (const [anchor, count] of top)
    console.log(count / ROUNDS / 2, compiled.uses[anchor].map(({ rule }) => compiled.rules[rule].rule.id).join(', '))
}
