// Which files of a folder are Compose files: by their names, or by what they hold where those say nothing (base.yml, production.yml).

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { namesComposeFile } from '../compose/discover.js'
import { smallFile } from '../support/small-file.js'
import { asTree } from '../support/tree.js'
import { writtenModel } from './written-model.js'

/** Not run: there to be copied. */
const TEMPLATE = /(?:^|[._-])(?:example|sample|template|tpl)(?:[._-]|$)/i
/** Of other names, in one folder: more are manifests or translations. */
const MOST_READ = 100
/** Nobody writes a longer Compose file under another name. */
const MOST_BYTES = 200_000

/** What a Compose file may say at its top, beside `x-…`. */
const TOP: ReadonlySet<string> = new Set([
  ...['version', 'name', 'include', 'services', 'networks', 'volumes', 'secrets', 'configs', 'models'],
])
/** What a service of one says of itself; services of a framework's container, of a proxy or of a pipeline say something else. */
const OF_SERVICES: readonly string[] = [
  ...['image', 'build', 'extends', 'environment', 'env_file', 'command', 'entrypoint', 'volumes', 'ports'],
  ...['depends_on', 'networks', 'deploy', 'secrets', 'healthcheck', 'restart', 'profiles'],
]

/** How many files of other names may still be read, in all folders together. */
export interface ReadLimit {
  left: number
}

/** Absolute paths: those that are called so, sorted, then the others, sorted. Templates are none. */
export async function composeFilesOf(folder: string, limit: ReadLimit): Promise<readonly string[]> {
  const all = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/i.test(name) && !TEMPLATE.test(name))
  const others = all.filter((name) => !namesComposeFile(name)).sort()
  const read = others.slice(0, Math.min(MOST_READ, limit.left)).map((name) => join(folder, name))
  limit.left -= read.length
  const texts = await Promise.all(read.map((file) => smallFile(file, MOST_BYTES)))
  const named = all.filter((name) => namesComposeFile(name)).sort()
  return [
    ...named.map((name) => join(folder, name)),
    ...read.filter((_, index) => isCompose(texts[index] ?? new Uint8Array())),
  ]
}

/** true for what Docker would take, and for one of which a later file says what its services run. */
function isCompose(bytes: Uint8Array): boolean {
  if (!/^(?:services|include)\s*:/m.test(Buffer.from(bytes).toString('utf8'))) return false
  const tree = writtenModel(bytes)
  if (!Object.keys(tree).every((key) => TOP.has(key) || key.startsWith('x-'))) return false
  const services = Object.values(asTree(tree['services'])).map(asTree)
  return tree['include'] !== undefined || services.some((service) => OF_SERVICES.some((key) => key in service))
}
