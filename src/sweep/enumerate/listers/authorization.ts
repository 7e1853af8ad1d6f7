// Headers that log in to a listing API.
import type { Credentials } from '../../../registry/credentials.js'
import type { SweepRegistry } from '../../types.js'
import { secretIn } from '../logins.js'

/** The token of `listing.tokenFile`; undefined where none is named. */
export function listingToken({ listing }: SweepRegistry): string | undefined {
  return listing?.tokenFile === undefined
    ? undefined
    : Buffer.from(secretIn(listing.tokenFile).reveal()).toString('utf8')
}

/** `Authorization: Bearer` with the token of `listing.tokenFile`; undefined where none is named. */
export function tokenHeader(registry: SweepRegistry): Record<string, string> | undefined {
  const token = listingToken(registry)
  return token === undefined ? undefined : { authorization: `Bearer ${token}` }
}

/** RFC 7617; nothing without credentials, or where they are an identity token. */
export function basicHeader(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined || credentials.identityToken) return {}
  const pair = Buffer.concat([Buffer.from(`${credentials.username}:`), credentials.password.reveal()])
  return { authorization: `Basic ${pair.toString('base64')}` }
}
