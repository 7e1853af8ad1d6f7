// A notification in words, for people: the subject of an e-mail, its text, the lines of a chat message. Plain text, made printable.
import { printable, shorten } from '../../support/printable.js'
import type { NewFinding, NotificationPayload } from './payload.js'

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const
/** Characters of a name that a stranger chose. */
const LONGEST_NAME = 200

const shown = (text: string): string => shorten(printable(text), LONGEST_NAME)

/** "12 new findings: 2 critical, 10 high". */
export function totalsText({ totals }: NotificationPayload): string {
  const parts = SEVERITIES.filter((severity) => totals[severity] > 0).map(
    (severity) => `${totals[severity]} ${severity}`,
  )
  return `${totals.new} new ${totals.new === 1 ? 'finding' : 'findings'}: ${parts.join(', ')}`
}

/** "registry.example.com/team/app:1 and 4 more images". */
function imagesText({ images, imageCount }: NewFinding): string {
  const more = imageCount - 1
  const first = shown(images[0] ?? 'an image without a tag')
  return more < 1 ? first : `${first} and ${more} more ${more === 1 ? 'image' : 'images'}`
}

const EXPOSURE_WORDS: Readonly<Record<NonNullable<NewFinding['exposure']>, string>> = {
  final: '',
  metadata: '',
  deleted: ' (deleted later, still in the image for everyone who pulls it)',
  overwritten: ' (overwritten later, still in the image for everyone who pulls it)',
}

export interface FindingWords {
  /** "CRITICAL  GitHub token  ghp_****wXyZ" */
  readonly head: string
  /** Where it is, in which images, its fingerprint. */
  readonly lines: readonly string[]
}

/** One finding in words. */
export function findingWords(finding: NewFinding): FindingWords {
  const { severity, title, secret, place, instruction, exposure, fingerprint } = finding
  return {
    head: `${severity.toUpperCase()}  ${shown(title)}  ${shown(secret.redacted)}`,
    lines: [
      `in ${imagesText(finding)}`,
      `${shown(place)}${exposure === undefined ? '' : EXPOSURE_WORDS[exposure]}`,
      ...(instruction === undefined || instruction === '' ? [] : [`made by ${shown(instruction)}`]),
      fingerprint,
    ],
  }
}

/** What is not listed, and where all of it stands; undefined where everything is listed. */
export function restText({ totals, sweep }: NotificationPayload): string {
  const left = totals.new - totals.listed
  const all = `All of them: secretscan sweep findings --since ${sweep.id}`
  return left > 0 ? `and ${left} more. ${all}` : all
}
