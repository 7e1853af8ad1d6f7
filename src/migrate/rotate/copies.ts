// Second copies of a secret's value: files of the project's other secrets and configs that hold it, as a whole env file does.
import { relative, resolve } from 'node:path'
import { isPlainWord, isSecret } from '../../compose/secret-names.js'
import type { ComposeProject } from '../../compose/types.js'
import { findUrlPassword, percentDecoded } from '../../compose/url-password.js'
import { printable } from '../../support/printable.js'
import type { Secret } from '../../support/secret.js'
import { readIfThere } from '../project-files.js'
import { asTree } from '../tree.js'
import type { SecretPlace } from './find.js'

/** Bytes; secrets and configs are small. */
const MAX_FILE = 1024 * 1024
/** Shorter values stand in files by chance. */
const TELLING = 6

/** As `path:line (secret NAME)`, in the order of the Compose file; files that cannot be read are none. */
export async function copiesOf(value: Secret, project: ComposeProject, place: SecretPlace): Promise<readonly string[]> {
  const wanted = Buffer.from(value.reveal())
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
      const line = bytes.length > MAX_FILE ? 0 : lineOf(bytes, wanted)
      if (line > 0) found.push(printable(`${relative(project.directory, path)}:${line} (${kind.slice(0, -1)} ${name})`))
    }
  return found
}

/**
 * 1-based; 0 where the value is not there, also percent-encoded. One that may be a word counts as a whole file, as the password of a URL, or as a
 * line's value with a name that says secret.
 */
function lineOf(bytes: Buffer, wanted: Buffer): number {
  const text = wanted.toString('utf8')
  const lines = bytes.toString('utf8').split('\n')
  if (wanted.length >= TELLING && !isPlainWord(text)) {
    const at = bytes.indexOf(wanted)
    if (at !== -1) return bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1
    return 1 + lines.findIndex((line) => percentDecoded(line).includes(text))
  }
  if (bytes.equals(wanted)) return 1
  const isCopy = (line: string) => {
    const [name = '', ...rest] = line.split(/([=:])/)
    const value = rest.slice(1).join('').trim()
    return value.replace(/^["']|["']$/g, '') === text && isSecret(name.trim(), text)
  }
  return 1 + lines.findIndex((line) => isCopy(line) || findUrlPassword(line)?.password === text)
}
