// Where the password of a connection URL stands: in what its service gets, and as it is written.
import { interpolate, type Lookup, type WrittenPart, writtenParts } from '../compose/interpolate.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import type { UrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import { forCompose } from './shim.js'

/** The password of a URL whose variable keeps the rest. */
export interface PasswordPlace {
  /** In which the URL is written: the variable's own, or the line of .env that it is. */
  readonly entry: LocatedValue
  /** UTF-16 offsets in the variable's value. */
  readonly start: number
  readonly end: number
  /** As written there: the entry's own text, and of it the password or the reference that gives it, by UTF-16 offsets. */
  readonly written: { readonly text: string; readonly start: number; readonly end: number }
}

/** The variable that gives the password; undefined where it is written out. */
export const referenceIn = ({ written: { text, start, end } }: PasswordPlace): string | undefined =>
  REFERENCE.exec(text.slice(start, end))?.[1]

const REFERENCE = /^\$\{?([A-Za-z_]\w*)/

type Found = PasswordPlace & {
  /** The line of .env, or above it in its env file, whose value the password is. */
  readonly source?: LocatedValue
}

/** In the text of the entry `value`, which is the URL. */
export function placeIn(project: ComposeProject, value: LocatedValue, { start, end }: UrlPassword): Found | undefined {
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes ?? new Uint8Array()
  const text = Buffer.from(bytes.subarray(value.start, value.end)).toString('utf8')
  const before = /^["']/.test(text) ? 1 : 0
  const content = text.slice(before).replace(/["']$/, '')
  const found = inContent(content, value, project, { start, end })
  if (found === undefined) return undefined
  const { from, to, source } = found
  const written = { text, start: before + from, end: before + to }
  return { entry: value, start, end, written, ...(source === undefined ? {} : { source }) }
}

interface InContent {
  readonly from: number
  readonly to: number
  readonly source?: LocatedValue
}

/** undefined where the text is not written as it is (escapes, folded lines), or a reference gives more than the password. */
function inContent(
  content: string,
  value: LocatedValue,
  project: ComposeProject,
  { start, end }: { readonly start: number; readonly end: number },
): InContent | undefined {
  if (content === value.resolved) return { from: start, to: end }
  const lookup = lookupFor(project, value)
  if (textOf(content, lookup) !== value.resolved) return undefined
  let [at, from] = [0, 0]
  for (const part of writtenParts(content, lookup)) {
    const [next, to] = [at + part.value.length, from + part.written.length]
    if (start >= at && end <= next && part.value !== '')
      return inPart(part, { start: start - at, end: end - at }, from, linesFor(project, value))
    at = next
    from = to
  }
  return undefined
}

function inPart(
  { written, value, isReference, operand }: WrittenPart,
  { start, end }: { readonly start: number; readonly end: number },
  from: number,
  lines: (name: string) => readonly LocatedValue[],
): InContent | undefined {
  const place = {
    from: from + forCompose(value.slice(0, start)).length,
    to: from + forCompose(value.slice(0, end)).length,
  }
  if (!isReference) return written === forCompose(value) ? place : undefined
  if (start !== 0 || end !== value.length) return undefined
  const whole = { from, to: from + written.length }
  // A default that counts stands there itself.
  if (operand !== undefined) return operand.parts.every((part) => !part.isReference) ? whole : undefined
  const source = lines(REFERENCE.exec(written)?.[1] ?? '').find((line) => line.resolved === value)
  return source === undefined ? undefined : { ...whole, source }
}

function textOf(content: string, lookup: Lookup): string | undefined {
  try {
    return interpolate(content, lookup).value
  } catch {
    return undefined
  }
}

/** Lines that may give `value` a variable: those of .env, and of an env file's entry the ones above it, the last one first. */
const linesFor =
  (project: ComposeProject, value: LocatedValue) =>
  (name: string): readonly LocatedValue[] => {
    const lines = valuesOf(project).withKey(name).toReversed()
    const isAbove = ({ section, file, start }: LocatedValue) =>
      section === value.section && file === value.file && start < value.start
    const above = value.section === 'env-file-entry' ? lines.filter(isAbove) : []
    return [...lines.filter(({ section }) => section === 'dotenv'), ...above]
  }

function lookupFor(project: ComposeProject, value: LocatedValue): Lookup {
  const lines = linesFor(project, value)
  return (name) => project.environment.get(name) ?? lines(name).find(({ section }) => section !== 'dotenv')?.resolved
}
