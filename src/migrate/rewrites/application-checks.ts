// Health checks that start the application itself, or a script of it (celery inspect ping, airflow jobs check, node healthcheck.js), or a
// program that takes a variable by itself (redis-cli: REDISCLI_AUTH): they name no variable and do not see what an entrypoint exports, so they
// bring it themselves.
import { takingUnnamed } from '../implicit-variables.js'
import type { Move } from '../plan-moves.js'
import { bringing, forCompose, isShellName } from '../shim.js'
import { reading } from './env-readings.js'
import { shellLine } from './words-after.js'

const program = (names: string): RegExp => new RegExp(String.raw`(?:^|[\s"'/;&|(])(?:${names})(?=$|[\s"';&|)])`)

/** Programs that load the application's own settings. */
const FRAMEWORK = program(
  String.raw`celery|airflow|superset|dagster|prefect|flask|alembic|rails|rake|bundle|mix|artisan|manage\.py|bin/console|sidekiqmon`,
)
const SCRIPT = String.raw`[\w./-]+\.(?:[cm]?js|ts|py|rb|php)`
/** MariaDB's own healthcheck.sh has options, and an account of its own. */
const OWN_SCRIPT = program(
  String.raw`(?:python[\d.]*|node|php|ruby|deno|bun)(?: run)? (?:-m \w[\w.]*|${SCRIPT})|(?:npm|pnpm|yarn|npx|poetry|uv|java|dotnet)|[\w.-]*(?:health|check|ready|live|probe)[\w-]*\.(?:[cm]?js|ts|py|rb|php|sh(?! --))`,
)

/** true where a check of these words loads the settings of the application. */
export const startsFramework = (words: readonly string[]): boolean => FRAMEWORK.test(words.join(' '))

/** true where a command of these words loads them too, or is a script of the project, which may. */
export const startsApplication = (words: readonly string[]): boolean =>
  startsFramework(words) || OWN_SCRIPT.test(words.join(' '))

/** What brings the variable to a check, as Compose files write it; undefined: nothing does. */
function brought({ candidate, name, strategy }: Move): string | undefined {
  const isBrought = (strategy.by === 'shim' || strategy.by === 'url') && candidate.what !== 'flag'
  if (!isBrought || !isShellName(candidate.variable)) return undefined
  return `${forCompose(bringing(candidate.variable, name, strategy.by === 'url'))}; `
}

/** `after`, the words of a health check that were `before`, with what `move` takes from the environment of the application it starts. */
export function withBrought(before: readonly string[], after: readonly string[], move: Move): readonly string[] {
  const text = brought(move)
  const isList = before[0] === 'CMD'
  const isThere = text !== undefined && before.some((word) => word.includes(text))
  if (
    text === undefined ||
    isThere ||
    !(startsApplication(before) || takingUnnamed(before.join(' '), move.candidate.variable) !== undefined) ||
    (!isList && before[0] !== 'CMD-SHELL' && before.length > 1)
  )
    return after
  if (isList) return ['CMD-SHELL', `${text}${shellLine(before.slice(1), after.slice(1), reading(move.name))}`]
  const script = after.length - 1
  return after.map((word, index) => (index === script ? `${text}${word}` : word))
}

/** `text` without what brings the variable of `move`. */
export function withoutBrought(text: string, move: Move): string {
  const own = brought(move)
  return own === undefined ? text : text.replaceAll(own, '')
}
