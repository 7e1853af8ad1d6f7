// Second copies of a secret's value: files of the project's other secrets and configs that hold it, as a whole env file does, and files that
// services mount.
import { relative, resolve } from 'node:path'
import type { ComposeProject } from '../../compose/types.js'
import { printable } from '../../support/printable.js'
import type { Secret } from '../../support/secret.js'
import { mountedFiles } from '../mounted-files.js'
import { readIfThere } from '../project-files.js'
import { asTree } from '../tree.js'
import { lineHolding } from '../value-in-file.js'
import type { SecretPlace } from './find.js'

/** Bytes; secrets and configs are small. */
const MAX_FILE = 1024 * 1024

/** As `path:line (secret NAME)`, in the order of the Compose file; files that cannot be read are none. */
export async function copiesOf(value: Secret, project: ComposeProject, place: SecretPlace): Promise<readonly string[]> {
  const wanted = Buffer.from(value.reveal()).toString('utf8')
  const own = place.ref.startsWith('file://')
    ? resolve(project.directory, place.ref.slice('file://'.length))
    : undefined
  const found: string[] = []
  for (const kind of ['secrets', 'configs'] as const)
    for (const [name, declared] of Object.entries(asTree(project.model[kind]))) {
      const { file } = asTree(declared)
      const path = typeof file === 'string' ? resolve(project.directory, file) : undefined
      if (path === undefined || path === own) continue
      const bytes = Buffer.from((await readIfThere(path).catch(() => undefined)) ?? new Uint8Array())
      const line = bytes.length > MAX_FILE ? 0 : lineHolding(bytes, wanted)
      if (line > 0) found.push(printable(`${relative(project.directory, path)}:${line} (${kind.slice(0, -1)} ${name})`))
    }
  for (const { path, bytes, service } of await mountedFiles(project)) {
    const line = lineHolding(bytes, wanted)
    if (line > 0) found.push(printable(`${relative(project.directory, path)}:${line} (which ${service} mounts)`))
  }
  return found
}
