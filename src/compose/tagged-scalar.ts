// What a tag says of a YAML scalar before Compose reads it: `!!str` and `!` that it is a string as it stands, `!!binary` that it is base64.
import type { Scalar } from 'yaml'

const STRING_TAGS: readonly (string | undefined)[] = ['tag:yaml.org,2002:str', '!']
const BINARY_TAG = 'tag:yaml.org,2002:binary'

/** Whether its text may mean a number, a date or nothing. */
export const isUntold = ({ type, tag }: Scalar): boolean =>
  type === 'PLAIN' && !STRING_TAGS.includes(tag) && tag !== BINARY_TAG

/** Its text, without quotes; of `!!binary` what it decodes to. */
export function scalarText({ source, value, tag }: Scalar): string {
  const text = source ?? String(value ?? '')
  return tag === BINARY_TAG ? Buffer.from(text, 'base64').toString('utf8') : text
}
