// The files behind secrets and configs, and whether they are there. Their contents are not read: they are where secrets belong.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { printable } from '../support/printable.js'
import { asTree } from '../support/tree.js'
import { child, type MapNode, stringOf } from './tree.js'
import type { ComposeProject, ProjectIssue } from './types.js'

export interface DeclaredFile {
  readonly kind: 'secret' | 'config'
  readonly name: string
  /** Absolute. */
  readonly path: string
}

/** Files of the project's secrets, then those of its configs, in the order of the Compose file; whether they are there or not. */
export function declaredFiles({
  directory,
  model,
}: Pick<ComposeProject, 'directory' | 'model'>): readonly DeclaredFile[] {
  const kinds = ['secret', 'config'] as const
  return kinds.flatMap((kind) =>
    Object.entries(asTree(model[`${kind}s`])).flatMap(([name, resource]) => {
      const { file } = asTree(resource)
      return typeof file === 'string' ? [{ kind, name, path: resolve(directory, file) }] : []
    }),
  )
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

/** A note for each `file:` of a secret or config that does not exist: Compose would fail to start what uses it. */
export async function missingResourceFiles(model: MapNode): Promise<readonly ProjectIssue[]> {
  const issues: ProjectIssue[] = []
  for (const kind of ['secrets', 'configs']) {
    const resources = child(model, kind)
    if (resources?.kind !== 'map') continue
    for (const [name, resource] of resources.entries) {
      const file = stringOf(child(resource, 'file'))
      if (file === undefined || (await isThere(file))) continue
      const detail = `${printable(file)}, named by ${kind}.${printable(name)}, is not there`
      issues.push({ code: 'COMPOSE_FILE_MISSING', effect: 'note', file, detail })
    }
  }
  return issues
}
