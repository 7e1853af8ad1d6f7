// A place as a relative URI reference (RFC 3986), whatever bytes its name has.
import type { Place } from '../scan/types.js'

const UNRESERVED = /[A-Za-z0-9._~-]/

/** Percent-encodes every byte that is not unreserved; "/" separates segments and stays. */
function encodeBytes(bytes: Uint8Array): string {
  let uri = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    uri +=
      character === '/' || UNRESERVED.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return uri
}

const encode = (text: string): string => encodeBytes(Buffer.from(text, 'utf8'))

/** "app/lib.jar!/inner.properties" for a file in an archive, "image-config/env/DB_PASSWORD" for a config string. */
export function placeUri(place: Place): string {
  if (!('path' in place))
    return [
      'image-config',
      place.kind,
      ...(place.key === undefined ? [] : [encode(place.key).replaceAll('/', '%2F')]),
    ].join('/')
  const outer =
    'pathBase64' in place && place.pathBase64 !== undefined
      ? encodeBytes(Buffer.from(place.pathBase64, 'base64'))
      : encode(place.path)
  const inside = 'inside' in place ? (place.inside ?? []) : []
  return [outer, ...inside.map(encode)].join('!/')
}
