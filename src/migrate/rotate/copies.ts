// Second copies of a secret's value: files of the project's other secrets and configs that hold it, as a whole env file does, and files that
// services mount.
import { relative, resolve } from 'node:path'
import type { ComposeProject } from '../../compose/types.js'
import { printable } from '../../support/printable.js'
import type { Secret } from '../../support/secret.js'
import { grantedFiles, mountedTexts } from '../mounted-texts.js'
import { lineHolding } from '../value-in-file.js'
import type { SecretPlace } from './find.js'

/** As `path:line (secret NAME)`, in the order of the Compose file; files that cannot be read are none. */
export async function copiesOf(value: Secret, project: ComposeProject, place: SecretPlace): Promise<readonly string[]> {
  const wanted = Buffer.from(value.reveal()).toString('utf8')
  const own = place.ref.startsWith('file://')
    ? resolve(project.directory, place.ref.slice('file://'.length))
    : undefined
  const found: string[] = []
  for (const { path, bytes, as } of [...(await grantedFiles(project)), ...(await mountedTexts(project))]) {
    const line = path === own ? 0 : lineHolding(bytes, wanted)
    if (line > 0) found.push(printable(`${relative(project.directory, path)}:${line} (${as})`))
  }
  return found
}
