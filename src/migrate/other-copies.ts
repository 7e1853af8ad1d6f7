// What the other copies of a project need before a migration gets to them: the files with the secrets are not in git.
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'

/** What starts the project on another machine, or here. */
const STARTS = /docker[- ]compose\b(?:[^\n#]*\s)?(?:up|run|start|restart|build|create)\b|docker\s+stack\s+deploy\b/
const MOST_NAMED = 4

/** One, where the secrets are files of the project. */
export function otherCopiesNote(
  { store, scripts = [] }: Pick<Gathered, 'store' | 'scripts'>,
  moves: readonly Move[],
): readonly string[] {
  const folder = store.options['secrets-dir']
  if (moves.length === 0 || store.kind !== 'compose-file' || folder === undefined) return []
  const starting = scripts.flatMap(({ kind, name, text }) => {
    const line = kind === 'script' ? text.split('\n').findIndex((each) => STARTS.test(each)) : -1
    return line === -1 ? [] : [`${name}:${line + 1}`]
  })
  const named = starting.slice(0, MOST_NAMED).join(', ') + (starting.length > MOST_NAMED ? ' and others' : '')
  return [
    `${folder}/ stays out of git: every other copy of this project (a clone, CI, a server) needs its files, each with the value of that place, before the change gets there${named === '' ? '' : `; ${named} ${starting.length === 1 ? 'starts' : 'start'} it`}.`,
  ]
}
