// What a rotation cannot do itself: start services anew, tell a database its new password, revoke the old value at its provider.
import { withProject } from '../project-words.js'
import { databaseNotes, type NoteContext } from './database-note.js'
import type { SecretPlace } from './find.js'

export interface Advice {
  /** Commands to run, in order. */
  readonly commands: readonly string[]
  readonly notes: readonly string[]
}

export interface AdviceContext extends NoteContext {
  readonly bin: string
  /** The agent opens a wrapped secret ID: each start needs a new one. */
  readonly agentOpensOnce?: boolean
}

export function adviceFor(place: SecretPlace, context: AdviceContext): Advice {
  return { commands: commandsFor(place, context), notes: databaseNotes(context, place) }
}

const words = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')

function commandsFor(
  place: SecretPlace,
  { project, compose: found, bin, cwd, agentOpensOnce }: AdviceContext,
): readonly string[] {
  const { store, users, builds, byAgent, swarmName } = place
  if (store === 'vault' && swarmName !== undefined) return [withProject(`${bin} migrate sync`, project.directory, cwd)]
  if (store === 'swarm') return []
  const byExec = store === 'vault' && !byAgent ? `${bin} exec --` : ''
  const compose = (...rest: readonly string[]) => words([byExec, 'docker compose', found, ...rest])
  return [
    ...(builds.length === 0 ? [] : [compose('build', ...builds)]),
    ...(byAgent && agentOpensOnce ? [withProject(`${bin} migrate agent-login`, project.directory, cwd)] : []),
    // A changed value is no change of the project: without it docker compose would leave the containers alone.
    ...(users.length === 0 ? [] : [compose('up -d --force-recreate', byAgent ? 'vault-agent' : '--no-deps', ...users)]),
  ]
}
