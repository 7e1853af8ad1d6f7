// Prints the lines of patterns/published-keys.txt for the private keys in folders of public packages, to be added to that file by hand.
// Usage: node scripts/collect-published-keys.js 'NAME OF THE PACKAGE' FOLDER...  (after npm run build)
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { publishedKeyId } from '../dist/detect/published-keys.js'

const [name, ...folders] = process.argv.slice(2)
const LARGEST = 4 * 1024 * 1024
const KEY =
  /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?)-----(?:(?!-----)[\s\S]){60,20000}-----END \1-----|PuTTY-User-Key-File-[\s\S]{60,20000}?Private-(?:MAC|Hash): /g

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesUnder(path)
    else if (entry.isFile() && statSync(path).size <= LARGEST) yield path
  }
}

const ids = new Set()
for (const folder of folders)
  for (const file of filesUnder(folder))
    for (const [key] of readFileSync(file, 'latin1').matchAll(KEY)) {
      const id = publishedKeyId(key)
      if (id !== undefined) ids.add(id)
    }
for (const id of [...ids].sort()) process.stdout.write(`${id} ${name}\n`)
