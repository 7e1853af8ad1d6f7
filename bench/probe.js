// Which places a scanner passes over by name or kind: the same file with another made-up token in each, and which of them it reports.
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { runScanner } from './scanners.js'

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** By what the tables call them: where the file stands. */
const PLACES = {
  node_modules: 'app/node_modules/left/index.js',
  'site-packages': 'usr/lib/python3.11/site-packages/left/app.py',
  vendor: 'app/vendor/github.com/left/app.go',
  'hidden folders': 'home/.cache/left/app.js',
  'minified code': 'app/public/app.min.js',
  'lock files': 'app/package-lock.json',
  'pictures that are text': 'app/public/logo.svg',
  'gzipped tar archives': 'app/left.tar.gz',
}

/** A made-up token of GitHub, with its checksum: everybody knows the format. */
function token() {
  const body = Array.from({ length: 30 }, () => CHARACTERS[randomInt(62)]).join('')
  let [rest, checksum] = [crc32(body), '']
  for (let place = 0; place < 6; place++) {
    checksum = CHARACTERS[rest % 62] + checksum
    rest = Math.floor(rest / 62)
  }
  return ['ghp', `_${body}${checksum}`].join('')
}

function write(path) {
  mkdirSync(dirname(path), { recursive: true })
  if (!path.endsWith('.tar.gz')) return writeFileSync(path, `{ "token": "${token()}" }\n`)
  const inside = path.replace('.tar.gz', '.js')
  writeFileSync(inside, `const token = "${token()}"\n`)
  execFileSync('tar', ['-czf', path, '-C', dirname(inside), 'left.js'])
  rmSync(inside)
}

/** The names of the places in which the scanner reports nothing; undefined where it reports nothing anywhere. */
export async function placesPassedOver(scanner) {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'))
  try {
    for (const path of ['app/src/app.js', ...Object.values(PLACES)]) write(join(folder, path))
    const { found } = await runScanner(scanner, folder)
    const isRead = (path) => found.some((one) => one.path.startsWith(path))
    if (!isRead('app/src/app.js')) return undefined
    return Object.keys(PLACES).filter((name) => !isRead(PLACES[name]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
