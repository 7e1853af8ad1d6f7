// Scanners side by side, with verification off: on folders, or on images made of them. Time as a multiple of gunzip + SHA-256 of the same
// bytes, peak memory, findings, and what each passes over by its name: whoever skips node_modules reads fewer bytes.
// Usage: node bench/compare.js [--image] FOLDER...  (after npm run build; a scanner that is not on PATH is left out)
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildArchive, onlyRead } from './image-archive.js'
import { placesPassedOver } from './probe.js'
import { runOnImage, runScanner, scanners, versionOf } from './scanners.js'

/** What only reading the folder's bytes from one gzipped layer costs. */
async function readFolder(folder, place) {
  const archive = join(place, 'folder.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', dirname(folder), basename(folder)])
  const read = await onlyRead([archive])
  rmSync(archive)
  return read
}

/** Each scanner that is there, on the folder or an image of it: seconds, their ratio to reading alone, peak bytes of memory, findings. */
export async function compareScanners(folder, { image = false } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'compare-'))
  try {
    const built = image ? await buildArchive(place, folder) : undefined
    const read = built === undefined ? await readFolder(folder, place) : await onlyRead(built.layers)
    const rows = []
    for (const scanner of scanners()) {
      const run = built === undefined ? await runScanner(scanner, folder) : await runOnImage(scanner, built.archive)
      if (run === undefined) continue
      const { seconds, peak, found } = run
      rows.push({ scanner, name: scanner.name, seconds, ratio: seconds / read.seconds, peak, findings: found.length })
    }
    return { read, rows }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function print(title, { read, rows }) {
  console.log(`\n${title}: ${(read.bytes / 1e6).toFixed(0)} MB, gunzip + SHA-256 ${read.seconds.toFixed(2)} s`)
  console.log('scanner             seconds   ratio   peak MB   findings')
  for (const { name, scanner, seconds, ratio, peak, findings } of rows) {
    const cells = [
      seconds.toFixed(1).padStart(9),
      ratio.toFixed(1).padStart(8),
      (peak / 1e6).toFixed(0).padStart(10),
      String(findings).padStart(11),
    ]
    console.log(`${`${name} ${versionOf(scanner)}`.padEnd(18)}${cells.join('')}`)
  }
}

async function main(words) {
  const folders = words.filter((word) => !word.startsWith('--'))
  if (folders.length === 0) {
    process.stderr.write('Usage: node bench/compare.js [--image] FOLDER...\n')
    process.exitCode = 2
    return
  }
  const image = words.includes('--image')
  for (const folder of folders) print(basename(folder), await compareScanners(resolve(folder), { image }))
  console.log('\nNot looked at:')
  for (const scanner of scanners()) {
    const places = await placesPassedOver(scanner)
    console.log(
      `${scanner.name.padEnd(18)}${places === undefined ? 'found nothing to try it with' : places.join(', ') || 'nothing of what was tried'}`,
    )
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
