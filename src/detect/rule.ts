// The form of a rule. patterns/*.yaml hold rules in this form; docs/rules.md explains it to those who write them.
import type { Confidence, Severity } from './types.js'

/** format: a named shape; service: a service's name near a value of its alphabet; generic: a secret-like name; file: a FileDetector's. */
export type RuleKind = 'format' | 'service' | 'generic' | 'file'

export type StructureCheck =
  | 'github-crc32'
  | 'npm-crc32'
  | 'jwt'
  | 'pem'
  | 'base64-json'
  | 'aws-key-id'
  | 'service-account-json'
  | 'slack'
  | 'stripe'
  | 'luhn'
  | 'url-userinfo'

/** A second part that must stand nearby (an AWS secret key beside its key ID). */
export interface RequiredPart {
  readonly role: string
  /** Same rules as a rule's pattern: a named group `secret` marks the part's value. */
  readonly pattern: string
  /** Bytes before or after the main match (default 512). */
  readonly within?: number
  /** true: without it the match still counts, with the lower confidence. */
  readonly optional?: boolean
}

/** What explains a match away: any of its parts, or with `all` each part that is given. */
export interface AllowList {
  /** Regular expressions tested on the value, without regard to case. */
  readonly values?: readonly string[]
  /** Literals that a value may not contain, without regard to case. */
  readonly stopwords?: readonly string[]
  /** Regular expressions tested on the line round the match, without regard to case. */
  readonly lines?: readonly string[]
  /** As a rule's paths. Ignored for kind "format", unless it is imported: a path must not hide a named format. */
  readonly paths?: readonly string[]
  readonly all?: boolean
  /** Regular expressions with regard to case. */
  readonly matchCase?: boolean
}

/**
 * An example is a text in which «…» marks the value that must be found, and {+} (removed when read) cuts long tokens so that the
 * repository itself holds none. A counterexample has no marks.
 */
export interface RuleExample {
  readonly text: string
  /** A usual file for it; default: "config.txt". */
  readonly path?: string
}

export interface Rule {
  /** kebab-case, stable for ever. */
  readonly id: string
  readonly title: string
  readonly kind: RuleKind
  readonly family: string
  /** Of a user's pack: what such a rule looks for is found, whatever it may look like. */
  readonly own?: true
  readonly severity: Severity
  readonly confidence: Confidence
  /** Literals, ASCII, matched without regard to case, one of which every match (or its window) contains. At least 3 characters each. */
  readonly keywords: readonly string[]
  /** A JavaScript regular expression over latin1 text with a named group `secret`. Absent for kind "file". */
  readonly pattern?: string
  /** "", "i", "s", "m" or several. */
  readonly flags?: string
  /** Least Shannon entropy of the value, bits a character. */
  readonly entropy?: number
  readonly structure?: StructureCheck
  /**
   * For kind "generic", where the surroundings of a value are judged: `password`, where the pattern tells a password by its place, so that a
   * plain word is believed; `end`, where it tells where the value ends, so that code needs no quotes round it.
   */
  readonly tells?: readonly ('password' | 'end')[]
  /** For kind "generic": only values that look random, and none under the name of something public. */
  readonly random?: boolean
  /** The value is the first of a list or a map: those behind it are looked at, too. */
  readonly list?: boolean
  /**
   * Only in files whose path matches one of these globs (matched without regard to case; a glob without "/" is a base name), or one
   * of these regular expressions, where an entry begins with "re:".
   */
  readonly paths?: readonly string[]
  /** Any of several lists is enough. */
  readonly allow?: AllowList | readonly AllowList[]
  readonly requires?: readonly RequiredPart[]
  /** Plain remediation text: what to do, with the provider's page for revoking. */
  readonly remediation: string
  /** Pages where the format is documented. */
  readonly references: readonly string[]
  readonly examples: readonly RuleExample[]
  readonly counterexamples: readonly RuleExample[]
  /** true where a compact table generated it (patterns/services.yaml); counted apart. */
  readonly generated?: boolean
  /** true where it comes from another scanner's configuration: it may be without examples until somebody writes some. */
  readonly imported?: boolean
}

/** The fields that a pack may give a rule, in the order in which people read it. */
export const RULE_FIELDS = [
  'id',
  'title',
  'kind',
  'severity',
  'confidence',
  'keywords',
  'pattern',
  'flags',
  'entropy',
  'structure',
  'tells',
  'random',
  'list',
  'paths',
  'allow',
  'requires',
  'remediation',
  'references',
  'examples',
  'counterexamples',
  'imported',
] as const satisfies readonly (keyof Rule)[]

/** What reports need of a rule. */
export interface RuleSummary {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly remediation: string
  readonly references: readonly string[]
}
