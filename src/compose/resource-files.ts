// Looks whether the files behind secrets and configs are there. Their contents are not read: they are where secrets belong.
import { stat } from 'node:fs/promises'
import { printable } from '../support/printable.js'
import { child, type MapNode, stringOf } from './tree.js'
import type { ProjectIssue } from './types.js'

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
