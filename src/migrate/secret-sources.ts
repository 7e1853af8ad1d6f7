// Secrets and configs of the project that Compose makes from a variable (`environment: NAME`): they name it without interpolating it.
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'

/** What Compose makes from the variable `key`, as it is written: secrets.db. undefined: nothing. */
export function madeFromVariable({ model }: Pick<ComposeProject, 'model'>, key: string): string | undefined {
  for (const kind of ['secrets', 'configs']) {
    const taker = Object.entries(asTree(model[kind])).find(([, entry]) => asTree(entry)['environment'] === key)
    if (taker !== undefined) return `${kind}.${taker[0]}`
  }
  return undefined
}
