// How a run ends that has moved secrets: what was done, how it is undone, what comes next. The same from the guided way, from `apply`, from
// a plan file, and from a run that was finished later: all of it stands in the plan.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ResolvedSettings } from '../../config/resolve.js'
import { agentOptions, CREDENTIALS } from '../../migrate/agent/options.js'
import type { ApplyResult } from '../../migrate/apply-result.js'
import { afterwardsLines, storeName } from '../../migrate/print-plan.js'
import {
  beforeStack,
  forProject,
  keepingCommands,
  redeployCommands,
  startedNow,
  withProject,
} from '../../migrate/project-words.js'
import type { MigrationPlan } from '../../migrate/types.js'
import { printable } from '../../support/printable.js'
import { shellWord } from '../../support/shell-word.js'
import { labelled, onStdout, redeployRemark } from './migrate-words.js'

/** Columns by which a labelled line that is broken goes on: below its text. */
const INDENT = 11

/** What a run has to tell, and who says it. */
export interface Ending {
  readonly print: (line: string) => void
  readonly bin: string
  /** Where settings came from: what only this run was told, others have to be told too. */
  readonly origins: ResolvedSettings['origins']
  readonly result: ApplyResult
  readonly plan: MigrationPlan
}

/** What was done and, unless `quiet`, what comes next; whatever kind of run it was. */
export function printEnding(ending: Ending, { quiet = false }: { readonly quiet?: boolean } = {}): void {
  const { print, bin, result, plan } = ending
  const say = (line: string, indent = INDENT) => print(onStdout(line, indent))
  const isMove = plan.kind === undefined
  print('')
  for (const line of doneLines(ending)) say(line, 2)
  if (!quiet && result.engineWord !== undefined) say(result.engineWord, 2)
  if (isMove) print('')
  const command = (what: string) => withProject(`${bin} migrate ${what}`, plan.projectDir)
  const run = (label: string, commands: readonly string[], remark?: string) =>
    labelled(label, commands, remark).forEach(print)
  const address = addressToSet(ending)
  if (address !== undefined) run('  Set:       ', [address], 'the commands below ask Vault there')
  run('  Undo:      ', [command(`rollback ${result.id}`)])
  if (quiet) return
  const after = plan.afterwards?.filter(({ redeploys }) => redeploys !== true) ?? []
  if (needsAgentLogin(plan)) run('  Login:     ', [command('agent-login')], 'what the agent logs in with')
  run('  First:     ', keepingCommands(plan), 'keeps the old image for the comparison, where it is built')
  const down = beforeStack(plan)
  if (down !== undefined)
    run('  Before:    ', [down], 'where it runs under docker compose: its network and ports are in the way')
  run('  Redeploy:  ', redeploy(ending), redeployRemark(plan, remarkOnProfiles(plan)))
  if (isMove) {
    if (plan.left.length > 0) say(leftLine(ending))
    say(rotateLine(ending))
    for (const line of providerLines(plan)) say(line, 0)
  }
  if (plan.kind === 'move') for (const note of plan.notes) say(`  Left:      ${note}`)
  const folder = plan.to.options['secrets-dir']
  if (isMove && plan.to.store === 'compose-file' && folder !== undefined)
    say(`  Elsewhere: other copies of the project (a clone, CI, a server) need ${folder}/ with their own values first.`)
  run('  Clean up:  ', [command(`clean ${result.id}`)], REMOVES[plan.kind ?? 'migration'])
  if (after.length > 0) print(`\n  Afterwards:\n${afterwardsLines(after, onStdout).join('\n')}`)
}

/** The same for a script; `redeploy` as `rollback` has it. */
export function nextSteps({ plan, bin }: Pick<Ending, 'plan' | 'bin'>) {
  const redeploy = redeployCommands(plan, bin)
  return {
    ...(redeploy.length === 0 ? {} : { redeploy: redeploy.join('\n') }),
    ...(plan.rotate === undefined ? {} : { rotate: plan.rotate }),
    ...(plan.afterwards?.length ? { afterwards: plan.afterwards } : {}),
  }
}

const REMOVES = {
  migration: 'removes the kept originals',
  move: 'once it runs: removes what is left, and the originals',
  rotation: 'removes the old value, which the run keeps',
  sync: 'removes what the run keeps',
} as const

