// URLs that are secret for their query: whoever has one may do what it does.
import { looksRandom } from './value-shape.js'

/** No picture or script of a page: those have the hash of what they are there. */
const WITH_BARE_QUERY =
  /^https?:\/\/[^\s?#]+(?<!\.(?:css|gif|html?|ico|jpe?g|js|png|svg|webp|woff2?))\?([\w-]{16,256})={0,2}$/i

/** The token that is the whole query of the URL `text`, as those have that update a name of a dynamic DNS; undefined: there is none. */
export function queryToken(text: string): string | undefined {
  const [, token = ''] = WITH_BARE_QUERY.exec(text) ?? []
  return looksRandom(token) ? token : undefined
}
