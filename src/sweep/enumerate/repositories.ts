// The repositories of a registry that a sweep takes: those named, those in a file, those that its own API lists and a glob matches.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { UsageError } from '../../support/errors.js'
import type { RepositoryLister, SweepRegistry } from '../types.js'
import { forGlobs, listedRepository } from './listed-names.js'
import { onlyTakesOut, repositoryUse, selectRepositories } from './repository-globs.js'

/** Repositories whose names are kept to tell a repeated one. */
const NAMES_KEPT = 100_000

/** The lines of a file of repositories: "#" begins a comment; empty lines count for nothing. "-" is standard input. */
export async function* repositoryLines(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const failed = new Promise<never>((_, reject) => input.once('error', reject))
  failed.catch(() => undefined)
  try {
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([lines.next(), failed])
      if (next.done === true) return
      const line = next.value.replace(/(?:^|\s)#.*$/, '').trim()
      if (line !== '') yield line
    }
  } catch (cause) {
    throw new UsageError(`The file of repositories ${file} cannot be read.`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
}

/** Its list only takes out of what its file names: nothing is listed for it. */
export const isOfFileAlone = ({ repositories, repositoriesFrom }: SweepRegistry): boolean =>
  repositoriesFrom !== undefined && onlyTakesOut(repositories)

/**
 * Each repository once, also what is no name: planRepository() says so. The API is asked only where a glob needs it. Behind the last one
 * `onUnmatched` is told the globs that matched none.
 * @throws UsageError where a file cannot be read; what the lister throws.
 */
export async function* selectedRepositories(
  registry: SweepRegistry,
  lister: RepositoryLister,
  signal: AbortSignal,
  onUnmatched?: (patterns: readonly string[]) => void,
): AsyncGenerator<string> {
  const { repositories, host } = registry
  const use = repositoryUse(repositories, host)
  const seen = new Set<string>()
  for await (const { name, isTaken } of candidates(registry, lister, signal)) {
    use.see(forGlobs(name))
    if (!isTaken || seen.has(name)) continue
    if (seen.size < NAMES_KEPT) seen.add(name)
    yield name
  }
  onUnmatched?.(use.unmatched)
}

interface Candidate {
  readonly name: string
  readonly isTaken: boolean
}

/** What is named, in sweep.yaml and in the file, and what the API lists; some of it more than once. */
async function* candidates(
  registry: SweepRegistry,
  lister: RepositoryLister,
  signal: AbortSignal,
): AsyncGenerator<Candidate> {
  const { repositories, repositoriesFrom, host } = registry
  const selection = selectRepositories(repositories, host)
  const named = new Set(selection.named)
  for (const name of selection.mentioned) yield { name: listedRepository(name), isTaken: named.has(name) }
  const isFileAlone = isOfFileAlone(registry)
  if (repositoriesFrom !== undefined)
    for await (const line of repositoryLines(repositoriesFrom))
      for (const name of selectRepositories([line.replace(`${host}/`, '')], host).named)
        yield { name: listedRepository(name), isTaken: !isFileAlone || selection.takes(name) }
  if (!selection.needsListing || isFileAlone) return
  for await (const listed of lister.list(signal)) {
    const name = listedRepository(listed)
    yield { name, isTaken: selection.takes(forGlobs(name)) }
  }
}
