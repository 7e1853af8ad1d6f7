// .secretscan/secrets.yaml: which secret is where and under which variable a command gets it. References only: it is committed.
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { parse } from 'yaml'
import { NotFoundError, UsageError } from '../support/errors.js'
import { readIfThere } from './project-files.js'

export interface SecretReference {
  readonly name: string
  /** vault://MOUNT/PATH#FIELD or file://PATH (relative to the project). */
  readonly ref: string
  readonly env: string
}

export const REFERENCES_FILE = '.secretscan/secrets.yaml'
const HEADER =
  '# Where the secrets of this project are: references only, no values. Read by secretscan exec.\nversion: 1\nsecrets:\n'
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The text that adds `references` to the file as it is ("" where there is none): ours ends with its map of secrets. */
export function addReferences(text: string, references: readonly SecretReference[]): string {
  const lines = references
    .map(({ name, ref, env }) => `  ${name}: { ref: ${JSON.stringify(ref)}, env: ${env} }\n`)
    .join('')
  if (text === '') return HEADER + lines
  return `${text.endsWith('\n') ? '' : '\n'}${lines}`
}

/** @throws UsageError naming what is wrong with the file. */
export function parseReferences(text: string, file: string): readonly SecretReference[] {
  const wrong = (why: string): never => {
    throw new UsageError(`${file} ${why}.`, {
      hint: 'Its form is: version: 1, secrets: { NAME: { ref: "vault://mount/path#key", env: NAME } }.',
    })
  }
  let root: unknown
  try {
    root = parse(text, { maxAliasCount: 10 })
  } catch {
    return wrong('is no YAML')
  }
  const { version, secrets } = (root ?? {}) as { version?: unknown; secrets?: unknown }
  if (version !== 1) return wrong('is not of version 1')
  if (typeof secrets !== 'object' || secrets === null) return wrong('names no secrets')
  return Object.entries(secrets as Readonly<Record<string, { ref?: unknown; env?: unknown } | null>>).map(
    ([name, entry]) => {
      const { ref, env } = entry ?? {}
      if (typeof ref !== 'string' || !/^(?:vault|file):\/\/./.test(ref))
        return wrong(`gives ${name} no reference that is known`)
      if (typeof env !== 'string' || !VARIABLE.test(env)) return wrong(`gives ${name} no variable`)
      return { name, ref, env }
    },
  )
}

/** @throws NotFoundError where there is no file. */
export async function readReferences(projectDir: string): Promise<readonly SecretReference[]> {
  const file = join(projectDir, REFERENCES_FILE)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NotFoundError(`There is no ${REFERENCES_FILE} in ${projectDir}.`, {
      hint: 'secretscan migrate --to vault writes it; run exec in the folder of the project.',
      cause,
    })
  })
  return parseReferences(text, REFERENCES_FILE)
}

/** As readReferences, but none where there is no file. */
export async function readReferencesIfThere(projectDir: string): Promise<readonly SecretReference[]> {
  const bytes = await readIfThere(join(projectDir, REFERENCES_FILE))
  return bytes === undefined ? [] : parseReferences(Buffer.from(bytes).toString('utf8'), REFERENCES_FILE)
}

export interface VaultReference {
  /** Mount and path in one: only Vault knows where the mount ends. */
  readonly whole: string
  readonly field: string
}

/** vault://MOUNT/PATH#FIELD */
export function parseVaultReference(ref: string): VaultReference | undefined {
  const [, whole = '', field = ''] = /^vault:\/\/([^#]+\/[^#]+)#(.+)$/.exec(ref) ?? []
  return whole === '' ? undefined : { whole, field }
}

export function fileOfReference(ref: string, projectDir: string): string {
  const path = ref.slice('file://'.length)
  return isAbsolute(path) ? path : join(projectDir, path)
}
