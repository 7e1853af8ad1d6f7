// What zod found wrong with sweep.yaml, said in words with file and line. Never quotes a value: the store's address may hold a password.
import { isMap, isScalar, type LineCounter, type Node, type ParsedNode, type Document as YamlDocument } from 'yaml'
import type { z } from 'zod'
import { UsageError } from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { printable, shorten } from '../../support/printable.js'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

const MOST_SHOWN = 10

export interface ConfigText {
  readonly file: string
  readonly document: YamlDocument.Parsed<ParsedNode>
  readonly lines: LineCounter
}

/** "registries[0].tags.newest" */
const nameOf = (path: Path): string =>
  path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : `${name}${name === '' ? '' : '.'}${String(part)}`),
    '',
  )

/** The branch of a union that was meant: the one that complains least of what is inside; none where all refuse the value itself. */
function meant(issue: Issue): readonly Issue[] | undefined {
  if (issue.code !== 'invalid_union') return undefined
  const isInside = ({ code, path }: Issue): boolean =>
    path.length > 0 || code === 'unrecognized_keys' || code === 'custom'
  return [...issue.errors].sort((one, other) => one.length - other.length).find((branch) => branch.every(isInside))
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
}

function tooSmall(issue: Issue & { code: 'too_small' }): string {
  if (issue.origin === 'array') return 'must have at least one entry'
  return issue.origin === 'string' ? 'must not be empty' : `must be ${String(issue.minimum)} or more`
}

function words(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input !== undefined && !issue.message.startsWith('Invalid input')) return issue.message
      return issue.input === undefined ? 'is missing' : `must be ${TYPES[issue.expected] ?? String(issue.expected)}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return issue.origin === 'string'
        ? `must not be longer than ${String(issue.maximum)} characters`
        : `must be ${String(issue.maximum)} or less`
    default:
      return issue.message
  }
}

/** Where a path of the document stands: the value, else the nearest thing round it. */
function lineOf({ document, lines }: ConfigText, path: Path, key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    if (node?.range == null) continue
    const pair =
      key === undefined || !isMap(node)
        ? undefined
        : node.items.find((item) => isScalar(item.key) && item.key.value === key)
    const at = isScalar(pair?.key) ? pair.key.range?.[0] : undefined
    return lines.linePos(at ?? node.range[0]).line
  }
  return 1
}

/** One line for each thing that is wrong. */
function sentences(
  text: ConfigText,
  issue: Issue,
  known: (path: Path) => readonly string[],
  root: Path = [],
): string[] {
  const path = [...root, ...issue.path]
  const branch = meant(issue)
  if (branch !== undefined) return branch.flatMap((part) => sentences(text, part, known, path))
  const where = (key?: string): string => `${text.file}:${lineOf(text, path, key)}: `
  if (issue.code !== 'unrecognized_keys') return [`${where()}${nameOf(path)} ${words(issue)}`.replace(':  ', ': ')]
  return issue.keys.map((key) => {
    const suggestion = nearest(key, known(path))
    const place = path.length === 0 ? 'sweep.yaml' : nameOf(path)
    const advice = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
    return `${where(key)}${place} has no "${shorten(printable(key), 60)}"${advice}`
  })
}

/** The error that tells all of `issues`. `known` gives the keys that stand at a path. */
export function configError(
  text: ConfigText,
  issues: readonly Issue[],
  known: (path: Path) => readonly string[],
): UsageError {
  const told = issues.flatMap((issue) => sentences(text, issue, known))
  const shown = told.slice(0, MOST_SHOWN)
  if (told.length > MOST_SHOWN) shown.push(`and ${told.length - MOST_SHOWN} more`)
  const message =
    shown.length === 1 ? (shown[0] ?? '') : `${text.file} has ${told.length} mistakes:\n  ${shown.join('\n  ')}`
  return new UsageError(message, {
    hint: 'docs/sweeps.md explains each key; docs/schemas/sweep.schema.json lets editors check it.',
  })
}
