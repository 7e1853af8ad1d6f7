// What sweep.yaml says well and cannot be done on this machine: files and programs that are not there, globs that a registry cannot list,
// messages that would not be sent. For `sweep validate`; asks no registry, no store, and reads no secret.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { likelyPlatform } from '../../image/platform.js'
import { reachOf } from '../../net/addresses.js'
import { printable } from '../../support/printable.js'
import { kindOf } from '../enumerate/listers/index.js'
import { fixedNamespaces, fixedPaths } from '../enumerate/listers/namespaces.js'
import { isOfFileAlone } from '../enumerate/repositories.js'
import { patternProblem, selectRepositories } from '../enumerate/repository-globs.js'
import type { NotifyChannel } from '../notify/channels.js'
import type { StoreLocation, SweepConfig, SweepRegistry } from '../types.js'

export interface Unready {
  /** Where in the file: ["registries", 0, "login", "passwordFile"]. */
  readonly path: readonly (string | number)[]
  /** What is wrong, to be read behind the key. */
  readonly message: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Everything that is not ready, in the order of the file. */
export function unready(config: SweepConfig, env: Environment): readonly Unready[] {
  return [
    ...storeProblems(config.store, env),
    ...config.registries.flatMap((registry, index) =>
      registryProblems(registry, env).map(({ path, message }) => ({ path: ['registries', index, ...path], message })),
    ),
    ...config.notify.flatMap((channel, index) =>
      channelProblems(channel, env).map(({ path, message }) => ({ path: ['notify', index, ...path], message })),
    ),
  ]
}

function storeProblems(store: StoreLocation, env: Environment): Unready[] {
  if (store.kind === 'folder') return []
  const { key } = store
  if (key === undefined)
    return [{ path: ['store'], message: 'is a PostgreSQL and needs a key: { url or urlFile, keyFile or keyCommand }' }]
  return 'file' in key
    ? fileProblem(['store', 'keyFile'], key.file)
    : programProblem(['store', 'keyCommand'], key.command[0] ?? '', env)
}

function registryProblems(registry: SweepRegistry, env: Environment): Unready[] {
  const { login, ca, listing, repositoriesFrom } = registry
  return [
    ...listingProblems(registry),
    ...patternProblems(registry),
    ...platformProblems(registry),
    ...fileProblem(['repositoriesFrom'], repositoriesFrom),
    ...fileProblem(['ca'], ca),
    ...fileProblem(['listing', 'tokenFile'], listing?.tokenFile),
    ...(login === 'docker-config' ? dockerProblems(env) : []),
    ...(typeof login === 'object' && 'passwordFile' in login
      ? fileProblem(['login', 'passwordFile'], login.passwordFile)
      : []),
    ...(typeof login === 'object' && 'tokenFile' in login ? fileProblem(['login', 'tokenFile'], login.tokenFile) : []),
  ]
}

/** Registries that cannot list all they have, and what each glob must begin with there. */
const NAMED: Readonly<Record<string, readonly [string, string]>> = {
  'docker-hub': ['an organization or a user', 'my-organization/*'],
  ghcr: ['an organization or a user', 'my-organization/**'],
  quay: ['an organization or a user', 'my-organization/*'],
  'artifact-registry': ['a project', 'my-project/my-repository/**'],
}

function listingProblems(registry: SweepRegistry): Unready[] {
  const { host, repositories, listing } = registry
  if (!selectRepositories(repositories, host).needsListing || isOfFileAlone(registry)) return []
  const kind = kindOf(registry)
  if (kind === 'gitlab' && listing?.url === undefined && host !== 'registry.gitlab.com')
    return [{ path: ['listing'], message: 'must say where the GitLab is: { url: "https://gitlab.example.com/" }' }]
  const [what, example] = NAMED[kind] ?? []
  const isFixed = (kind === 'artifact-registry' ? fixedPaths : fixedNamespaces)(registry) !== undefined
  if (what === undefined || isFixed) return []
  const message = `must begin with ${what} each, since ${host} cannot list all it has: repositories: ["${example}"]`
  return [{ path: ['repositories'], message }]
}

function patternProblems({ repositories }: SweepRegistry): Unready[] {
  return repositories.flatMap((pattern, index) => {
    const message = patternProblem(pattern)
    return message === undefined ? [] : [{ path: ['repositories', index], message }]
  })
}

function platformProblems({ platforms }: SweepRegistry): Unready[] {
  if (platforms === 'all') return []
  return platforms.flatMap((platform, index) => {
    const suggestion = likelyPlatform(platform)
    return suggestion === undefined
      ? []
      : [{ path: ['platforms', index], message: `is none that images are made for; did you mean ${suggestion}?` }]
  })
}

function dockerProblems(env: Environment): Unready[] {
  return (['REGISTRY_AUTH_FILE', 'DOCKER_CONFIG'] as const).flatMap((name) =>
    env[name] !== undefined && env[name] !== '' && statSync(env[name], { throwIfNoEntry: false }) === undefined
      ? [
          {
            path: ['login'],
            message: `is docker-config, and ${name} names ${printable(env[name])}, which is not there`,
          },
        ]
      : [],
  )
}

function channelProblems(channel: NotifyChannel, env: Environment): Unready[] {
  const at = (key: string): string[] => [channel.kind, key]
  if (channel.kind === 'command') return programProblem(at('run'), channel.run[0], env)
  const files = fileProblem(at('ca'), channel.ca)
  if (channel.kind === 'smtp') {
    const isClear = channel.security === 'none' && !isThisMachine(channel.host)
    return [
      ...files,
      ...fileProblem(at('passwordFile'), channel.login?.passwordFile),
      ...(isClear ? [{ path: at('security'), message: 'may be none for a mail server on this machine only' }] : []),
    ]
  }
  const { address } = channel
  return [
    ...files,
    ...('url' in address ? clearProblem(at('url'), address.url) : fileProblem(at('urlFile'), address.urlFile)),
    ...(channel.kind === 'webhook' ? fileProblem(at('secretFile'), channel.secretFile) : []),
  ]
}

function clearProblem(path: string[], url: string): Unready[] {
  const { protocol, hostname } = new URL(url)
  const isClear = protocol === 'http:' && !isThisMachine(hostname)
  return isClear ? [{ path, message: 'must be an https address: nothing is sent in the clear to another machine' }] : []
}

const isThisMachine = (host: string): boolean => host === 'localhost' || reachOf(host) === 'loopback'

function fileProblem(path: readonly string[], file: string | undefined): Unready[] {
  if (file === undefined) return []
  const wrong = wrongWith(file)
  return wrong === undefined ? [] : [{ path: [...path], message: `names ${printable(file)}, which ${wrong}` }]
}

function wrongWith(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return 'is not there'
  if (found.isDirectory()) return 'is a folder'
  if (found.isFile() && found.size === 0) return 'is empty'
  return isAllowed(file, constants.R_OK) ? undefined : 'cannot be read by this user'
}

function programProblem(path: string[], program: string, env: Environment): Unready[] {
  const places = program.includes('/')
    ? [program]
    : (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program))
  if (places.some((place) => statSync(place, { throwIfNoEntry: false })?.isFile() && isAllowed(place, constants.X_OK)))
    return []
  const where = program.includes('/') ? 'not there, or no program' : 'not in PATH'
  return [{ path, message: `names the program ${printable(program)}, which is ${where}` }]
}

function isAllowed(file: string, mode: number): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}
