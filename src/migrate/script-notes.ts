// What a plan says of scripts and programs of the project: those that take a value from where it leaves, those that start the project.
import { basename, dirname, relative } from 'node:path'
import { escaped } from '../support/regexp.js'
import { asList, asTree } from '../support/tree.js'
import { composeCommand, deployCommand, isStack } from './afterwards.js'
import { type LeavingLine, leavingLines } from './other-names.js'
import type { Gathered } from './plan.js'
import { leavesEnvironment, type Move } from './plan-moves.js'
import { STARTS } from './script-uses.js'
import { lineOf, listed, placeIn, type Script } from './scripts.js'
import { serviceModel } from './service-model.js'
import { NO_COMPOSE } from './stack-refusal.js'
import type { Edit } from './types.js'

type Changes = readonly { readonly file: string; readonly edits: readonly Edit[] }[]

/** One for each env file that lines leave. */
export function scriptNotes(
  { project, scripts = [], store }: Pick<Gathered, 'project' | 'scripts' | 'store'>,
  moves: readonly Move[],
  changes: Changes,
): readonly string[] {
  const leaving = scripts.length === 0 ? [] : leavingLines(project, moves, changes)
  return [...new Set(leaving.map(({ file }) => file))].flatMap((file) => {
    const own = leaving.filter((line) => line.file === file)
    const keys = [...new Set(own.map(({ key }) => key))]
    const reading = scripts.flatMap((script) => readingIn(script, basename(file), keys) ?? [])
    const named = keys.filter((key) => reading.some(({ read }) => read.includes(key)))
    if (named.length === 0) return []
    const places = listed(reading.map(({ place }) => place))
    const leave = named.length === 1 ? 'it leaves' : 'they leave'
    return [
      `${places} may take ${named.join(', ')} from ${relative(project.directory, file)}, which ${leave}. ${instead(own, named, store)}`,
    ]
  })
}

/** Where the values of `keys`, which are some of `lines`, stand from then on. */
export function instead(
  lines: readonly LeavingLine[],
  keys: readonly string[],
  { entryOf }: Gathered['store'],
): string {
  const places = keys.flatMap((key) => {
    const entry = entryOf(lines.find((line) => line.key === key)?.secret ?? '')
    return 'file' in entry ? [`${key} stands in ${entry.file}`] : []
  })
  return places.length === 0
    ? 'Give them the value in another way before you apply.'
    : `From then on ${places.join(', ')}: change them to read that.`
}

interface Reading {
  readonly place: string
  readonly read: readonly string[]
}

/** It names the env file, and the variables in a line; or hands all of the file to a program that is none of Compose's. */
export function readingIn(script: Script, envFile: string, keys: readonly string[]): Reading | undefined {
  const { text, kind } = script
  const path = new RegExp(`(?:^|[\\s"'=/:([])${escaped(envFile)}(?![\\w.-])`, 'm')
  const isLoaded = envFile === '.env' && LOADS_DOTENV.test(text)
  if (kind !== 'script' || !(path.test(text) || isLoaded)) return undefined
  const isRead = (line: string, key: string) => new RegExp(`\\b${escaped(key)}\\b`).test(line)
  const read = keys.filter((key) => lineOf(script, (line) => isRead(line, key)) !== -1)
  const whole = lineOf(script, (line) => handsOn(line, script) && (path.test(line) || LOADS_DOTENV.test(line)))
  const first = lineOf(script, (line) => read.some((key) => isRead(line, key)))
  if (whole === -1 && first === -1) return undefined
  return { place: placeIn(script, first === -1 ? whole : first), read: whole === -1 ? read : keys }
}

/** `just` loads .env without its name; so does direnv. */
const LOADS_DOTENV = /^\s*(?:set\s+dotenv-load\b(?!\s*:=\s*false)|dotenv(?:_if_exists)?\s*$)/m

/** `docker run --env-file .env`, `EnvironmentFile=` of systemd, `set -a; . ./.env`, `include .env` of a Makefile that exports it. */
function handsOn(line: string, { text }: Script): boolean {
  if (/\bcompose\b/.test(line)) return false
  if (/--env-file[ =]|^\s*EnvironmentFile\s*=|\bxargs\b|\bdotenv\b/.test(line)) return true
  if (/(?:^|[;&]|\s)(?:\.|source)\s/.test(line))
    return /\bset\s+(?:-a|-o\s+allexport)\b/.test(text) && !startsProjectAlone(text)
  return /^(?:-|s)?include\s/.test(line) && /^export\s*(?:$|\$)/m.test(text)
}

const startsProjectAlone = (text: string): boolean => text.split('\n').every((line) => NO_PROGRAM.test(line))

