// Since when git has the values that are to move: a value that was committed stays in the history of everyone who has the repository.
// Asks the user's own git; names of files and commits go to it, values do not.
import { spawn } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'

export interface Committed {
  /** Relative to the project. */
  readonly file: string
  /** Commits that changed the file and left the value in it. */
  readonly commits: number
  /** Day of the first of them, YYYY-MM-DD in UTC. */
  readonly since: string
}

/** What git says of values that are to move. */
export interface GitHistory {
  /** By the candidates' IDs; empty where there is no git, no repository, or nothing committed. */
  readonly committed: ReadonlyMap<string, Committed>
  /** IDs of candidates that stand in files alone of which git has no version: its history cannot hold them. */
  readonly neverCommitted?: ReadonlySet<string>
  /** By the IDs of candidates whose file lies in a repository of another user, that repository: git reads none, for root neither. */
  readonly foreign?: ReadonlyMap<string, string>
}

/** Commits of one file that are looked at, newest first. */
const COMMITS = 300
/** Milliseconds for one call of git. */
const TIME_LIMIT = 10_000
/** Characters of its messages that are kept. */
const LONGEST_MESSAGE = 10_000

/** Asks git for each file of a candidate, in the repository of that file: one may lie beyond the project's folder, or in a submodule. */
export async function gitHistory(
  { directory, files }: Pick<ComposeProject, 'directory' | 'files'>,
  candidates: readonly Candidate[],
): Promise<GitHistory> {
  const stateOf = gitStates()
  const committed = new Map<string, Committed>()
  const foreign = new Map<string, string>()
  for (const file of new Set(candidates.map(({ source }) => source.file))) {
    const own = candidates.filter(({ source }) => source.file === file)
    const places = await placesOf(file)
    const versions: Version[] = []
    for (const place of places) {
      const state = await stateOf(dirname(place))
      if (typeof state === 'object') for (const { id } of own) foreign.set(id, state.foreign)
      else if (state === 'there') versions.push(...(await versionsOf(place)))
    }
    const bytes = files.find((each) => each.file === file)?.bytes
    for (const candidate of own) {
      const holding = versions.filter(({ text }) => holds(text, candidate, writtenIn(bytes, candidate)))
      const [since] = holding.map(({ day }) => day).sort()
      if (since !== undefined)
        committed.set(candidate.id, { file: relative(directory, file), commits: holding.length, since })
    }
  }
  return { committed, foreign, neverCommitted: await neverCommitted(candidates, stateOf) }
}

/** Where git may have the file: under its own name, and where a link leads, each in the folder that it really lies in. */
async function placesOf(file: string): Promise<readonly string[]> {
  const folder = await realpath(dirname(file)).catch(() => dirname(file))
  const place = join(folder, basename(file))
  return [...new Set([place, await realpath(place).catch(() => place)])]
}

async function neverCommitted(
  candidates: readonly Candidate[],
  stateOf: (folder: string) => Promise<GitState>,
): Promise<ReadonlySet<string>> {
  const filesOf = ({ source, value, shadowed }: Candidate) => [source, value, ...shadowed].map(({ file }) => file)
  const known = new Set<string>()
  for (const file of new Set(candidates.flatMap(filesOf)))
    for (const place of await placesOf(file)) {
      const state = await stateOf(dirname(place))
      if (state === 'there' ? await isKnown(place) : state !== 'none') known.add(file)
    }
  const outside = candidates.filter((candidate) => !filesOf(candidate).some((file) => known.has(file)))
  return new Set(outside.map(({ id }) => id))
}

/** true of a file that git tracks, or that a commit of any branch had; also where git does not say. */
async function isKnown(place: string): Promise<boolean> {
  const [folder, name] = [dirname(place), basename(place)]
  const tracked = await git(folder, ['ls-files', '--', name], '')
  if (tracked.output !== '') return true
  const commits = await git(folder, ['rev-list', '-n', '1', '--all', '--', name], '')
  return commits.failed || commits.output !== ''
}

/** What a folder is to git; `foreign`: the repository of another user that it lies in, where things could stand that make git run programs. */
type GitState = 'there' | 'none' | 'unknown' | { readonly foreign: string }

