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

/** What programs say in one word where a password is meant. */
const OF_PROGRAMS =
  /^(?:access|account|admin|always|basic|before|bearer|binary|client|custom|denied|digest|email|external|failed|failure|hashed|ignore|insert|interactive|internal|kerberos|legacy|locked|manual|masked|method|missing|native|normal|object|optional|phrase|prefix|private|public|redacted|removed|remote|report|return|secure|select|sensitive|server|session|shadow|simple|source|standard|strong|success|suffix|system|target|toggle|update|verify|visible|window)s?$/

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

/** A password's own name, and none of a step, a message or a field about one: password, db_password, self.userPass, but no resetPassword. */
export const namesPassword = (name: string): boolean =>
  /(?:^|[._$-]|(?<=[a-z])(?=P))(?:passw(?:or)?d|pwd|pass|passphrase|pw)[0-9]?$/i.test(name) &&
  !name.startsWith('-') &&
  !/(?:use|show|hide|hidden|reset|change|ask|no|need|requires?|forgot|check|wrong|bad|invalid|with|has|set|get|update|confirm|enter|verify|missing|incorrect|weak|errors?|msg|label|title|text|type|toggle|input|field|one[_-]?time|action|login)[_.-]?pass/i.test(
    name,
  )

/** What messages, labels and settings of programs are made of, and what people seldom say in a pass phrase. */
const WORDS_OF_MESSAGES =
  /(?:^| )(?:is|are|was|be|must|not|no|too|please|yours?|for|of|to|from|with|on|if|when|this|used?|uses|should|can|does|will|has|have|by|as|at|an?|and|or|in|it)(?: |$)/

/** Defaults and first passwords that people really leave in programs. */
const LEFT_IN =
  /^(?:letmein[0-9]*|admin[0-9]+|passw(?:or|0r)d[0-9!]+|p[@4]ss(?:w[o0]rd)?[0-9!]*|qwerty[0-9]*|123456[0-9]*|changeme[0-9!]*|changeit|toor|root[0-9]+|welcome[0-9!]+|secret[0-9]+)$/i

/** A word, a phrase or a first password as people type it, and no word that a program works with. */
export const isPlainInCode = (value: string): boolean =>
  LEFT_IN.test(value) ||
  (/^[a-z]{6,24}[0-9!]{0,4}$/.test(value) &&
    isOwnWord(value) &&
    !LONG_OF_PROGRAMS.test(value) &&
    !OF_PROGRAMS.test(value)) ||
  (/^[a-z0-9'!]{2,16}(?: [a-z0-9'!]{2,16}){1,7}$/.test(value) &&
    value.length >= 8 &&
    !WORDS_OF_MESSAGES.test(value) &&
    isOwnWord(value.replaceAll(/[ ']/g, '-').slice(0, 40)))
