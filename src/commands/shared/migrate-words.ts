// What the commands of a migration say, alike in the guided way and in scripts.
import { basename } from 'node:path'
import type { ApplyResult } from '../../migrate/apply.js'
import { changesImage } from '../../migrate/image-notes.js'
import { storeName } from '../../migrate/print-plan.js'
import type { Prepared } from '../../migrate/run.js'
import type { PlanStep } from '../../migrate/types.js'

const CHECKS = {
  model: 'compare the project before and after',
  schema: 'hold the result against the Compose specification',
  engine: 'let docker read the result',
} as const

export function stepWords(step: PlanStep): string {
  switch (step.do) {
    case 'put':
      return `write ${step.name}`
    case 'verify':
      return `read ${step.name} back`
    case 'stage':
      return `prepare ${step.path}`
    case 'check':
      return CHECKS[step.what]
    case 'swap':
      return `swap ${step.paths.join(', ')}`
  }
}

/** What was done and what comes next. */
export function printApplied(
  print: (line: string) => void,
  bin: string,
  result: ApplyResult,
  prepared?: Prepared,
): void {
  const { stored, swapped, id } = result
  const noun = stored.length === 1 ? 'secret' : 'secrets'
  print(
    `\n✔ ${stored.length} ${noun} written to ${storeName(stored[0]?.store ?? 'compose-file')} ${stored[0]?.store === 'swarm' ? 'and checked' : 'and read back'}   ✔ ${swapped.join(', ')} rewritten\n`,
  )
  print(`  Undo:      ${bin} migrate rollback ${id}`)
  const services = prepared?.planned.plan.services ?? []
  const files =
    prepared?.gathered.project.files.filter(({ kind }) => kind === 'compose').map(({ file }) => basename(file)) ?? []
  if (stored[0]?.store === 'swarm')
    print(`  Redeploy:  docker stack deploy ${files.map((file) => `-c ${file}`).join(' ')} STACK`)
  else if (services.length > 0)
    print(
      `  Redeploy:  ${stored[0]?.store === 'vault' ? `${bin} exec -- ` : ''}docker compose up -d ${prepared?.planned.moves.some(changesImage) ? '--build ' : ''}${services.join(' ')}`,
    )
  print('  Rotate:    git history and image layers may still hold the old values: change them')
  print(`  Clean up:  ${bin} migrate clean ${id}   (removes the kept originals)`)
}
