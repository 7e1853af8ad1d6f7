// Whose credentials are for which registry: what docker and podman keep, and their helper programs. A helper's failure ends at its
// host: no other host's credentials are ever tried instead (CVE-2021-41092).
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnauthorizedError, UsageError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import { Secret } from '../support/secret.js'
import { asTree, type Tree } from '../support/tree.js'

/** Docker Hub's key in config files (docker/cli, registry.IndexServer). */
const HUB_KEY = 'https://index.docker.io/v1/'
const HUB_HOSTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])
const HELPER_NAME = /^[a-z0-9][a-z0-9._-]*$/
/** ms */
const HELPER_TIMEOUT = 10_000
const HELPER_OUTPUT = 64 * 1024
const NOT_FOUND = /credentials not found/i

/** A password, or an identity token for the OAuth2 flow (user "<token>"). */
export interface Credentials {
  readonly username: string
  readonly password: Secret
  readonly identityToken: boolean
  /** For messages: "auths of /home/me/.docker/config.json". */
  readonly from: string
  /** What to do where they are refused; without it: docker login. */
  readonly mend?: string
}

/** "user ci (password from ./ci.password)": for messages; never the password. */
export function loginWords({ username, identityToken, from }: Credentials): string {
  return identityToken ? `the token from ${from}` : `user ${printable(shorten(username, 60))} (password from ${from})`
}

/** What to do where a registry refuses a login. */
export function mendOf(host: string, credentials: Credentials | undefined): string {
  return credentials?.mend ?? `Run: docker login ${host}`
}

interface AuthEntry {
  readonly auth?: unknown
  readonly username?: unknown
  readonly password?: unknown
  readonly identitytoken?: unknown
}

interface AuthFile {
  readonly path: string
  readonly auths: Readonly<Record<string, AuthEntry>>
  readonly credHelpers: Tree
  readonly credsStore: unknown
}

export interface CredentialOptions {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
}

/** Where docker and podman look, first found first (docker/cli config; containers-auth.json(5)). */
function authFilePaths({ env, home }: CredentialOptions): readonly string[] {
  const runtime = env['XDG_RUNTIME_DIR']
  const named = env['REGISTRY_AUTH_FILE']
  return [
    ...(named ? [named] : []),
    join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json'),
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'auth.json'),
    ...(runtime ? [join(runtime, 'containers', 'auth.json')] : []),
  ]
}

function readAuthFile(path: string): AuthFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    const file = asTree(JSON.parse(text))
    return {
      path,
      auths: asTree(file['auths']) as Readonly<Record<string, AuthEntry>>,
      credHelpers: asTree(file['credHelpers']),
      credsStore: file['credsStore'],
    }
  } catch {
    throw new UsageError(`${path} is not valid JSON.`, { hint: 'Mend it, or log in again with docker login.' })
  }
}

/** The keys under which `host` (and a repository of it, as podman allows) may stand, most exact first. */
function keysFor(host: string, repository: string): readonly string[] {
  if (HUB_HOSTS.has(host)) return [HUB_KEY, 'index.docker.io', 'docker.io', 'registry-1.docker.io']
  const segments = repository.split('/')
  const paths = segments.map((_, index) => `${host}/${segments.slice(0, segments.length - index).join('/')}`)
  return [
    ...paths,
    host,
    `https://${host}`,
    `https://${host}/`,
    `https://${host}/v1/`,
    `https://${host}/v2/`,
    `http://${host}`,
  ]
}

function credentialsOf(entry: AuthEntry, from: string): Credentials | undefined {
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '') {
    return { username: '<token>', password: Secret.of(Buffer.from(entry.identitytoken)), identityToken: true, from }
  }
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    const plain = Buffer.from(entry.auth, 'base64')
    const colon = plain.indexOf(0x3a)
    if (colon > 0)
      return {
        username: plain.toString('utf8', 0, colon),
        password: Secret.of(plain.subarray(colon + 1)),
        identityToken: false,
        from,
      }
  }
  if (typeof entry.username === 'string' && typeof entry.password === 'string') {
    return { username: entry.username, password: Secret.of(Buffer.from(entry.password)), identityToken: false, from }
  }
  return undefined
}

