// Since when git has the values that are to move: a value that was committed stays in the history of everyone who has the repository.
// Asks the user's own git; names of files and commits go to it, values do not.
import { spawn } from 'node:child_process'
import { relative } from 'node:path'
import { isTellingValue } from '../compose/secret-names.js'
import { shellWord } from '../compose/shell-words.js'
import type { ComposeProject } from '../compose/types.js'
import { printable } from '../support/printable.js'
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
  /** Why git would not say, a sentence for people, with what to do. */
  readonly unread?: string
}

/** Commits of one file that are looked at, newest first. */
const COMMITS = 300
/** Milliseconds for one call of git. */
const TIME_LIMIT = 10_000
/** Characters of its messages that are kept. */
const LONGEST_MESSAGE = 10_000

/** Asks git for each file of a candidate; a file may lie beyond the project's folder. */
export async function gitHistory(
  project: Pick<ComposeProject, 'directory' | 'files'>,
  candidates: readonly Candidate[],
): Promise<GitHistory> {
  const { directory, files } = project
  const found = new Map<string, Committed>()
  const { unread, repository } = await repositoryOf(directory)
  if (unread !== undefined) return { committed: found, unread }
  for (const file of new Set(candidates.map(({ source }) => source.file))) {
    const path = relative(directory, file)
    const versions = await versionsOf(directory, path)
    const bytes = files.find((each) => each.file === file)?.bytes
    for (const candidate of candidates.filter(({ source }) => source.file === file)) {
      const holding = versions.filter(({ text }) => holds(text, candidate, writtenIn(bytes, candidate)))
      const first = holding.at(-1)
      if (first !== undefined) found.set(candidate.id, { file: path, commits: holding.length, since: first.day })
    }
  }
  return { committed: found, ...(await neverCommitted(directory, candidates, repository)) }
}

async function neverCommitted(
  directory: string,
  candidates: readonly Candidate[],
  repository: 'there' | 'none' | 'unknown',
): Promise<Pick<GitHistory, 'neverCommitted'>> {
  if (repository === 'unknown') return {}
  const filesOf = ({ source, value, shadowed }: Candidate) =>
    [source, value, ...shadowed].map(({ file }) => relative(directory, file))
  const known = new Set<string>()
  for (const path of new Set(repository === 'none' ? [] : candidates.flatMap(filesOf)))
    if (await isKnown(directory, path)) known.add(path)
  const outside = candidates.filter((candidate) => !filesOf(candidate).some((path) => known.has(path)))
  return { neverCommitted: new Set(outside.map(({ id }) => id)) }
}

/** true of a file that git tracks, or that a commit of any branch had; also where git does not say. */
async function isKnown(directory: string, path: string): Promise<boolean> {
  const tracked = await git(directory, ['ls-files', '--', path], '')
  if (tracked.output !== '') return true
  const commits = await git(directory, ['rev-list', '-n', '1', '--all', '--', path], '')
  return commits.failed || commits.output !== ''
}

/** git reads no repository of another user, for root neither: what stands in it could make git run programs. */
async function repositoryOf(
  directory: string,
): Promise<{ readonly unread?: string; readonly repository: 'there' | 'none' | 'unknown' }> {
  const { said, output } = await git(directory, ['rev-parse', '--git-dir'], '')
  const [, foreign] = /dubious ownership in repository at '(.*)'/.exec(said) ?? []
  if (foreign === undefined)
    return { repository: output !== '' ? 'there' : /not a git repository/.test(said) ? 'none' : 'unknown' }
  const unread = `Whether git's history has the values is not known: git reads no repository of another user, and ${printable(foreign)} is one. Plan as its owner to know, or trust it: git config --global --add safe.directory ${shellWord(printable(foreign))}`
  return { unread, repository: 'unknown' }
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

/** The versions of `path` that commits of the current branch made, newest first. */
async function versionsOf(directory: string, path: string): Promise<readonly Version[]> {
  const list = ['rev-list', '--timestamp', `--max-count=${COMMITS}`, 'HEAD', '--', path]
  const commits = (await git(directory, list, '')).output
    .split('\n')
    .flatMap((line) => (/^\d+ [0-9a-f]+$/.test(line) ? [line.split(' ')] : []))
  if (commits.length === 0) return []
  const names = commits.map(([, id]) => `${id}:${path.startsWith('..') ? path : `./${path}`}\n`).join('')
  const texts = blobsOf((await git(directory, ['cat-file', '--batch'], names)).output)
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
  directory: string,
  parameters: readonly string[],
  input: string,
): Promise<{ readonly output: string; readonly said: string; readonly failed: boolean }> {
  return new Promise((resolve) => {
    const child = spawn('git', ['--no-pager', ...parameters], {
      cwd: directory,
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
