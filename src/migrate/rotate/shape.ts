// What a secret is where it is no bare password: a URL, a list of users, a document. Its next value has to be one, too, and is not made up.
import { UsageError } from '../../support/errors.js'
import type { Secret } from '../../support/secret.js'

export interface Shape {
  /** "a URL" */
  readonly what: string
  /** Every value of the kind; absent where others may stand in its place. */
  readonly pattern?: RegExp
}

const HASH = String.raw`(?:\$(?:apr1|1|2[abxy]|5|6|7|y|argon2\w{1,2}|pbkdf2[\w-]*|scrypt)\$|\{S?SHA(?:256|512)?\})`

const SHAPES: readonly Required<Shape>[] = [
  { what: 'a URL', pattern: /^[a-z][a-z0-9+.-]*:\/\/\S/i },
  { what: 'a key or certificate (PEM)', pattern: /^-----BEGIN / },
  { what: 'a list of users with hashes', pattern: new RegExp(`^[^\\s:]+:${HASH}`) },
  { what: 'a hash of a password', pattern: new RegExp(`^${HASH}`) },
  { what: 'a JSON document', pattern: /^\s*(?:\{\s*"|\[\s*[{"])[\s\S]*[}\]]\s*$/ },
  { what: 'a connection string', pattern: /^(?:[A-Za-z][\w .-]*=[^;=]*;)+/ },
]

/** What can be told by no pattern that another value of its kind would have to match as well. */
const VAGUE: readonly Required<Shape>[] = [
  { what: 'a text of several lines', pattern: /\n[^\n]/ },
  { what: 'a user with its password', pattern: /^[a-z][a-z0-9_]{2,15}[:/](?!\/)\S/ },
]

/** undefined: a bare value. */
export function shapeOf(value: Secret): Shape | undefined {
  const text = Buffer.from(value.reveal()).toString('utf8')
  const known = SHAPES.find(({ pattern }) => pattern.test(text))
  if (known !== undefined) return known
  const vague = VAGUE.find(({ pattern }) => pattern.test(text))
  return vague === undefined ? undefined : { what: vague.what }
}

/** @throws UsageError for a new value of another kind: what reads it would not start. */
export function assertOfShape(name: string, shape: Shape | undefined, value: Secret): void {
  if (shape?.pattern === undefined) return
  if (shape.pattern.test(Buffer.from(value.reveal()).toString('utf8'))) return
  throw new UsageError(`The value of ${name} is ${shape.what}, and the new one is none. Nothing was changed.`, {
    hint: 'Give the whole of it, as what reads it expects it.',
  })
}
