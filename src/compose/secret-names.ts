// Which names say that their value is secret, whatever the value looks like. Used on variables, arguments and flags of a project the
// user owns, so it is bolder than detection in strangers' images.

/** Words of a name: parts between separators and case changes. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z][0-9]*)([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

const SECRET_WORDS = new Set([
  'password',
  'passwords',
  'passwd',
  'passwort',
  'pass',
  'pwd',
  'passphrase',
  'pw',
  'pswd',
  'secret',
  'secrets',
  'token',
  'authtoken',
  'apikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'credential',
  'credentials',
  'creds',
  'cookiesecret',
  'salt',
  'jwt',
  'webpassword',
  'rootpassword',
  'userpassword',
  'dbpassword',
  'dbpass',
  'pgpass',
  'clientsecret',
  'requirepass',
  'masterauth',
  'authkey',
])

/** Written together with what they belong to: pgpassword, jwtsecret. */
const ENDS_SECRET = /.(?:password|passwd|passphrase|secret)$/

/** Two words in a row. */
const SECRET_PAIRS = new Set([
  'api key',
  'access key',
  'secret key',
  'private key',
  'encryption key',
  'signing key',
  'app key',
  'auth key',
  'redis auth',
  'rediscli auth',
  'neo4j auth',
  'basic auth',
  // Confluent's name for user:password.
  'user info',
  'account key',
  'master key',
  'license key',
  'service key',
  'storage key',
  'session key',
  'deploy key',
  'ssh key',
  'erlang cookie',
  'nonce key',
  'logged key',
  'enc key',
  'crypto key',
  'fernet key',
  'secure key',
])

/** Words that turn a name into something about a secret: where it is, how long, whose. */
const ABOUT = new Set([
  'file',
  'path',
  'dir',
  'url',
  'uri',
  'host',
  'endpoint',
  'name',
  'id',
  'user',
  'username',
  'email',
  'expiry',
  'expires',
  'expiration',
  'ttl',
  'timeout',
  'length',
  'min',
  'max',
  'policy',
  'enabled',
  'enable',
  'disable',
  'disabled',
  'allow',
  'type',
  'algorithm',
  'header',
  'prefix',
  'issuer',
  'audience',
  'reset',
  'hint',
  'public',
  'mode',
  'age',
  'lifetime',
  'version',
  'class',
  'provider',
  'count',
  'required',
  'rounds',
  'cost',
  'strength',
  'validation',
  'store',
  'field',
  'changed',
  'method',
  'scheme',
  'exp',
  'expire',
  'aud',
  'iss',
  'alg',
  'leeway',
  'source',
  'users',
  'hasher',
  'hashers',
  'validity',
  'algo',
  'backend',
  'symbol',
  'address',
  'price',
])

/** Ends of names that follow none of this. */
const SECRET_NAME = /_ROOT_TOKEN_ID$/i
/** Kafka's images take the name of a file by these. */
const FILE_NAME = /_(?:KEYSTORE|TRUSTSTORE|KEY)_CREDENTIALS$/

/** true where a variable of this name holds the name of a file, whatever it looks like. */
export const namesFile = (name: string): boolean => FILE_NAME.test(name)

/** true where a variable of this name holds a secret by its name alone (MYSQL_PASSWORD, clientSecret, GITEA__security__SECRET_KEY). */
export function isSecretName(name: string): boolean {
  if (SECRET_NAME.test(name)) return true
  if (namesFile(name)) return false
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  if (ABOUT.has(last)) return false
  return words.some((word, index) => {
    if (SECRET_WORDS.has(word) || ENDS_SECRET.test(word))
      return !words.slice(index + 1).some((later) => ABOUT.has(later))
    return SECRET_PAIRS.has(`${word} ${(words[index + 1] ?? '').replace(/^keys$/, 'key')}`) && index + 2 >= words.length
  })
}

/** user:password; a host with its port is none. */
const LOGIN = /^[\w.@+-]+:(?!\d{1,5}$)[^\s:/,]{3,}$/

/** Offset of the password in what a variable like MP_SMTP_AUTH gives as user:password; undefined for another name or text. */
export function loginPassword(name: string, value: string): number | undefined {
  return /(?:^|[_.-])auth$/i.test(name) && LOGIN.test(value) ? value.indexOf(':') + 1 : undefined
}

/** true for a value that says nothing by itself: a word of letters, which is as likely a name ("root", "wordpress"). */
export const isPlainWord = (value: string): boolean => /^[a-z]+$/i.test(value)

/** true for a value that is the same secret wherever it stands: no name, and too long to be a part of something else by chance. */
export const isTellingValue = (value: string): boolean =>
  value.length >= 8 && /\d|[^\w\s.-]/.test(value) && !/\s/.test(value) && !isPlainWord(value)

/** A path: of a file by its ending or its usual name, or below a folder where files are mounted. */
const PATH =
  /^(?:\/|\.{1,2}\/|~\/)(?:[\w.@-]+\/)*(?:[\w.@-]+\.(?:pem|key|crt|cert?|pub|json|ya?ml|toml|ini|conf|txt|jks|p12|pfx|keystore|truststore|gpg|asc|env)|id_(?:rsa|dsa|ecdsa|ed25519))$|^\/(?:etc|run|var|opt|app|home|root|usr|mnt|data|config|certs?|secrets?|keys?|credentials|tmp|srv)\/[\w./-]+$/
/** JWT_ACCESS: 15m, JWT_ALG: HS256 */
const SETTING = /^(?:\d{1,5} ?(?:ms|[smhdwy]|min|minutes?|hours?|days?)|(?:[HRP]S|ES)(?:256|384|512))$/

/** Values that are no secret under any name: switches, times, and references to something else. */
export function isNoSecretValue(value: string): boolean {
  return (
    value === '' ||
    /^(?:true|false|yes|no|on|off|enabled?|disabled?|null|none|nil|0|1)$/i.test(value) ||
    PATH.test(value) ||
    SETTING.test(value) ||
    /^\/(?:run|var\/run)\/secrets\//.test(value) ||
    /^(?:\$?\$\(|`)\s*(?:cat\s|<)/.test(value) ||
    /^(?:vault|op|file|awssm):\/\//.test(value)
  )
}
