// Writes a first sweep.yaml from a few answers. The text is for people: with comments, ready to be edited.
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isScalar, Scalar, stringify } from 'yaml'
import { UsageError } from '../../support/errors.js'
import { isPostgresUrl } from './shape.js'

/** What has to be known before a sweep makes sense. */
export interface SweepAnswers {
  /** host[:port] */
  readonly registry: string
  /** Globs; none: all. */
  readonly repositories: readonly string[]
  /** Without it: as docker and podman are logged in. */
  readonly login?: { readonly username: string; readonly passwordFile: string }
  readonly newest?: number
  /** A folder or postgres://… */
  readonly store: string
  readonly schedule?: { readonly cron: string; readonly timeZone: string }
}

/** A scalar as YAML writes it on one line; quoted where that is needed. */
function scalar(value: string): string {
  const node = new Scalar(value)
  node.type = /^[\w./:-]+$/.test(value) && isScalar(node) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE
  return stringify(node, { lineWidth: 0 }).trimEnd()
}

const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`

/** Where the key of a PostgreSQL store is kept, beside the file. */
const KEY_FILE = './sweep-store.key'

const storeText = (store: string): string =>
  isPostgresUrl(store) ? `{ url: ${JSON.stringify(store)}, keyFile: ${KEY_FILE} }` : scalar(store)

/** The text of a sweep.yaml. */
export function draftSweep(answers: SweepAnswers): string {
  const { registry, repositories, login, newest, store, schedule } = answers
  const loginText =
    login === undefined
      ? 'docker-config   # or { username: ci, passwordFile: ./ci.password }'
      : `{ username: ${scalar(login.username)}, passwordFile: ${scalar(login.passwordFile)} }`
  return `# yaml-language-server: $schema=https://unpkg.com/secretscan/docs/schemas/sweep.schema.json
store: ${storeText(store)}   # a folder, or postgres://… shared by many workers
${
  schedule === undefined
    ? '# schedule: { cron: "0 3 * * *", timeZone: Europe/Berlin }   # for secretscan sweep start'
    : `schedule: { cron: ${JSON.stringify(schedule.cron)}, timeZone: ${scalar(schedule.timeZone)} }`
}
registries:
  - host: ${scalar(registry)}
    repositories: ${list(repositories.length === 0 ? ['**'] : repositories)}   # "!" takes out: "!team/sandbox-*"
    tags: { include: ["*"]${newest === undefined ? '' : `, newest: ${newest}`} }   # exclude, semver and newest take out
    platforms: all   # or [linux/amd64]
    login: ${loginText}
concurrency: { registry: 4, scan: 2 }
retention: { findings: 400d }
`
}

/** Names and globs as a person lists them: separated by blanks or commas. A comma between braces belongs to its glob. */
export const listedGlobs = (answer: string): string[] => answer.match(/(?:\{[^{}\s]*\}|[^\s,])+/g) ?? []

const exists = (file: string, cause?: unknown): UsageError =>
  new UsageError(`${file} is there already and was left as it is.`, {
    hint: 'Edit it, or write another with -f FILE.',
    cause,
  })

/** @throws UsageError where the file is there: nobody should be asked anything for nothing. */
export function assertFree(file: string): void {
  if (existsSync(file)) throw exists(file)
}

/** Writes a new file. @throws UsageError where one is there: nothing is ever overwritten. */
export function writeDraft(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file, cause)
    throw new UsageError(`${file} cannot be written.`, { hint: 'Check the folder.', cause })
  }
}

/** Makes the key that a draft with a PostgreSQL store names, in the folder of `file`; one that is there stays. Returns its path. */
export function writeStoreKey(file: string): string {
  const key = join(dirname(file), KEY_FILE)
  try {
    writeFileSync(key, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new UsageError(`${key} cannot be written.`, { hint: 'Check the folder.', cause })
  }
  return key
}
