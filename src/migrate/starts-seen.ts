// Which Compose files are started together, by what a project's scripts, its README and the files' own comments say: commands of docker
// compose with `-f`, of docker stack deploy with `-c`, and COMPOSE_FILE.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { smallFile } from '../support/small-file.js'
import { asTree, type Tree } from '../support/tree.js'
import type { Script } from './scripts.js'

/** Names of files without their folders: those of one command, in their order. */
export type Start = readonly string[]

const FLAG = /(?:^|[\s"'=])(?:-f|--file|-c|--compose-file)(?:\s+|=)["']?([^\s"'`;&|)]+)/g
const VARIABLE = /\bCOMPOSE_FILE\s*[:?]?=\s*["']?([^\s"'`;&|)]+)/
/** A command that starts containers, with its options before that word: a look at a file (`config`, `logs`) says nothing of how it is started. */
const STARTING =
  /\b(?:docker[ -]compose|podman-compose|docker stack)(?:\s+--?[A-Za-z][\w-]*(?:(?:=|\s+)[^\s-]\S*)?)*\s+(?:up|run|start|create|watch|deploy)\b/
/** `logs -f web`, `exec db psql -c …` name no file; what comes from a variable may be one. */
const NAMED = /\.ya?ml$|[$%{]/i

/** Of each command in a text that names files, and of several files in a variable; one that takes a name from a variable says nothing. */
function startsIn(text: string): readonly Start[] {
  return text
    .replace(/\\\r?\n\s*(?:#\s*)?/g, ' ')
    .split(/\r?\n|&&|\|\||;/)
    .flatMap((line) => {
      const [, list] = VARIABLE.exec(line) ?? []
      const flags = [...line.matchAll(FLAG)].map(([, file = '']) => file).filter((file) => NAMED.test(file))
      const isStart = flags.length > 1 || STARTING.test(line)
      const files = flags.length > 0 ? (isStart ? flags : []) : (list?.split(/[:,]/) ?? [])
      return files.length === 0 || files.some((file) => /[$%{]/.test(file)) ? [] : [files.map((file) => basename(file))]
    })
}

const DEPLOYS = /\bdocker\s+stack(?:\s+--?\S+)*\s+deploy\b/
/** stack.yml, docker-stack.yml, shop-stack.yml */
const CALLED_STACK = /^(?:docker-)?stack\.ya?ml$|^(?!.*compose).*[._-]stack\.ya?ml$/i

/**
 * true where `files` are deployed as a stack of a Swarm, and never started by docker compose: by what scripts say, by what all of them are
 * called, or by what is written in them.
 */
export function isDeployed(files: readonly string[], scripts: readonly Script[], model: Tree = {}): boolean {
  const names = files.map((file) => basename(file))
  const lines = scripts
    .filter(({ kind }) => kind === 'script')
    .flatMap(({ text }) => text.replace(/\\\r?\n/g, ' ').split(/\r?\n|&&|\|\||;/))
  const starting = (isStack: boolean) =>
    lines.filter((line) => STARTING.test(line) && DEPLOYS.test(line) === isStack).map(startsIn)
  const namesOne = (starts: readonly Start[]) => starts.some((start) => start.some((file) => names.includes(file)))
  const composed = starting(false)
  if (composed.some(namesOne)) return false
  if (starting(true).some(namesOne) || names.every((name) => CALLED_STACK.test(name))) return true
  return isWrittenForSwarm(model) && composed.every((starts) => starts.length > 0)
}

const PLACEHOLDER = /\{\{-?\s*\.(?:Task|Node|Service)\./

/** true for what docker compose passes over, takes for the text that it is, or refuses: nodes, tasks, secrets of a Swarm. */
function isWrittenForSwarm(model: Tree): boolean {
  const services = Object.values(asTree(model['services'])).map(asTree)
  if (services.some((service) => service['container_name'] !== undefined || service['image'] === undefined))
    return false
  const isExternal = Object.values(asTree(model['secrets'])).some((secret) => asTree(secret)['external'] === true)
  return (
    isExternal ||
    services.some(({ deploy, hostname, environment, volumes }) => {
      const { mode, placement } = asTree(deploy)
      const { constraints } = asTree(placement)
      const isPlaced = Array.isArray(constraints) && constraints.length > 0
      return isPlaced || mode === 'global' || PLACEHOLDER.test(JSON.stringify([hostname, environment, volumes]))
    })
  )
}

/** `compose`: absolute paths of Compose files, whose comments may say how they are started. */
export async function seenStarts(
  directory: string,
  compose: readonly string[],
  scripts: readonly Script[],
): Promise<readonly Start[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => /^readme(?:\.\w+)?$/i.test(name))
  const readmes = await Promise.all(names.map((name) => textOf(join(directory, name))))
  const comments = await Promise.all(compose.map(async (file) => commentsOf(await textOf(file))))
  return [...scripts.map(({ text }) => text), ...readmes, ...comments].flatMap(startsIn)
}

const textOf = async (file: string): Promise<string> => (await smallFile(file))?.toString() ?? ''

const commentsOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => /^\s*#/.test(line))
    .join('\n')