/** Asks once for a folder. */
function gitStates(): (folder: string) => Promise<GitState> {
  const known = new Map<string, Promise<GitState>>()
  return (folder) => {
    const state = known.get(folder) ?? gitState(folder)
    known.set(folder, state)
    return state
  }
}

async function gitState(folder: string): Promise<GitState> {
  const { said, output } = await git(folder, ['rev-parse', '--git-dir'], '')
  const [, foreign] = /dubious ownership in repository at '(.*)'/.exec(said) ?? []
  if (foreign !== undefined) return { foreign }
  // A submodule whose repository is gone is "not a git repository", too: that says nothing of its history.
  return output !== '' ? 'there' : /not a git repository \(or any/.test(said) ? 'none' : 'unknown'
}

/** The value as it stands in its file now, with the escapes there; undefined where more stands there. */
function writtenIn(bytes: Uint8Array | undefined, { source, secret }: Candidate): string | undefined {
  if (bytes === undefined || source.resolved !== secret || source.interpolates.length > 0) return undefined
  return Buffer.from(bytes.subarray(source.start, source.end)).toString('utf8')
}

/** `line` as files may write it: dollars doubled for Compose, quotes and backslashes escaped. */
const spellingsOf = (line: string): readonly string[] => {
  const plain = [line, line.replaceAll('$', '$$$$')]
  return plain.flatMap((each) => [
    each,
    each.replaceAll("'", "''"),
    each.replace(/["\\]/g, '\\$&'),
    each.replace(/["\\$`]/g, '\\$&'),
  ])
}

/** A word that is no more than that counts only where its variable stands in the same line. */
function holds(text: string, { secret, variable }: Candidate, now: string | undefined): boolean {
  const [line = ''] = secret.trim().split('\n')
  if (line === '') return false
  const written = [...new Set([...spellingsOf(line), ...(now === undefined ? [] : [now])])]
  if (isTellingValue(line)) return written.some((each) => text.includes(each))
  return text.split('\n').some((each) => each.includes(variable) && written.some((value) => each.includes(value)))
}

interface Version {
  readonly day: string
  readonly text: string
}

/** The versions of a file that commits of the current branch made, newest first. */
async function versionsOf(place: string): Promise<readonly Version[]> {
  const [folder, name] = [dirname(place), basename(place)]
  const list = ['rev-list', '--timestamp', `--max-count=${COMMITS}`, 'HEAD', '--', name]
  const commits = (await git(folder, list, '')).output
    .split('\n')
    .flatMap((line) => (/^\d+ [0-9a-f]+$/.test(line) ? [line.split(' ')] : []))
  if (commits.length === 0) return []
  const names = commits.map(([, id]) => `${id}:./${name}\n`).join('')
  const texts = blobsOf((await git(folder, ['cat-file', '--batch'], names)).output)
  return commits.flatMap(([seconds], index) => {
    const text = texts[index]
    return text === undefined ? [] : [{ day: new Date(Number(seconds) * 1000).toISOString().slice(0, 10), text }]
  })
}

/** `git cat-file --batch` as it writes: a header with the size, the bytes, a line feed; one line for what is missing. One character a byte. */
function blobsOf(output: string): readonly (string | undefined)[] {
  const blobs: (string | undefined)[] = []
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf('\n', at)
    if (end === -1) break
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(output.slice(at, end)) ?? []
    const length = Number(size ?? 0)
    blobs.push(
      size === undefined ? undefined : Buffer.from(output.slice(end + 1, end + 1 + length), 'latin1').toString('utf8'),
    )
    at = size === undefined ? end + 1 : end + 1 + length + 1
  }
  return blobs
}

/** `output`: one character a byte, "" where git is not there or fails; `said`: its messages, in English. */
function git(
  folder: string,
  parameters: readonly string[],
  input: string,
): Promise<{ readonly output: string; readonly said: string; readonly failed: boolean }> {
  return new Promise((resolve) => {
    const child = spawn('git', ['--no-pager', '--literal-pathspecs', ...parameters], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIME_LIMIT,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C', LANGUAGE: '' },
    })
    const chunks: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < LONGEST_MESSAGE) said += chunk.toString('utf8')
    })
    child.on('error', () => resolve({ output: '', said: '', failed: true }))
    child.on('close', (code) =>
      resolve({
        output: code === 0 ? Buffer.concat(chunks).toString('latin1') : '',
        said,
        failed: code !== 0,
      }),
    )
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
