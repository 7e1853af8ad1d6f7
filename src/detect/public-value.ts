// Names and values that sound secret and are made to be shown, or only say which secret is meant.
import { looksRandom } from './value-shape.js'

export interface NamedValue {
  readonly name: string
  readonly value: string
  /** The rule takes random values only, under names that say no more than "key". */
  readonly random: boolean
}

/** Names of keys that are no secrets, and of what is compared and not kept. */
const PUBLIC_NAME =
  /pub(?:lic)?[_.-]?key|build[_.-]?key|token[_.-]?(?:tx|vault|mint|account|program|address|contract)|secret[_.-]?hash|key[_.-]?(?:id|name|word|code|map|path|file|type|hash|size|length)|(?:cache|sort|primary|foreign|partition|index|row|map|object|site|resource|storage|routing|range|hash|group|dedup|idempotency|unique|lookup|shortcut|hot|link|locali[sz]ation|translation|i18n|message|meta|react|etag|ssh|host|known|cert(?:ificate)?|ca|gpg|pgp|fingerprint|integrity|checksum|digest)[_.-]?(?:key|signature)s?$|author(?!i[sz])|token(?:izer?|i[sz]|s?$|type|url|name|count|len|limit|budget)|token[_.-]?(?:id|hash|symbol)$|secrets?[_.-]?manager$|management[_.-]?api$|secret[_.-]?(?:name|arn|id|ref|path)|(?:checksum|digest|sha-?(?:1|256|512)|md5|commit|revision)$|passw\w*(?:field|label|hash|policy|hint|regex|url|file)/i

/** Tokens that say where a list goes on, or which request is sent again, which coin is meant, or are gone with a call: nobody gets in with one. */
const REQUEST_TOKEN =
  /(?:next|page|pagination|continuation|change|request|idempotency|lifecycle[_-]?action|input|output|sync|cursor|resume|marker|scroll|cancell?ation|public[_-]?key|lock|update|type|spl|csrfmiddleware)(?:[_-]?page)?[_-]?tokens?$|token[_-]?hash$|^ice[_-]?pwd$/i

/** The same in AWS, which people make up; other services give a token of that name, too. */
const CLIENT_TOKEN = /^[Cc]lientToken$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What says which secret is meant, where somebody else keeps it: Helm's `existingSecret`, `secretName`, `fromSecret`. */
const NAMES_A_SECRET = /(?:existing[_-]?secret|secret[_-]?(?:ref|name)|(?:from|pull|tls)[_-]?secret)$/i

/** Keys that pages hold, whatever they are called. */
const SHOWN_KEY = /(?:pusher(?:[_-]?app)?|publishable|(?:recaptcha|hcaptcha|turnstile)[_-]?site)[_-]?key$/i

/** A link to another service of the file, a label, or what a program calls it: `registry-token:registry-token`, `DB_PASSWORD=dbPassword`. */
const isItsOwnName = ({ name, value }: NamedValue): boolean =>
  name === value
    ? /[a-z0-9][_-]?(?:[Tt]oken|[Kk]ey|[Pp]asswd|[Pp]assword|[Ss]ecret)$/.test(name)
    : (/[:/]/.test(value) && /[:/]([a-z]+_[a-z]+)$/.exec(value)?.[1] === name.replace(/^_/, '').toLowerCase()) ||
      (/^[A-Z]+(?:_[A-Z]+)+$/.test(name) &&
        name.replaceAll('_', '').toLowerCase() === value.toLowerCase() &&
        /[A-Z]/.test(value))

/** Those of Google's command line, which its sources publish: a login's file has one beside the refresh token. */
const PUBLIC_CLIENT_SECRET = /^(?:d-FL95Q19q7MQ|ZmssLNjJy2998)/

/** What a shell reads from a mounted secret; quotes that end before it may stand in front. */
const READ_FROM_FILE = /^\\?["']?\$?\$\(cat \/run\/secrets\//

/**
 * Made to be shown, whatever the name: a key of Stripe's pages, an age recipient, LiveKit's key ID, the number of a PGP key beside "signingkey",
 * and a PGP key's fingerprint under a name that says no more than "key": `key='B97B…'; gpg --recv-keys "$key"` builds half of the official images.
 */
function isPublicValue({ name, value, random }: NamedValue): boolean {
  // A contract or an account of Ethereum; private keys have 64 digits.
  if (/^0x[0-9a-fA-F]{40}$/.test(value)) return true
  // The number of a coin on a chain, 256 bits in decimal; of which account and day a request to AWS is signed.
  if (/^\d{60,80}$/.test(value) || /(?:\/|%2F)aws4_request$/i.test(value)) return true
  // What a browser is given to take pushed messages: a point on P-256.
  if (/vapid/i.test(name) && /^B[A-Za-z0-9_-]{86}$/.test(value)) return true
  // What a server knows somebody by.
  if (/^AAAA(?:B3NzaC1|C3NzaC1lZDI1|E2VjZHNh)/.test(value)) return true
  if ((random || /gpg[_.-]?keys?$/i.test(name)) && /key$/i.test(name) && /^[0-9A-F]{40}$/.test(value)) return true
  if (/^(?:pk_(?:live|test)_[0-9A-Za-z]+|age1[0-9a-z]{58}|z(?:6Mk|6LS|Q3s|Dna)[0-9A-Za-z]{40,50})$/.test(value))
    return true
  if (PUBLIC_CLIENT_SECRET.test(value) || READ_FROM_FILE.test(value)) return true
  if (/livekit[_.-]?api[_.-]?key$/i.test(name) && /^API[0-9A-Za-z]{12}$/.test(value)) return true
  return /signing[_.-]?key$/i.test(name) && /^(?:0x)?(?:[0-9A-F]{8}){1,2}!?$|^[0-9A-F]{40}!?$/.test(value)
}

/** true where nobody gets in with `value`: its name or its form says that it is public, a request's, or another secret's name. */
export function isPublic(found: NamedValue): boolean {
  const { name, value, random } = found
  if (isItsOwnName(found) || isPublicValue(found)) return true
  if (CLIENT_TOKEN.test(name) && UUID.test(value)) return true
  if (REQUEST_TOKEN.test(name) || SHOWN_KEY.test(name)) return true
  if (NAMES_A_SECRET.test(name) && /^[a-z0-9.-]+$/.test(value) && !looksRandom(value)) return true
  return random && PUBLIC_NAME.test(name)
}
