// Looks at what the Vault Agent of a project logs in with, as far as that lies here: there, for its owner alone, and as the agent takes it.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AGENT_CONFIG, CREDENTIALS } from '../agent/options.js'
import { readIfThere } from '../project-files.js'
import type { Check } from './types.js'

const WHAT = 'Vault Agent'
/** Of others than the owner. */
const OTHERS = 0o077

/** [] where the project has no agent. Nothing is logged in with: a secret ID may be good for few uses. */
export async function checkAgent(projectDir: string): Promise<readonly Check[]> {
  const config = await readIfThere(join(projectDir, AGENT_CONFIG))
  if (config === undefined) return []
  const byToken = /^\s*method "token_file"/m.test(Buffer.from(config).toString('utf8'))
  const files = CREDENTIALS[byToken ? 'token-file' : 'approle'].map(({ file }) => file.replace(/^\.\//, ''))
  const mend = byToken
    ? 'vault token create -policy=NAME -orphan -period=24h -field=token, into that file'
    : 'secretscan migrate agent-login'
  const wrong = (await Promise.all(files.map((file) => faultOf(projectDir, file)))).filter((each) => each !== undefined)
  const [fault] = wrong
  if (fault === undefined) return [{ what: WHAT, state: 'ok', says: `Has what it logs in with: ${files.join(', ')}.` }]
  return [{ what: WHAT, state: fault.missing ? 'note' : 'failed', says: fault.says, mend: fault.mend ?? mend }]
}

interface Fault {
  readonly says: string
  /** Elsewhere than where the project is deployed nothing is wrong with that. */
  readonly missing?: boolean
  readonly mend?: string
}

async function faultOf(projectDir: string, file: string): Promise<Fault | undefined> {
  const path = join(projectDir, file)
  const about = await stat(path).catch(() => undefined)
  if (about === undefined) return { says: `${file} is not here: the agent cannot log in from here.`, missing: true }
  if ((about.mode & OTHERS) !== 0)
    return { says: `${file} can be read by others than its owner.`, mend: `chmod 600 ${file}` }
  const text = await readFile(path, 'utf8')
  if (text.trim() === '') return { says: `${file} is empty.` }
  return text === text.trim()
    ? undefined
    : { says: `${file} has blanks or a line end around what the agent logs in with.` }
}
