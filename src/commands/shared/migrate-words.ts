// What the commands of a migration say, alike in the guided way and in scripts.
import type { Flow } from '../../migrate/print-plan.js'
import { startsSeveral } from '../../migrate/project-words.js'
import type { MigrationPlan, PlanStep } from '../../migrate/types.js'
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

/** What is said behind commands that start services anew; of several files that each is for what is started alone. */
export const redeployRemark = (plan: MigrationPlan, remark = ''): string =>
  [startsSeveral(plan) ? 'each file is started alone: those that run' : '', remark].filter(Boolean).join('; ')

/**
 * Commands below each other behind a label, each whole, so that it can be copied. The remark stands behind the last, or below it where the
 * terminal has no room.
 */
export function labelled(label: string, commands: readonly string[], remark = ''): readonly string[] {
  const margin = ' '.repeat(label.length)
  const lines = commands.map((command, index) => `${index === 0 ? label : margin}${command}`)
  if (remark === '' || lines.length === 0) return lines
  const said = `(${remark})`
  const last = `${lines.at(-1)}   ${said}`
  return onStdout(last, 0) === last
    ? [...lines.slice(0, -1), last]
    : [...lines, ...onStdout(`${margin}${said}`, 1).split('\n')]
}