function doneLines({ result, plan }: Ending): readonly string[] {
  const { stored, swapped } = result
  const names = stored.map(({ name }) => name).join(', ')
  const rewritten = swapped.length === 0 ? [] : [`✔ ${swapped.join(', ')} rewritten`]
  const where = storeName(plan.to.store)
  if (plan.kind === 'rotation' || plan.kind === 'sync') return [`✔ ${names} has a new value in ${where}`, ...rewritten]
  const checked = plan.to.store === 'swarm' ? 'and checked' : 'and read back'
  const before = stored.filter(({ createdByUs }) => !createdByUs).length
  const there = before === 0 ? '' : `, ${before} of them there before with this value`
  const counted = `${stored.length} ${stored.length === 1 ? 'secret' : 'secrets'}`
  const written = before === stored.length ? `${counted} found in` : `${counted} written to`
  return [`✔ ${written} ${where} ${checked}${proofWords(result)}${before === stored.length ? '' : there}`, ...rewritten]
}

/** Swarm gives no value back: says by what else each is known to be right. */
function proofWords({ verified }: ApplyResult): string {
  const byLabel = verified.filter(({ how }) => how === 'label-only')
  const [first] = byLabel
  if (first === undefined) return verified.some(({ how }) => how === 'proven-by-service') ? ' by a service' : ''
  return ` by ${byLabel.length === verified.length ? 'its label' : `the label of ${byLabel.map(({ name }) => name).join(', ')}`} only: ${first.reason ?? ''}`.trimEnd()
}

/** Where Vault is stands in no file of the project, so that a checkout does not decide where a token goes. */
function addressToSet({ plan, origins }: Ending): string | undefined {
  const address = plan.to.options['vault-addr']
  const origin = origins.get('vault-addr')
  if (plan.to.store !== 'vault' || address === undefined || origin === 'variable' || origin === 'file') return undefined
  return `export VAULT_ADDR=${shellWord(address)}`
}

/** A Vault Agent that AppRole lets in, and nobody has given it what it logs in with. */
function needsAgentLogin({ to, projectDir }: MigrationPlan): boolean {
  const agent = agentOptions(to.options, projectDir)
  if (agent === undefined || agent.auth === 'token-file') return false
  // The secret ID may be gone: an agent that opens a wrapped one takes it away.
  return !existsSync(resolve(projectDir, CREDENTIALS[agent.auth][0]?.file ?? ''))
}

function redeploy({ plan, bin }: Ending): readonly string[] {
  const commands = redeployCommands(plan, bin)
  return commands.length === 0 && plan.kind === 'move' ? ['nothing: no service has them'] : commands
}

/** Services that are not started anew: a job of a profile is not to run for that. */
function remarkOnProfiles(plan: MigrationPlan): string | undefined {
  const now = new Set(startedNow(plan))
  const later = plan.services.filter((service) => !now.has(service)).map(printable)
  return later.length === 0 ? undefined : `not ${later.join(', ')}, of a profile: start anew what of it runs`
}

/** Moved is not changed: the old values are still where they stood. */
function rotateLine({ plan, bin, result }: Ending): string {
  // A plan of an earlier version does not say which of them hold no secret.
  const names = (plan.rotate ?? result.stored).map(({ name }) => name)
  const isInNoHistory = names.length > 0 && plan.rotate?.every(({ neverCommitted }) => neverCommitted === true) === true
  const places = isInNoHistory ? 'image layers and backups' : 'git history, image layers and backups'
  const still = `stay in ${places} that have them: change them`
  if (names.length === 0) return `  Rotate:    the old values ${still}.`
  return `  Rotate:    ${names.join(', ')}: the old values ${still}, with ${forProject(`${bin} rotate NAME`, plan)}.`
}

function leftLine({ plan, bin }: Ending): string {
  const count = plan.left.length
  const stay = count === 1 ? 'value stays where it was' : 'values stay where they were'
  return `  Left:      ${count} ${stay}: ${forProject(`${bin} migrate plan`, plan)} says why, and what to do.`
}

/** Where providers take back what moved. */
const providerLines = ({ rotate = [] }: MigrationPlan): readonly string[] =>
  rotate.flatMap(({ name, issuers = [] }) =>
    issuers.map(({ title, remediation }) => `             ${name}: ${title}. ${remediation}`),
  )
