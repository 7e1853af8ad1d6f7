// Compose files that were written beside those of a migration since (compose.override.yaml), and that use a secret which leaves with its
// rollback: Compose would not read the project any more.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'

/** A Compose file of the migration, as it is now and as it would be. */
export interface TakenBack {
  /** Absolute. */
  readonly path: string
  readonly now: Uint8Array
  readonly after: Uint8Array
}

type Tree = Readonly<Record<string, unknown>>

const treeOf = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {})

const NAME = /(?:compose|stack)[^/]*\.ya?ml$/i

/** The first use of a secret that none of the files would declare any more, for people; undefined: there is none. */
export async function leftReference(projectDir: string, files: readonly TakenBack[]): Promise<string | undefined> {
  const declared = (bytes: Uint8Array) => Object.keys(treeOf(modelOf(bytes)['secrets']))
  const staying = new Set(files.flatMap(({ after }) => declared(after)))
  const leaving = new Set(files.flatMap(({ now }) => declared(now)).filter((name) => !staying.has(name)))
  if (leaving.size === 0) return undefined
  const own = new Set(files.map(({ path }) => path))
  for (const name of (await readdir(projectDir)).filter((each) => NAME.test(each)).sort()) {
    const path = join(projectDir, name)
    const model = own.has(path) ? {} : modelOf(await readFile(path).catch(() => new Uint8Array()))
    for (const [service, { secrets }] of Object.entries(treeOf(model['services'])).map(entryOf)) {
      const granted = Array.isArray(secrets) ? secrets.map((grant) => treeOf(grant)['source'] ?? grant) : []
      const used = granted.find(
        (each) => leaving.has(String(each)) && !Object.hasOwn(treeOf(model['secrets']), String(each)),
      )
      if (used !== undefined) return `${name} gives the secret ${String(used)} to ${service}`
    }
  }
  return undefined
}

const entryOf = ([key, value]: readonly [string, unknown]) => [key, treeOf(value)] as const

/** Empty for what is no YAML, or has more aliases than a person writes. */
function modelOf(bytes: Uint8Array): Tree {
  try {
    const document = parseDocument(Buffer.from(bytes).toString('utf8'), { merge: true, logLevel: 'silent' })
    return document.errors.length > 0 ? {} : treeOf(document.toJS())
  } catch {
    return {}
  }
}
