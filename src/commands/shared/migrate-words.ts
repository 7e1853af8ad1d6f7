// What the commands of a migration say, alike in the guided way and in scripts.
import type { Flow } from '../../migrate/print-plan.js'
import { whichRuns } from '../../migrate/project-words.js'
import type { PlanStep } from '../../migrate/types.js'
import { proseFor } from './prose.js'

/** Plans on standard output: broken at its columns where it is a terminal. */
export const onStdout: Flow = (line, indent) => proseFor(process.stdout, line, indent)

const CHECKS = {
  model: 'compare the project before and after',
  schema: 'check the result against the Compose specification',
  engine: 'let docker read the result, where it is installed',
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
    case 'replace':
      return `write the next version of ${step.name}`
    case 'roll':
      return `move services from ${step.from} to the next version`
    case 'prune':
      return `keep ${step.keep} older ${step.keep === 1 ? 'version' : 'versions'} of ${step.name}`
  }
}

/** Commands below each other behind a label; of several, that each is for what is started alone. */
export function labelled(label: string, commands: readonly string[]): readonly string[] {
  const last = commands.length - 1
  return commands.map(
    (command, index) =>
      `${index === 0 ? label : ' '.repeat(label.length)}${command}${index === last ? whichRuns(commands) : ''}`,
  )
}
