// The variables that a project's interpolation sees: the caller's environment, then .env files beneath it.
import { join, resolve } from 'node:path'
import { NotFoundError } from '../support/errors.js'
import { envFileValues, parseEnvFile } from './env-file.js'
import type { ProjectReader } from './project-reader.js'

const YES = ['1', 't', 'T', 'true', 'TRUE', 'True']

/** Compose's environment over .env: names set in `env` stay, later files of `envFiles` win over earlier ones. Throws NotFoundError for a named file that is missing. */
async function withEnvFiles(
  env: ReadonlyMap<string, string>,
  envFiles: readonly string[],
  reader: ProjectReader,
): Promise<ReadonlyMap<string, string>> {
  let added: ReadonlyMap<string, string> = new Map()
  for (const file of envFiles) {
    const source = await reader.read(file, 'dotenv')
    if (source === undefined) throw new NotFoundError(`no env file ${file}`)
    added = envFileValues(parseEnvFile(source), source, (name) => env.get(name), added)
  }
  return new Map([...added, ...env])
}

/** Named env files (flags, else COMPOSE_ENV_FILES), else `.env` in `directory` unless COMPOSE_DISABLE_ENV_FILE says no. */
export async function projectEnvironment(
  env: ReadonlyMap<string, string>,
  envFiles: readonly string[],
  directory: string,
  cwd: string,
  reader: ProjectReader,
): Promise<ReadonlyMap<string, string>> {
  const listed =
    envFiles.length > 0 ? envFiles : (env.get('COMPOSE_ENV_FILES') ?? '').split(',').filter((file) => file !== '')
  if (listed.length > 0)
    return withEnvFiles(
      env,
      listed.map((file) => resolve(cwd, file)),
      reader,
    )
  if (YES.includes(env.get('COMPOSE_DISABLE_ENV_FILE') ?? '')) return env
  const implicit = join(directory, '.env')
  return (await reader.read(implicit, 'dotenv')) === undefined ? env : withEnvFiles(env, [implicit], reader)
}
