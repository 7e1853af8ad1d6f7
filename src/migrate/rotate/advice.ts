// What a rotation cannot do itself: start services anew, tell a database its new password, revoke the old value at its provider.
import { forProject, stackCommand, withProject } from '../project-words.js'
import { databaseNotes, type NoteContext, ofCompose } from './database-note.js'
import type { SecretPlace } from './find.js'

export interface Advice {
  /** Commands to run, in order. */
  readonly commands: readonly string[]
  readonly notes: readonly string[]
  /** The same before the value is written. */
  readonly warnings: readonly string[]
}

export interface AdviceContext extends NoteContext {
  readonly bin: string
  /** The files are deployed as a stack, which makes Swarm secrets of the project's files by itself. */
  readonly deployed?: boolean
  /** The agent opens a wrapped secret ID: each start needs a new one. */
  readonly agentOpensOnce?: boolean
}

export function adviceFor(place: SecretPlace, context: AdviceContext): Advice {
  const stack = isStackOfFiles(place, context) ? [renamed(place.name)] : []
  return {
    commands: commandsFor(place, context),
    notes: [...stack, ...databaseNotes(context, place)],
    warnings: [...stack, ...databaseNotes(context, place, { written: false })],
  }
}

const isStackOfFiles = ({ store }: SecretPlace, { deployed }: AdviceContext): boolean =>
  store === 'compose-file' && deployed === true

/** Measured: "only updates to Labels are allowed". */
const renamed = (name: string): string =>
  `docker stack deploy made a Swarm secret of the file, and refuses one that has changed: give it another name under secrets: in the Compose file (${name}: with name: ${name}_v2) before it is deployed. With "secretscan migrate apply --from compose-file --to swarm" a rotation does that by itself.`

function commandsFor(place: SecretPlace, context: AdviceContext): readonly string[] {
  const { project, given, bin, cwd, agentOpensOnce } = context
  const { store, users, builds, byAgent, swarmName } = place
  if (store === 'vault' && swarmName !== undefined)
    return [forProject(`${bin} migrate sync`, { projectDir: project.directory, ...given }, cwd)]
  if (store === 'swarm') return []
  if (isStackOfFiles(place, context)) return [stackCommand(project.mainFiles, cwd)]
  const byExec = store === 'vault' && !byAgent ? `${bin} exec -- ` : ''
  const compose = (...rest: readonly string[]) => byExec + ofCompose(context, ...rest)
  return [
    ...(builds.length === 0 ? [] : [compose('build', ...builds)]),
    ...(byAgent && agentOpensOnce ? [withProject(`${bin} migrate agent-login`, project.directory, cwd)] : []),
    // A changed value is no change of the project: without it docker compose would leave the containers alone.
    ...(users.length === 0 ? [] : [compose('up -d --force-recreate', byAgent ? 'vault-agent' : '--no-deps', ...users)]),
  ]
}
