// What is known of a value that a generic rule matched, and what is said of it.
import type { Rule } from './rule.js'
import type { Confidence, Severity } from './types.js'

export interface GenericValue {
  /** What the rule's pattern tells of it, and whether it takes random values only. */
  readonly tells: NonNullable<Rule['tells']>
  readonly random: boolean
  readonly name: string
  readonly value: string
  readonly quoted: boolean
  /** The name is written as a variable: $name. */
  readonly variable: boolean
  /** Behind ? or & of a URL. */
  readonly inQuery: boolean
  /** Its line is a comment. */
  readonly commented: () => boolean
  /** Where it stands; undefined: a string of an image's config. */
  readonly path: string | undefined
  /** Written as shell variables are, nothing round the sign: NAME=value. */
  readonly bare: boolean
  /** Whether a name of a user or a host stands close by: asked of few values only. */
  readonly besideUser: () => boolean
  /** A word with further ones behind it, in a string that began before the name: "db_password: readable by all". */
  readonly inSentence: () => boolean
  /** A single "=" stands before its quotes: a variable, a default or an argument, and no entry of a map, which may be a label. */
  readonly assigned: () => boolean
  /** The same with a literal user close by: { user: 'anna', password: '…' }. */
  readonly besideLiteralUser: () => boolean
  /** Bytes round it hold NUL: a program, a database, a picture. */
  readonly binary: () => boolean
}

export interface Verdict {
  readonly confidence: Confidence
  readonly severity?: Severity
}
