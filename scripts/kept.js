// What the build makes slowly, kept between builds while nothing that it is made from has changed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The bytes that `make` gives for `sources` (all that they are made from), from node_modules/.cache where they were made before. Those of other sources go. */
export async function kept(root, name, sources, make) {
  const folder = join(root, 'node_modules', '.cache', 'secretscan')
  const hash = createHash('sha256')
  for (const source of sources) hash.update(source)
  const file = join(folder, `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${file}.${process.pid}`, await make())
    renameSync(`${file}.${process.pid}`, file)
  }
  const bytes = readFileSync(file)
  for (const other of readdirSync(folder))
    if (other.startsWith(`${name}-`) && !other.includes('.') && !file.endsWith(other))
      rmSync(join(folder, other), { force: true })
  return bytes
}
