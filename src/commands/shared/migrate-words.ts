// What the commands of a migration say, alike in the guided way and in scripts.
import { composeCommand, deployCommand, isStack } from '../../migrate/afterwards.js'
import type { ApplyResult } from '../../migrate/apply-result.js'
import { afterwardsLines, type Flow, storeName } from '../../migrate/print-plan.js'
import { redeployCommands, startsOf, whichRuns, withProject } from '../../migrate/project-words.js'
import type { Prepared } from '../../migrate/run.js'
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

/** What was done and, unless `quiet`, what comes next. */
export function printApplied(
  print: (line: string) => void,
  bin: string,
  result: ApplyResult,
  {
    plan,
    prepared,
    quiet = false,
  }: { readonly plan: MigrationPlan; readonly prepared?: Prepared; readonly quiet?: boolean },
): void {
  const { stored, swapped, id } = result
  const store = stored[0]?.store ?? 'compose-file'
  const say = (line: string, indent = 13) => print(onStdout(line, indent))
  print('')
  say(
    `✔ ${stored.length} ${stored.length === 1 ? 'secret' : 'secrets'} written to ${storeName(store)} ${store === 'swarm' ? 'and checked' : 'and read back'}${proofWords(result)}`,
    2,
  )
  say(`✔ ${swapped.join(', ')} rewritten`, 2)
  if (!quiet && result.engineWord !== undefined) say(result.engineWord, 2)
  print('')
  const command = (what: string) => withProject(`${bin} migrate ${what}`, plan.projectDir)
  say(`  Undo:      ${command(`rollback ${id}`)}`)
  if (quiet) return
  if (needsAgentLogin(prepared)) say(`  Login:     ${command('agent-login')}   (what the agent logs in with)`)
  const after = plan.afterwards ?? []
  const deploy = prepared === undefined ? redeployCommands(plan, bin) : redeploy(prepared)
  if (after.length === 0) for (const line of labelled('  Redeploy:  ', deploy)) say(line)
  const companions = companionsOf(prepared)
  const names = stored.map(({ name }) => name).filter((name) => !companions.has(name))
  say(
    `  Rotate:    ${names.length > 0 ? `${names.join(', ')}: the old values are` : 'the old values may be'} in git history and image layers still: change them${names.length > 0 ? `, with ${withProject(`${bin} rotate NAME`, plan.projectDir)}` : ''}.`,
  )
  for (const remedy of remedies(prepared)) say(`             ${remedy}`, 0)
  const folder = plan.to.options['secrets-dir']
  if (store === 'compose-file' && folder !== undefined)
    say(`  Elsewhere: other copies of the project (a clone, CI, a server) need ${folder}/ with their own values first.`)
  say(`  Clean up:  ${command(`clean ${id}`)}   (removes the kept originals)`)
  if (after.length > 0) print(`\n  Afterwards:\n${afterwardsLines(after, onStdout).join('\n')}`)
}

/** A Vault Agent that is new to the project cannot log in yet. */
function needsAgentLogin(prepared: Prepared | undefined): boolean {
  const agent = prepared?.gathered.agent
  return agent !== undefined && !agent.exists && agent.options.auth !== 'token-file'
}

/** Swarm gives no value back: says by what else each is known to be right. */
function proofWords({ verified }: ApplyResult): string {
  const byLabel = verified.filter(({ how }) => how === 'label-only')
  const [first] = byLabel
  if (first === undefined) return verified.some(({ how }) => how === 'proven-by-service') ? ' by a service' : ''
  return ` by ${byLabel.length === verified.length ? 'its label' : `the label of ${byLabel.map(({ name }) => name).join(', ')}`} only: ${first.reason ?? ''}`.trimEnd()
}

/** The commands that bring the services up with their secrets, with the files that were named. */
function redeploy({ gathered, planned }: Prepared): readonly string[] {
  if (isStack(gathered)) return [deployCommand(gathered)]
  const { plan, moves } = planned
  if (plan.services.length === 0) return []
  return startsOf(plan).map(
    ({ composeFiles, services }) =>
      `${composeCommand({ ...gathered, composeFiles }, moves)} up -d ${services.join(' ')}`,
  )
}

/** Commands below each other behind a label; of several, that each is for what is started alone. */
export function labelled(label: string, commands: readonly string[]): readonly string[] {
  const last = commands.length - 1
  return commands.map(
    (command, index) =>
      `${index === 0 ? label : ' '.repeat(label.length)}${command}${index === last ? whichRuns(commands) : ''}`,
  )
}

/** Names of secrets that hold what is none: a user, a database, moved along with its password. */
function companionsOf(prepared: Prepared | undefined): ReadonlySet<string> {
  const moves = prepared?.planned.moves ?? []
  const secret = new Set(moves.filter(({ candidate }) => candidate.companion !== true).map(({ name }) => name))
  return new Set(moves.map(({ name }) => name).filter((name) => !secret.has(name)))
}

/** Where providers take back what moved; each said once. */
function remedies(prepared: Prepared | undefined): readonly string[] {
  const own = prepared?.planned.moves.flatMap(({ name, candidate: { remedy, because } }) =>
    remedy === undefined ? [] : [`${name}: ${because}. ${remedy}`],
  )
  return [...new Set(own)]
}
