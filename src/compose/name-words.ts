// The words that names of variables are made of, by what they say of the value. Vocabulary only: how they go together is secret-names.ts.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))
const pairs = (text: string): ReadonlySet<string> => new Set(text.split(',').map((pair) => pair.trim()))

/** A value of this is secret. Like all words here in the singular, without digits at its end. */
export const SECRET_NOUNS = words(`
  password passwd passwort kennwort senha contrasena mdp pass pwd passphrase pw pswd passcode secret token credential cred salt pepper psk
  mnemonic macaroon jwt sessdata bduss requirepass
  masterauth`)

/** What a password belongs to, and what a key is for, where it is written together with that. */
const OWNERS =
  'db|root|user|admin|pg|my|mysql|maria|postgres|sa|smtp|i?map|mail|email|s?ftp|web|ldap|bind|redis|mongo|rabbit|mq|app|store|keystore|truststore|' +
  'trust|key|sys|sudo|vnc|rcon|login|default|guest|auth|publish|read|rc|rpc|vpn|server|client|qb|tr|mqtt|ssh|rtsp|cam|wifi|relay|share|nas|soap|snap|' +
  'wallet|proxy|jdbc|https?|ssl|tls|vault|consul|influx|amqp|database'
const FOR_KEYS =
  'api|app|access|secret|private|priv|auth|master|encrypt|encryption|crypt|crypto|enc|sign|signing|session|service|license|account|storage|deploy|' +
  'preshared|root|admin|unseal|machine|pass|cookie|jwt|hmac|wg|wireguard'
const KNOWN_ENDS = 'password|passwd|passphrase|secret|token|credential'

/** Written together with what they belong to: pgpassword, jwtsecret, accesstoken, rootpw, masterkey. */
export const ENDS_SECRET = new RegExp(`.(?:${KNOWN_ENDS})$|^(?:${OWNERS})(?:pass|pwd|pw)$|^(?:${FOR_KEYS})key$`)

/** The same behind nothing but words that are known, each of which may stand alone: what else stands in front may be no name's. */
export const IS_SECRET_WORD = new RegExp(
  `^(?:src|dest|new|old|${OWNERS}|${FOR_KEYS}|bot){0,3}(?:(?:${KNOWN_ENDS})s?|pass|pwd|pw|passcode)$|^(?:${FOR_KEYS})key$`,
)

/** Two words in a row; "user info" is Confluent's name for user:password. */
export const SECRET_PAIRS =
  pairs(`redis auth, rediscli auth, neo4j auth, basic auth, erlang cookie, node cookie, release cookie, distributed cookie, user info,
  seed phrase, recovery phrase, secret phrase, encryption iv, cipher iv, aes iv, access code, pass code, unlock code, pairing code, activation code,
  recovery code, backup code, auth code`)

/** What a key is for, where its value is secret whatever it looks like: API_KEY, ENCRYPTION_KEY. */
export const SECRET_KEYS = words(`
  api access secret private priv encryption encrypt decryption signing signature app auth account master license licence service storage session
  deploy ssh nonce logged enc crypto crypt cipher aes hmac fernet secure security vault cookie webhook token jwt jws jwe role admin root
  unseal shared preshared registration join wireguard wg subscription integration bot machine
  bouncer network`)

/** What a key is for, where everybody may have it. */
export const PUBLIC_KEYS = words(
  'public pub publishable site gpg gnupg pgp recv trusted authorized known verify verification',
)

/** What a key is for, where it is a name by which something is found. */
export const NAME_KEYS = words(`
  primary foreign unique composite cache partition sort range routing object index shard group lookup field column row hot shortcut tag label
  metric message topic queue idempotency dedup translation query param parameter header answer feature flag context attribute property redis
  etcd consul kv registry bucket order state prefix json log event document record claim`)

/** Words that are seldom a secret's, told where the value looks like one: INVITE_CODE, STRIPE_SK, SEED. */
export const VAGUE_NOUNS = words('code pin seed cookie sk pat iv dsn license licence serial sas bearer authorization')

/** Behind a noun they say which one, or how it is written: API_KEY_PROD, SECRET_KEY_BASE. */
export const TRAILING = words(`
  base hex b value string plain plaintext raw text hash hashed encoded sha bcrypt primary secondary current old new previous default dev
  development prod production staging test local v one two`)

/** Words that turn a name into something about a secret: where it is, how long, whose. */
export const ABOUT = words(`
  file filename path dir directory folder location url uri host endpoint name id user username email expiry expire expiration exp ttl timeout
  duration length len min max policy enabled enable disable disabled allow type algorithm alg algo header prefix suffix issuer iss audience
  aud reset hint public mode age lifetime version class provider count required require round cost strength complexity iteration size limit
  bit byte threshold retry attempt day hour minute sec ms interval window delay grace quota depth level validation validity validator store
  field changed change method scheme leeway source hasher backend symbol address price format encoding regex pattern template manager
  generator rotation scope namespace realm domain region port stdin prompt placeholder label description subject route page flow
  authentication engine env cmd command fd history claim samesite httponly filter attr attribute role module mount time kid param origin
  parameter`)

/** Tokens of a language model are counted: MAX_TOKENS. */
export const COUNTED =
  /(?:max|min|num|number|total|limit|count|context|input|output|completion|prompt)[\w-]*token|tokens[_-]per/i
