// Looks at what is on this machine: node, the engine, docker compose, logins of registries, and what earlier migrations left half done.
import { spawn } from 'node:child_process'
import { connectEngine } from '../../image/sources/engine-client.js'
import { findCredentials, loginHosts } from '../../registry/credentials.js'
import { printable, shorten } from '../../support/printable.js'
import { migrationStatus } from '../status.js'
import type { Check } from './types.js'
import { failed } from './vault.js'

/** ms */
const TIME_LIMIT = 20_000
/** What is printed of another program's answer. */
const SHOWN = 80

/** Standard output of `program`, its first line; undefined where it is not there or fails. */
function firstLine(program: string, parameters: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, [...parameters], { stdio: ['ignore', 'pipe', 'ignore'], timeout: TIME_LIMIT })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < 1000) output += text
    })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) =>
      resolve(code === 0 ? shorten(printable(output.split('\n')[0] ?? ''), SHOWN) : undefined),
    )
  })
}

/** An engine that is not there is a note: files, archives and registries are scanned without one. */
export async function checkEngine(): Promise<Check> {
  const what = 'Docker Engine'
  try {
    const { name } = await connectEngine('docker')
    return { what, state: 'ok', says: `${printable(name)} answers.` }
  } catch (error) {
    return { ...failed(what, error), state: 'note' }
  }
}

export async function checkCompose(): Promise<Check> {
  const what = 'docker compose'
  const version = await firstLine('docker', ['compose', 'version', '--short'])
  if (version !== undefined) return { what, state: 'ok', says: `Version ${version}.` }
  return {
    what,
    state: 'note',
    says: 'Is not there: edited files are checked against the specification only.',
    mend: 'Install the Compose plugin of Docker.',
  }
}

/** Each login is asked of its helper; whether a registry still takes it shows when it is asked. */
export async function checkLogins(): Promise<readonly Check[]> {
  const what = 'Registry logins'
  try {
    const hosts = loginHosts()
    if (hosts.size === 0)
      return [
        {
          what,
          state: 'note',
          says: 'None: only what registries give to everyone can be read.',
          mend: 'docker login HOST',
        },
      ]
    const broken: Check[] = []
    for (const [host, file] of hosts)
      await findCredentials(host, '').then(
        (found) => {
          if (found === undefined)
            broken.push({
              what,
              state: 'failed',
              says: `${printable(host)} stands in ${file}, but there are no credentials for it.`,
              mend: `docker login ${printable(host)}`,
            })
        },
        (error: unknown) => broken.push(failed(what, error)),
      )
    const good = [...hosts.keys()].map(printable).join(', ')
    return broken.length > 0 ? broken : [{ what, state: 'ok', says: `Found for ${good}.` }]
  } catch (error) {
    return [failed(what, error)]
  }
}

/** Migrations that stopped half-way. */
export async function checkMigrations(projectDir: string): Promise<readonly Check[]> {
  const what = 'Migrations of this project'
  try {
    const all = await migrationStatus(projectDir)
    const open = all.filter(({ state }) => state === 'started' || state === 'rolling-back')
    if (open.length === 0) return all.length === 0 ? [] : [{ what, state: 'ok', says: `${all.length}, all ended.` }]
    return open.map(({ id, state }) => ({
      what,
      state: 'failed' as const,
      says: `${id} stopped half-way.`,
      mend:
        state === 'started'
          ? `secretscan migrate apply --resume ${id}, or secretscan migrate rollback ${id}`
          : `secretscan migrate rollback ${id}`,
    }))
  } catch (error) {
    return [failed(what, error)]
  }
}

export function checkNode(version: string): Check {
  return {
    what: 'secretscan',
    state: 'ok',
    says: `Version ${version} on Node.js ${process.versions.node}, ${process.platform} ${process.arch}.`,
  }
}
