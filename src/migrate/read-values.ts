// Reads planned values from the project as it stands when the plan is applied.
import { join } from 'node:path'
import { keyedSecrets } from '../compose/command-secrets.js'
import { type LoadOptions, loadProject } from '../compose/load.js'
import { leadingWords, modelWords } from '../compose/started-words.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { writtenPassword } from '../compose/url-password.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import { UsageError } from '../support/errors.js'
import { Secret } from '../support/secret.js'
import { isWholeWord } from './command-parts.js'
import { readIfThere } from './project-files.js'
import { usersFile } from './traefik-label.js'
import type { ReadValue, ValueSource } from './types.js'

/** A reader over one load of the project. @throws UsageError where a place no longer holds a value. */
export async function openValues(load: LoadOptions): Promise<ReadValue> {
  const project = await loadProject(load)
  return async ([source]) => {
    if (source?.transform.includes('whole-file') === true) return readWhole(project, source)
    const text =
      source === undefined
        ? undefined
        : source.place.kind === 'dockerfile'
          ? await readFromDockerfile(project, source)
          : readOne(project, source)
    if (text === undefined || text === '') {
      throw new UsageError(`The value that the plan names is no longer where it was.`, {
        hint: 'Make the plan again: secretscan migrate plan.',
      })
    }
    return Secret.of(Buffer.from(text, 'utf8'))
  }
}

async function readWhole(project: ComposeProject, { place }: ValueSource): Promise<Secret> {
  const bytes = 'path' in place ? await readIfThere(join(project.directory, place.path)) : undefined
  if (bytes === undefined || bytes.length === 0)
    throw new UsageError('The file that the plan names is no longer there.', {
      hint: 'Make the plan again: secretscan migrate plan.',
    })
  return Secret.of(bytes)
}

async function readFromDockerfile(project: ComposeProject, { place, span }: ValueSource): Promise<string | undefined> {
  if (!('path' in place)) return undefined
  const file = join(project.directory, place.path)
  const bytes = await readIfThere(file)
  if (bytes === undefined) return undefined
  // A part of a command.
  if (span.length !== undefined)
    return Buffer.from(bytes.subarray(span.offset, span.offset + span.length)).toString('utf8')
  const pairs = parseDockerfile(file, bytes).instructions.flatMap((instruction) => instruction.pairs)
  return pairs.find(({ key, valueRange }) => key === place.key && valueRange.start === span.offset)?.value
}

function readOne(project: ComposeProject, source: ValueSource): string | undefined {
  const { place, span, transform } = source
  if (!('path' in place)) return undefined
  const file = join(project.directory, place.path)
  const located = project.values.find((value) => value.file === file && value.start === span.offset)
  if (located === undefined) return undefined
  const line = transform.find((each) => each.startsWith('line:'))?.slice('line:'.length)
  if (line !== undefined) return `${line.replace('<value>', () => located.resolved)}\n`
  if (transform.includes('users-lines')) return usersFile(located.resolved)
  if (transform.includes('url-password')) return writtenPassword(located.resolved)
  if (transform.includes('flag-value')) return readFlag(project, located, place.key ?? '')
  const part = transform.find((each) => each.startsWith('part:'))
  return part === undefined ? located.resolved : readPart(wordsOf(project, located), part)
}

const sectionOf = ({ section }: LocatedValue) => (section === 'entrypoint' ? 'entrypoint' : 'command')

const userOf = ({ usedBy, service }: LocatedValue) => usedBy.find((each) => each === service) ?? usedBy[0]

function wordsOf(project: ComposeProject, value: LocatedValue): readonly string[] {
  const user = userOf(value)
  return user === undefined ? [] : (modelWords(project, user, sectionOf(value)) ?? [])
}

function readFlag(project: ComposeProject, value: LocatedValue, key: string): string | undefined {
  const user = userOf(value)
  const leading = user === undefined ? [] : leadingWords(project, user, sectionOf(value))
  return keyedSecrets(wordsOf(project, value), leading).get(key)?.value
}

/**
 * A value that nothing but its looks tells: where another one stands now, its end is no longer the end of a word. Of one that stood inside a
 * word (x${PASSWORD}), the plan has the length of the text around it instead.
 */
function readPart(words: readonly string[], part: string): string | undefined {
  const [word = 0, start = 0, end = 0, length] = part.slice('part:'.length).split(':').map(Number)
  const text = words[word] ?? ''
  const isThere = length === undefined ? isWholeWord(text, start, end) : text.length === length
  return isThere && end <= text.length ? text.slice(start, end) : undefined
}
