// Reads sweep.yaml: checks it, fills in defaults, makes paths absolute against its folder. Reads no password: that happens when one is
// needed.
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { UsageError } from '../../support/errors.js'
import { yamlWords } from '../../support/yaml-words.js'
import { channelOf } from '../notify/channels.js'
import type { KeySource, LoginSource, StoreLocation, SweepConfig, SweepRegistry } from '../types.js'
import { parseDays } from './duration.js'
import { type ConfigText, configError } from './problems.js'
import { keysAt } from './schema.js'
import {
  addressProblem,
  isPostgresUrl,
  oneName,
  type RegistryDocument,
  type SweepDocument,
  sweepShape,
} from './shape.js'

function kindOf(file: string): { readonly mode: number; readonly isFolder: boolean } {
  const found = statSync(file)
  return { mode: found.mode, isFolder: found.isDirectory() }
}

function readText(file: string, advice: string): string {
  try {
    const { mode, isFolder } = kindOf(file)
    if (isFolder) throw new UsageError(`${file} is a folder.`, { hint: advice })
    // It may name programs to run, so nobody else may write it.
    if ((mode & 0o002) !== 0)
      throw new UsageError(`${file} can be written by every user of this machine.`, { hint: `Run: chmod o-w ${file}` })
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new UsageError(missing ? `There is no ${file}.` : `${file} cannot be read.`, {
      hint: missing ? advice : 'Check its permissions.',
      cause: error,
    })
  }
}

/** The text as YAML. @throws UsageError with the line. */
export function parseSweepText(file: string, text: string): { readonly place: ConfigText; readonly value: unknown } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [problem] = document.errors
  const notYaml = (line: number, why: string): UsageError =>
    new UsageError(`${file}:${line}: not valid YAML: ${why}.`, {
      hint: 'The mistake may be in the lines above. Check quotes, brackets and indentation.',
    })
  if (problem !== undefined) throw notYaml(problem.linePos?.[0].line ?? 1, yamlWords(problem.code))
  try {
    return { place: { file, document, lines }, value: document.toJS({ maxAliasCount: 100 }) }
  } catch {
    throw notYaml(1, 'its aliases (*name) do not resolve, or make it far too large')
  }
}

/**
 * The configuration in `file`.
 * @throws UsageError that names file, line and what is wrong, for everything that is.
 */
export async function loadSweepConfig(file: string): Promise<SweepConfig> {
  return configOf(resolve(file), checkSweepText(file, sweepText(file)))
}

/** The text of `file`. @throws UsageError where it cannot be read, or everybody may write it. */
export const sweepText = (file: string): string =>
  readText(file, 'Write one with secretscan sweep init, or name it with -f FILE.')

/** What `text` says, checked; `file` is for messages. @throws UsageError as loadSweepConfig. */
export function checkSweepText(file: string, text: string): SweepDocument {
  const { place, value } = parseSweepText(file, text)
  const checked = sweepShape.safeParse(value ?? {}, { reportInput: true })
  if (!checked.success) throw configError(place, checked.error.issues, keysAt)
  return checked.data
}

/** The checked text with its defaults; `file` is absolute. */
export function configOf(file: string, document: SweepDocument): SweepConfig {
  const folder = dirname(file)
  const { schedule, concurrency, notify, retention, rescanOnRuleChange } = document
  const findingsDays = retention.findings === undefined ? undefined : parseDays(retention.findings)
  return {
    file,
    store: storeOf(document.store, folder),
    registries: document.registries.map((registry) => registryOf(registry, folder)),
    concurrency,
    notify: notify.map((entry) => channelOf(entry, folder)),
    retention: findingsDays === undefined ? {} : { findingsDays },
    rescanOnRuleChange,
    ...(schedule === undefined ? {} : { schedule }),
  }
}

function registryOf(registry: RegistryDocument, folder: string): SweepRegistry {
  const { host, kind, insecure, ca, repositories, repositoriesFrom, tags, login, listing } = registry
  const { platforms, includeAttestations } = registry
  const { semver, newest } = tags
  return {
    host: oneName(host),
    kind,
    insecure,
    // With a file of names alone, nothing else is meant.
    repositories: repositories.length === 0 && repositoriesFrom === undefined ? ['**'] : repositories,
    tags: {
      include: tags.include,
      exclude: tags.exclude,
      ...(semver === undefined ? {} : { semver }),
      ...(newest === undefined ? {} : { newest }),
    },
    platforms,
    includeAttestations,
    login: loginOf(login, folder),
    ...(ca === undefined ? {} : { ca: resolve(folder, ca) }),
    ...(repositoriesFrom === undefined ? {} : { repositoriesFrom: resolve(folder, repositoriesFrom) }),
    ...(listing === undefined ? {} : { listing: listingOf(listing, folder) }),
  }
}

function loginOf(login: RegistryDocument['login'], folder: string): LoginSource {
  if (typeof login === 'string') return login
  if ('passwordFile' in login) return { ...login, passwordFile: resolve(folder, login.passwordFile) }
  const { username, tokenFile } = login
  return { tokenFile: resolve(folder, tokenFile), ...(username === undefined ? {} : { username }) }
}

function listingOf({ url, tokenFile }: NonNullable<RegistryDocument['listing']>, folder: string) {
  return {
    ...(url === undefined ? {} : { url }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(folder, tokenFile) }),
  }
}

function storeOf(store: SweepDocument['store'], folder: string): StoreLocation {
  if (typeof store === 'string')
    return isPostgresUrl(store) ? { kind: 'postgres', url: store } : { kind: 'folder', folder: resolve(folder, store) }
  const { url, urlFile, keyFile, keyCommand } = store
  const key: KeySource | undefined =
    keyFile !== undefined
      ? { file: resolve(folder, keyFile) }
      : keyCommand !== undefined
        ? { command: keyCommand }
        : undefined
  return {
    kind: 'postgres',
    url: url ?? addressIn(resolve(folder, urlFile ?? '')),
    ...(key === undefined ? {} : { key }),
  }
}

/** The address that a file holds: it may hold a password, so nothing of it is quoted. */
function addressIn(file: string): string {
  const address = readText(file, 'sweep.yaml names it as store.urlFile.').trim()
  const problem = addressProblem(address)
  if (problem !== undefined)
    throw new UsageError(`The address in ${file} ${problem}.`, { hint: 'Write the address alone into it.' })
  return address
}
