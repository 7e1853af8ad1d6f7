// Words that people take for passwords, and the names under which a word is one: "swordfish" under DB_PASSWORD, not under "password" alone.

/** A name that ends in what says "password". */
export const PASSWORD_NAME =
  /(?:passw(?:or)?d|passphrase|pwd|pass|psk|[_.-]pw|(?:bind|root|admin|ldap|smtp|mail|db|sql)pw)(?:[_-]?[0-9]{1,2})?$/i

/** Names that say whose password it is, as nothing but its value has: DB_PASSWORD, mysqlRootPassword. */
const OWNED_PASSWORD =
  /^(?:\w{0,20}[_.-])?(?:db|database|mysql|mariadb|postgres(?:ql)?|pg|redis|mongo(?:db)?|rabbitmq|smtp|imap|mail|ldap|s?ftp|ssh|sql|admin|root|master|superuser|jdbc|datasource|key_?store|trust_?store|store|key|wifi)[_.-]?(?:\w{1,16}[_.-])?(?:passw(?:or)?d|pwd|pass)$/i

/** A variable of a shell that says so: RSYNC_PASSWORD, BORG_PASSPHRASE; what something does with a password has a verb before it. */
const OWNED_VARIABLE =
  /^(?!(?:.*_)?(?:USE|SHOW|HIDE|RESET|CHANGE|ASK|NO|NEED|REQUIRE|FORGOT|CHECK|WRONG|BAD|INVALID|WITH|HAS|OLD)_)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD)$/

/** What programs say, or call their functions, in one long word. */
const LONG_OF_PROGRAMS =
  /authent|authori|log(?:g?ed)?(?:in|on|out)|sign(?:in|up|ed|out)|incorrect|mismatch|forg[eo]t|reset|chang|updat|confirm|complet|credential|placeholder|administrat|message|error|label|button|title|valid|should|must|cannot|require|characters?$|wachtwoord|kennwort|contrase|salasana|lozinka|parol|tion$|ing$|ness$|ity$/

/** A word under such a name, and not another name: "swordfish", but no "mysqlPassword" and no "required". */
export const isWordFor = (name: string, value: string): boolean => OWNED_PASSWORD.test(name) && isOwnWord(value)

/** A word under a variable of a shell. */
export const isWordOfVariable = (name: string, value: string): boolean => OWNED_VARIABLE.test(name) && isOwnWord(value)

/** Several words written as one, which only a person's password is: "ivoryforestoyster". */
export const isJoinedWords = (value: string): boolean =>
  /^[a-z]{14,40}$/.test(value) && isOwnWord(value) && !LONG_OF_PROGRAMS.test(value)

export const isOwnWord = (value: string): boolean =>
  /^[A-Za-z][A-Za-z0-9!@#$%^&*+?_-]{5,39}\.?$/.test(value) &&
  !/[_-](?:url|uri|host|port|id|arn)$/i.test(value) &&
  !/pass|pwd|secret|(?<!don|hoc|joc|mon|tur|whis)key|token|user|name|value|field|default|env|file|config|requir|option|present|absent|latest|random|generat|string|text|prompt|hidden|input|enter|disab|enab|invalid|empty|unknown|plain|crypt|none|true|false/i.test(
    value,
  )