/** Runs `docker-credential-NAME get` with the server URL on standard input (docker/docker-credential-helpers protocol). */
async function askHelper(name: unknown, server: string, env: NodeJS.ProcessEnv): Promise<Credentials | undefined> {
  const fail = (why: string): never => {
    throw new UnauthorizedError(`The credential helper "${String(name)}" ${why} for ${server}.`, {
      hint: `Try: echo ${server} | docker-credential-${String(name)} get`,
    })
  }
  if (typeof name !== 'string' || !HELPER_NAME.test(name)) return fail('has a name that is refused')
  const program = `docker-credential-${name}`
  const { code, output } = await runHelper(program, server, env).catch((error: Error) =>
    fail(`cannot run (${error.message})`),
  )
  if (code !== 0) return NOT_FOUND.test(output) ? undefined : fail(`ended with code ${code}`)
  let answer: Tree = {}
  try {
    answer = asTree(JSON.parse(output))
  } catch {
    fail('answers with something that is no JSON')
  }
  const { Username: username, Secret: secret } = answer
  if (typeof username !== 'string' || typeof secret !== 'string') return fail('answers without a user name or secret')
  return { username, password: Secret.of(Buffer.from(secret)), identityToken: username === '<token>', from: program }
}

function runHelper(
  program: string,
  input: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env,
      timeout: HELPER_TIMEOUT,
      killSignal: 'SIGKILL',
    })
    let output = ''
    child.on('error', reject)
    child.stdout.on('data', (chunk: Buffer) => {
      if (output.length < HELPER_OUTPUT) output += chunk.toString('utf8')
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') reject(new Error(`no answer within ${HELPER_TIMEOUT / 1000} s`))
      else resolve({ code, output })
    })
  })
}

/**
 * Credentials for pulling `repository` from `host` (host[:port], "docker.io" for Docker Hub), or undefined: anonymous.
 * In each file: credHelpers, then credsStore, then auths. Hosts are compared exactly (CVE-2023-45821).
 * @throws UnauthorizedError when the helper meant for this host fails; UsageError when a file is not JSON.
 */
export async function findCredentials(
  host: string,
  repository: string,
  options: CredentialOptions = { env: process.env, home: homedir() },
): Promise<Credentials | undefined> {
  const keys = keysFor(host, repository)
  for (const path of authFilePaths(options)) {
    const file = readAuthFile(path)
    if (file === undefined) continue
    const helperKey = keys.find((key) => Object.hasOwn(file.credHelpers, key))
    if (helperKey !== undefined) return askHelper(file.credHelpers[helperKey], helperKey, options.env)
    if (typeof file.credsStore === 'string' && file.credsStore !== '') {
      const server = HUB_HOSTS.has(host) ? HUB_KEY : host
      const stored = await askHelper(file.credsStore, server, options.env)
      if (stored !== undefined) return stored
    }
    const key = keys.find((candidate) => Object.hasOwn(file.auths, candidate))
    const entry = key === undefined ? undefined : file.auths[key]
    const found = entry === undefined ? undefined : credentialsOf(entry, `auths of ${path}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** Hosts that docker and podman keep a login for, with the file each stands in; their credentials are not looked at. */
export function loginHosts(
  options: CredentialOptions = { env: process.env, home: homedir() },
): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>()
  for (const path of authFilePaths(options)) {
    const file = readAuthFile(path)
    for (const key of [...Object.keys(file?.auths ?? {}), ...Object.keys(file?.credHelpers ?? {})]) {
      const [name = ''] = key.replace(/^https?:\/\//, '').split('/')
      const host = HUB_HOSTS.has(name) ? 'docker.io' : name
      if (!hosts.has(host)) hosts.set(host, path)
    }
  }
  return hosts
}
