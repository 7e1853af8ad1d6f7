// A new value for a secret that stands in URLs, or among the options of a program: it is put there as it is, so it must be written as URLs spell it.
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { UsageError } from '../../support/errors.js'
import { escaped } from '../../support/regexp.js'
import type { Secret } from '../../support/secret.js'
import { placeWords } from '../same-value.js'
import type { SecretPlace } from './find.js'

/** RFC 3986, section 3.2.1 "userinfo", without the colon, which some programs take for the end of the user. */
const SPELLED = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/

/** @throws UsageError where a URL with the value would be another one. */
export function assertFitsUrls(project: ComposeProject, { name, users }: SecretPlace, value: Secret): void {
  const text = Buffer.from(value.reveal()).toString('utf8')
  assertFitsOptions(project, name, text)
  const inUrls = urlsWith(project, name)
  if (inUrls.length === 0) return
  const services = new Set(inUrls.flatMap(({ usedBy }) => usedBy))
  // Who else reads it would not undo the encoding.
  const isShared = users.some((service) => !services.has(service))
  if (SPELLED.test(text) && !(isShared && text.includes('%'))) return
  const places = inUrls.map((each) => placeWords(project, each)).join(', ')
  throw new UsageError(`The new value cannot stand in a URL as it is, and it is put into one in ${places}.`, {
    hint: isShared
      ? 'Take letters, digits and - . _ ~ alone, as --generate does: others that read it need the same.'
      : 'Give it percent-encoded, or take letters, digits and - . _ ~ alone, as --generate does.',
  })
}

/** @throws UsageError where a program that is given it among other options would take it for more than one text. */
function assertFitsOptions(project: ComposeProject, name: string, text: string): void {
  if (/^[\w.:/+@%,=~-]+$/.test(text)) return
  const filled = new RegExp(`(?:^|\\s)-[^\\s=]+=@${escaped(`/run/secrets/${name}`)}@(?:\\s|$)`)
  const places = project.values.filter(({ resolved }) => filled.test(resolved))
  if (places.length === 0) return
  const where = places.map((each) => placeWords(project, each)).join(', ')
  throw new UsageError(`The new value cannot stand among options as it is, and it is put there in ${where}.`, {
    hint: 'Take letters, digits and - . _ ~ alone, as --generate does.',
  })
}

/** Entries whose URL is filled with the secret when its service starts. */
function urlsWith({ values }: ComposeProject, name: string): readonly LocatedValue[] {
  const file = escaped(`/run/secrets/${name}`)
  const filled = new RegExp(`://\\S*(?:@${file}@|\\$\\(cat ${file}\\))`)
  return values.filter(({ resolved }) => filled.test(resolved))
}
