// Is the value behind a service's name its key? What stands between the two says where it is something else that looks as random: a digest,
// a commit, an identifier of a project, the version of a picture.
import { looksRandom } from './value-shape.js'

/** Digests and commits: `sha256=`, `_COMMIT=`, `contentHash:`, `git checkout `, `?ref=`. */
const DIGEST =
  /(?:sha-?(?:1|224|256|384|512)|md5|checksum|digest|commit|git[_-]?head|(?:content|file|block|image|asset|dropbox)[_-]?hash|revision|git checkout|integrity|fingerprint|(?:^|[^a-z])(?:rev|ref|etag))(?:sums?|[_-]?(?:id|hash|sha|ref))?\\?["'`]?\]?\s{0,3}(?:[:=]>?|\s)\s{0,3}\\?["'`]?$/i
/** Identifiers that a page or a log shows to everybody. */
const IDENTIFIER =
  /(?:project|account|user|org|organi[sz]ation|team|workspace|tenant|request|trace|span|session|transaction|order|customer|message|event|job|build|run|page|item|object|resource|instance|device|node|product|plan|channel|group|campaign|container|widget|form|space|site|zone|list|template|audience|measurement|tracking|correlation|deployment|environment|store|location|region|cluster|dashboard|monitor)[_.-]?id\\?["'`]?\]?\s{0,3}[:=]>?\s{0,3}\\?["'`]?$/i
/** The same in a sentence of a log: `session 4f0c… started`. */
const NUMBERED =
  /(?:^|[\s"'([])(?:session|request|trace|span|transaction|job|build|run|event|message|order|instance|deployment|pipeline|task|connection|correlation|(?:app|project|account)(?= id))(?: id)?[:#]?[ ]["'`(]?$/i
/** Bytes before a name and behind a value that say so. */
const SHORTLY = 80

const OPTION = /--(?:org|project|team|account|[a-z-]{0,20}-id)[= ]$/
const BARE_ID = /["'`{\s]id["'`]?\s{0,3}[:=]\s{0,3}["'`]?$/
/** `/logo.svg?v=`, and a list of paths with a checksum or commit each. */
const ASSET = /\.(?:svg|png|jpe?g|gif|ico|webp|css|m?js|map|woff2?|html?)\?[\w.=&-]{0,20}$/i
const LISTED_PATH = /\/[\w.+-]{1,60}(?::[ \t]{1,8}|[ \t]{1,4})$/

/** A document in the metadata of a picture, `uses: owner/action@`, a line of go.sum, a file or tree of a commit. */
const PINNED =
  /xmp\.[di]id:$|\/[\w.-]{1,60}@$|\sh1:$|\/(?:blob|tree|raw|commits?|archive|blame|compare)\/$|githubusercontent\.com(?:\/[\w.-]{1,60}){2}\/$/
/** Behind the value: it is in the name of a picture, a script or a style. */
const FILE_BEHIND = /^\.(?:svg|png|jpe?g|gif|ico|webp|avif|css|m?js|map|woff2?|ttf|html?|mp[34])\b/i

/** `ssh-ed25519 `, in front of the key that a server is given to know somebody by. */
const SSH_PUBLIC = /(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}) $/

/** Cells of a row that hold numbers or nothing: what stands behind them is of another column. */
const CELLS = /(?:(["'])\d{0,4}\1, ?){3}["']?$/

const ANY = [CELLS, SSH_PUBLIC, DIGEST, IDENTIFIER, NUMBERED, OPTION, BARE_ID, ASSET, LISTED_PATH, PINNED]

/** On a line below the service's name, or of the database or mail server that the service has. */
const OTHER_PASSWORD =
  /(?:\n[^\n]{0,80}|(?:postgres(?:ql)?|pg|mysql|maria(?:db)?|mongo(?:db)?|redis|db|database|smtp|e?mail|ldap|rabbitmq)[_.-]{0,3})(?:pass(?:w(?:or)?d)?|pwd)["'`]?\]?\s{0,3}[:=]>?\s{0,3}["'`]?$/i

/** A password under a name that says what it is for, which is no key of the service. */
const isOtherPassword = (between: string): boolean => OTHER_PASSWORD.test(between)

/** NAME=value, and below it the name of another assignment. */
const ASSIGNED_BELOW =
  /^[\w.-]{0,60}[ \t]?=[^\n]*\n(?:[^\n]*\n)*[ \t]*(?:export )?([A-Za-z_][\w.-]*)[ \t]?=[ \t]?["']?$/
const OF_ANY_SERVICE =
  /^(?:api|access|auth|account|app|application|bearer|bot|client|consumer|personal|private|refresh|secret|service|server|session|signing|webhook|token|key|password|passwd|pass|pwd|id|sid|user|username|value|my|prod|production|dev|test|default|live|v?\d*)$/i

/** Under the service's own variable another one stands, which names something else: OPENAI_API_KEY below MEILISEARCH_KEY. */
function isOfLineBelow(between: string): boolean {
  const [, name] = ASSIGNED_BELOW.exec(between) ?? []
  return name !== undefined && !name.split(/[_.-]/).every((word) => OF_ANY_SERVICE.test(word))
}

const CLIENT_ID = /client[_.-]?id["'`]?\]?\s{0,3}(?:[:=]>?|\?\?|\|\|)\s{0,3}["'`]?$/i

/** The public half of a client's credentials: what logs somebody in with Auth0 or Spotify shows it to every browser. */
export const isClientId = (between: string): boolean => CLIENT_ID.test(between)

const USER_NAME = /user_?name["'`]?\]?\s{0,3}[:=]>?\s{0,3}["'`]?$/i

/** Whose key it is, not the key: Magento's repository wants a public key as the name of the user. */
const isUserName = (between: string): boolean => USER_NAME.test(between)

/** A name of its own between the service's name and the value says that it is another thing. */
export const isNamedOtherwise = (between: string): boolean =>
  isOtherPassword(between) || isUserName(between) || isOfLineBelow(between)

/** A line of md5sum and its like: the digest, a space, a space or an asterisk, a path. */
export const isListedDigest = (text: string, from: number, to: number): boolean =>
  (from === 0 || text[from - 1] === '\n') && /^[0-9a-f]+ [ *]\S/i.test(text.slice(from, to + 3))

/** The address of a secret in AWS, as policies have it too, up to its name: what follows is no value. */
const isSecretAddress = (before: string): boolean =>
  /arn:(?:aws[\w-]*|[*$][\w{}:.*]{0,30}):[\w-]+:[\w${}:.*-]{0,30}:[\w${}:.*-]{0,30}:$/.test(before)

/**
 * The name of a secret, which a program asks for by it: `get_secret("mail")`; or the first of three words that one is kept by:
 * `set_password("service", "user", "…")`.
 */
const isAskedFor = (before: string, name: string, behind: string): boolean =>
  /\(\s{0,40}["'`]$/.test(before) &&
  (/(?:^|[._])(?:get|fetch|find|has|delete|lookup)_?(?:password|secret|token|credential|api_?key)s?$/i.test(name) ||
    (/(?:^|[._])set_?password$/i.test(name) && /^["'],\s?[^,()]{1,60},/.test(behind)))

/** A GUID in braces, as Windows has them for anything but keys. */
export const isGuidInBraces = (text: string, from: number, to: number): boolean =>
  text[from - 1] === '{' &&
  text[to] === '}' &&
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.slice(from, to))

/** The object of a module, which another name is set to: `filter = acme.auth_password:factory`. */
const isObjectOfModule = (before: string, name: string, value: string): boolean =>
  name.includes('.') && /[\w.] ?= ?["']?$/.test(before) && /^[A-Za-z_]\w{2,}$/.test(value) && !looksRandom(value)

/** What a match stands in, with its name. */
interface NamedPlace {
  readonly text: string
  readonly start: number
  readonly from: number
  readonly to: number
  readonly name: string | undefined
}

/** true where what looks like a name and its value is a part of something else, or the value says which secret is meant. */
export function isNoAssignment({ text, start, from, to, name = '' }: NamedPlace): boolean {
  const before = text.slice(Math.max(0, start - SHORTLY), start)
  return (
    isSecretAddress(before) ||
    (text[from - 1] === ':' && isObjectOfModule(before, name, text.slice(from, to))) ||
    isAskedFor(text.slice(start, from), name, text.slice(to, to + SHORTLY))
  )
}

/** Whether the text right behind a value makes it a part of a file's name: `logo.e271ee85.svg`. */
export const namesFile = (behind: string): boolean => FILE_BEHIND.test(behind)

/** `between`: the text from the service's name, or shortly before it, up to the value. */
export function namesSomethingPublic(between: string): boolean {
  return ANY.some((pattern) => pattern.test(between))
}
