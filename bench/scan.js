// How long a scan takes against only gunzipping and hashing the same layers, how much memory it needs, and how its time grows with the
// number of layers. Prints ratios of one run, by the clock and by processor time.
// Usage: node bench/scan.js [FOLDER [LAYERS]] [--growth]
//   (after npm run build; FOLDER is each layer's content, default: node_modules; --growth: one layer against LAYERS, default 8)
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildArchive, onlyRead } from './image-archive.js'
import { measuredScan, median, repeated, root } from './measured.js'

const RUNS = 3
/** By the clock of a machine with two free processors. */
const GOAL = 1.7

/**
 * The medians of a few runs over an archive of `count` layers: of reading it and of scanning it, seconds by the clock and of the
 * processors. `peak`: the most memory of all scans. `same`: whether the layers hold the same files.
 */
export async function measureScan(folder, count, same = false) {
  const place = mkdtempSync(join(tmpdir(), 'secretscan-bench-'))
  try {
    const { archive, layers } = await buildArchive(place, folder, count, same)
    const rows = await repeated(RUNS, async () => ({
      read: await onlyRead(layers),
      scan: await measuredScan(['image', archive, '--no-cache', '--format', 'json']),
    }))
    const of = (part, name) => median(rows.map((row) => row[part][name]))
    return {
      bytes: rows[0].read.bytes,
      read: { seconds: of('read', 'seconds'), cpu: of('read', 'cpu') },
      scan: { seconds: of('scan', 'seconds'), cpu: of('scan', 'cpu') },
      peak: Math.max(...rows.map((row) => row.scan.peak)),
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function print(count, { read, scan, peak }) {
  const line = (name, of) =>
    console.log(
      `  ${name}  only read ${read[of].toFixed(2)} s   scanned ${scan[of].toFixed(2)} s   ratio ${(scan[of] / read[of]).toFixed(2)}`,
    )
  console.log(`layers: ${count}   peak memory: ${Math.round(peak / 1e6)} MB   (medians of ${RUNS})`)
  line('clock     ', 'seconds')
  line('processors', 'cpu')
  const ratio = scan.seconds / read.seconds
  console.log(`ratio by the clock: ${ratio.toFixed(2)}, goal ${GOAL} (load of the machine: ${loadavg()[0].toFixed(1)})`)
}

async function main(words) {
  const growth = words.includes('--growth')
  const [given = join(root, 'node_modules'), layers = growth ? 8 : 1] = words.filter((word) => word !== '--growth')
  const folder = realpathSync(resolve(given))
  const many = await measureScan(folder, Number(layers))
  print(Number(layers), many)
  if (Number(layers) > 1) {
    console.log('the same files in each layer:')
    print(Number(layers), await measureScan(folder, Number(layers), true))
  }
  if (!growth) return
  const one = await measureScan(folder, 1)
  print(1, one)
  const grown = (of) => (many.scan[of] / one.scan[of]).toFixed(2)
  console.log(`growth: ${grown('seconds')} by the clock, ${grown('cpu')} of the processors`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