const NO_PROGRAM =
  /^\s*(?:$|#|set\s|[.]\s|source\s|cd\s|echo\s|exit\b|if\b|then\b|else\b|fi\b|(?:sudo\s+)?docker[ -]compose\s|docker\s+stack\s)/

/** Scripts by which a container's own variable is read in it, beside the program that gets the secret. */
export function execNotes({ scripts = [] }: Pick<Gathered, 'scripts'>, moves: readonly Move[]): readonly string[] {
  const gone = moves.filter(leavesEnvironment)
  const names = [...new Set(gone.map(({ candidate }) => candidate.variable))].sort()
  return names.flatMap((variable) => {
    const own = gone.filter(({ candidate }) => candidate.variable === variable)
    const isByFile = own.some(({ strategy }) => strategy.by === 'file')
    const places = takenInContainers(scripts, variable, isByFile)
    if (places.length === 0) return []
    const file = `/run/secrets/${own[0]?.name ?? ''}`
    return [
      `${listed(places)}: ${places.length === 1 ? 'takes' : 'take'} ${variable} from the environment. What docker compose exec starts in a container, or run in place of the image's own program, no longer has it: write "$(cat ${file})" there.`,
    ]
  })
}

/** Where scripts take the variable from a container's environment. `isByFile`: its entrypoint exports it to nobody else. */
export function takenInContainers(scripts: readonly Script[], variable: string, isByFile: boolean): readonly string[] {
  const expanded = new RegExp(`\\$\\{?${escaped(variable)}\\b`)
  return scripts.flatMap((script) => {
    const isRun = EXEC.test(script.text) || (isByFile && !BY_ENTRYPOINT.test(script.name))
    const line =
      script.kind === 'script' && isRun
        ? lineOf(script, (each) => expanded.test(each) && !/\bdocker\s+run\b/.test(each))
        : -1
    return line === -1 ? [] : [placeIn(script, line)]
  })
}

const EXEC = /\b(?:docker|podman)(?:[ -]compose\b.*\srun|(?:[ -]compose)?\b.*\sexec)\s/
/** Run by the entrypoint of an image, which has read the file by then. */
const BY_ENTRYPOINT = /initdb|entrypoint|init\.d/

/** Who needs the files of secrets, where git does not have them. */
export function copiesNotes(
  { store, scripts = [], ignoreFiles }: Pick<Gathered, 'store' | 'scripts' | 'ignoreFiles'>,
  moves: readonly Move[],
): readonly string[] {
  const isKeptOut = [...ignoreFiles.keys()].some((file) => basename(file) === '.gitignore')
  const entry = moves[0] === undefined ? undefined : store.entryOf(moves[0].name)
  if (!isKeptOut || entry === undefined || !('file' in entry)) return []
  const starting = linesThat(scripts, (line) => STARTS.test(line))
  const who = starting.length === 0 ? '' : ` ${listed(starting)} ${starting.length === 1 ? 'starts' : 'start'} it.`
  return [
    `${dirname(entry.file)} is kept out of git: every other copy of the project (a clone, a pipeline, a server) needs its files before it is started with these changes.${who}`,
  ]
}

const linesThat = (scripts: readonly Script[], holds: (line: string) => boolean): readonly string[] =>
  scripts.flatMap((script) => {
    const line = script.kind === 'script' ? lineOf(script, holds) : -1
    return line === -1 ? [] : [placeIn(script, line)]
  })

const DEPLOYED =
  'docker stack deploy makes Swarm secrets of these files, and refuses to go on where one of them has changed since (a rotation): --to swarm gives each value a version of its own.'

/** What brings the project up from now on, where `docker compose up` does not, and the scripts that still do it so. */
export function startNotes(
  gathered: Pick<
    Gathered,
    'project' | 'store' | 'cwd' | 'composeFiles' | 'envFiles' | 'profiles' | 'agent' | 'scripts' | 'deployed'
  >,
  moves: readonly Move[],
): readonly string[] {
  const { scripts = [], store, agent, deployed = false } = gathered
  const isSwarm = isStack(gathered)
  if (moves.length > 0 && deployed && store.kind === 'compose-file') return [DEPLOYED]
  if (moves.length === 0 || (!isSwarm && (store.referenceOf === undefined || agent !== undefined))) return []
  const lacks = isSwarm ? /\bdocker\s+stack\s+deploy\b/ : /\bsecretscan\s+exec\b/
  const old = linesThat(scripts, (line) => STARTS.test(line) && !lacks.test(line))
  const change = old.length === 0 ? '' : ` Change ${listed(old)}.`
  return isSwarm
    ? [`${NO_COMPOSE}: ${deployCommand(gathered)} does.${change}`, ...openPorts(gathered)]
    : [
        `docker compose up alone ends, since the variables of the secrets are not set: ${composeCommand(gathered, moves)} up -d reads them from Vault.${change}`,
      ]
}

/** A stack publishes ports on all addresses of its nodes: docker tells it when it deploys, and goes on. */
function openPorts({ project }: Pick<Gathered, 'project'>): readonly string[] {
  const open = Object.keys(asTree(project.model['services'])).flatMap((service) =>
    asList(serviceModel(project, service)['ports'])
      .map(asTree)
      .filter(({ host_ip: address }) => typeof address === 'string' && address !== '0.0.0.0' && address !== '::')
      .map(({ host_ip: address, published }) => `${address}:${published} of ${service}`),
  )
  if (open.length === 0) return []
  return [
    `${open.join(', ')}: a stack publishes ports on all addresses of every node, so that everyone who reaches one reaches ${open.length === 1 ? 'it' : 'them'}. Take ${open.length === 1 ? 'it' : 'them'} out, or close ${open.length === 1 ? 'it' : 'them'} by a firewall, before you deploy.`,
  ]
}

/** Scripts that give the build an argument that its Dockerfile takes no more. */
export function buildNotes({ scripts = [] }: Pick<Gathered, 'scripts'>, moves: readonly Move[]): readonly string[] {
  const gone = moves.filter(({ strategy }) => strategy.by === 'build')
  return gone.flatMap(({ candidate: { variable }, name }) => {
    const key = escaped(variable)
    const given = new RegExp(`--build-arg[ =]["']?${key}\\b`)
    const inList = new RegExp(`^\\s*(?:-\\s+)?["']?${key}["']?\\s*=|["']${key}=`)
    const places = scripts.flatMap((script) => {
      if (script.kind !== 'script' && !/\bargs\b/.test(script.text)) return []
      const takes = /\bbuild-args\b|\bargs\s*=/.test(script.text)
      const line = lineOf(script, (each) => given.test(each) || (takes && inList.test(each)))
      return line === -1 ? [] : [placeIn(script, line)]
    })
    if (places.length === 0) return []
    return [
      `${listed(places)}: ${places.length === 1 ? 'gives' : 'give'} ${variable} as a build argument, which the Dockerfile takes no more: the build ends there until it gets a secret (--secret id=${name},env=${variable}).`,
    ]
  })
}

/** Images with names of their own, which may run where no Compose file of the project says so. */
export function elsewhereNotes({ project }: Pick<Gathered, 'project'>, moves: readonly Move[]): readonly string[] {
  const left = new Map<string, string[]>()
  for (const { candidate } of moves.filter((move) => move.candidate.what === 'image-env'))
    for (const service of candidate.services) {
      const { image, build } = serviceModel(project, service)
      if (typeof image !== 'string' || build === undefined || !image.includes('/')) continue
      left.set(image, [...new Set([...(left.get(image) ?? []), candidate.variable])])
    }
  return [...left].map(
    ([image, variables]) =>
      `${image} no longer holds ${variables.join(', ')}: what runs it elsewhere (docker run, Kubernetes) has to be given ${variables.length === 1 ? 'it' : 'them'} from the next build on.`,
  )
}

/** Frameworks that ask the engine for the environment of a database's container while a program is developed on the host. */
const ASKING = [
  {
    named: /\bspring-boot-docker-compose\b/,
    who: "Spring Boot's support for Docker Compose",
    instead: 'set spring.docker.compose.enabled=false and spring.datasource.password, or leave that value',
  },
  {
    named: /"symfony\/framework-bundle"/,
    who: 'the Symfony CLI',
    instead: 'write DATABASE_URL into .env.local, which counts before what it makes of the container',
  },
] as const

/** Of passwords of databases that are read as files. */
const OF_DATABASES = /^(?:POSTGRES|MYSQL|MARIADB|MONGO_INITDB_ROOT|RABBITMQ_DEFAULT)_(?:ROOT_)?PASS(?:WORD)?$/

export function frameworkNotes({ scripts = [] }: Pick<Gathered, 'scripts'>, moves: readonly Move[]): readonly string[] {
  const gone = moves.filter((move) => leavesEnvironment(move) && OF_DATABASES.test(move.candidate.variable))
  const names = [...new Set(gone.map(({ candidate }) => candidate.variable))]
  if (names.length === 0) return []
  return ASKING.flatMap(({ named, who, instead }) => {
    const script = scripts.find(({ kind, text }) => kind === 'program' && named.test(text))
    return script === undefined
      ? []
      : [
          `${script.name}: ${who} takes ${names.join(', ')} from the container's environment, where it stands no more: ${instead}.`,
        ]
  })
}
