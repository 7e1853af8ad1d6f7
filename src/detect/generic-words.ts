// Forms of values under secret-like names that say more than their characters do: defaults, expressions, types, labels.

/** Passwords that people really leave in: reported, as low. */
export const DEFAULTS =
  /^(?:change[-_ ]?me(?:[-_]?[0-9]+)?!*|password[0-9!]*|passwd|secret[0-9]*|changeit|admin[0-9]*|my[-_]secret[-_]pw|root|toor|test(?:ing)?[0-9]*|whatever|guest|default|letmein|qwerty[0-9]*|123456[0-9]*|(?:abc|xyz)[-_]?123[0-9]*|postgres|mysql|redis|mongo|rabbitmq|demo|dummy|foobar|foo|bar|pass|user)$/i

export const EXPRESSION =
  /^[*&][A-Za-z][\w.-]*$|^==|[()[\]{}]|^(?:this|self|process|env|os|config|settings|params|options|props|ctx|req|args)\.|=>|\s\+\s|^[A-Za-z_]+(?:\.(?:[A-Za-z_]+|\$S?\d))+$|^[&*!@]?\w+::|^new\s|^await\s|^\$/
/** What an expression has that a password in a URL has not: two words with a dot may be one. */
export const BRACKETED = /[()[\]{}]|^\$/
export const TYPE_NAME =
  /^(?:string|str|String|bytes|number|boolean|bool|int|any|void|object|Optional|None|Nil|null|undefined|required|optional|True|False|password|text|hidden|input|field|varchar.*|char\*?|pbkdf2[:_]sha\d+(?::\d+)?|bcrypt\w*|scrypt|argon2\w*)[;,:?!]?$/i

export const PASSWORD_ALONE = /(?:^|[._-]|^(?:db|smtp|mail|ldap|ftp|sql|admin|root|user))(?:passw(?:or)?d|pwd|pass)$/i
/** "Password" as people say it elsewhere: a label. */
export const SAYS_PASSWORD =
  /^(?:pass|mot de|contra|wacht|kenn|senha|heslo|has[l\xc5]|parol|l.{1,2}sen|adgang|salasana|jelsz)/i
