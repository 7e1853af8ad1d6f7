// Secrets in PHP configuration: define('DB_PASSWORD', …), $password = …, 'password' => … of the well-known applications.
import type { FileDetector, Match } from '../types.js'
import { isReference, passwordMatch } from './match.js'
import { latin1 } from './text.js'

const DATABASE = 'php-database-password'
const SALT = 'php-application-key'

const PATH =
  /(?:^|\/)(?:wp-config[^/]*\.php|wp-salt\.php|localsettings\.php|configuration\.php|settings(?:\.local|\.inc)?\.php|config(?:\.inc|\.local|\.default|_local|-local)?\.php|database\.php|parameters\.php|env\.php|db(?:config|_config|-config)?\.php|connect(?:ion)?\.php|\.env\.php|app\.php|local\.php|zabbix\.conf\.php)(?:\.(?:bak|old|save|orig|swp|txt))?$|(?:^|\/)wp-config\.php[~.].*$/i

/** What a program calls its fields in a language: "The password of the above user." */
const TRANSLATION = /(?:^|\/)(?:lang|languages?|locales?|i18n|l10n|translations?)\//i

/** define('NAME', 'value'), $name = 'value', $CFG->name = 'value', 'name' => 'value', $config['name'] = 'value'. Comments are passed over first. */
const ASSIGNMENT =
  /\/\*[\s\S]{0,20000}?\*\/|(?:^|[\s;])(?:\/\/|#)[^\n]*|(?:define\(\s{0,8}["']([A-Za-z0-9_.-]{1,80})["']\s{0,8},|\$(?:[A-Za-z0-9_]{1,40}->)?([A-Za-z0-9_]{1,80})\s{0,8}=|["']([A-Za-z0-9_.-]{1,80})["']\s{0,40}=>|\[["']([A-Za-z0-9_.-]{1,80})["']\]\s{0,8}=)\s{0,40}(["'])((?:(?!\5)[^\\\n]|\\.){1,400})\5/g

const PASSWORD_NAME =
  /(?:^|[_.-])(?:password|passwd|passwort|dbpass|pass|pwd|smtppass)$|^(?:session_redis_auth|redis_auth|dbpassword|dbpasswd|wgdbpassword|smtppass|ftp_pass|dbpass|db_pass|controlpass|(?:mail|user|admin|root|my|sql)_?pass)$/i
const KEY_NAME =
  /^(?:auth|secure_auth|logged_in|nonce|wp_cache)_(?:key|salt)(?:_salt)?$|^(?:secret|secret_?key|wgsecretkey|hash_salt|blowfish_secret|cookievalidationkey|encryption_key|app_?key|crypt|api_?key|client_secret|wgupgradekey|passwordsaltmain|(?:new_)?cookie_key|cookie_iv|des_key)$/i

/** `mysql://user:password@host/database`, as a configuration names its database. */
const LOGIN_IN_URL =
  /^(?:mysqli?|pgsql|postgres(?:ql)?|redis|mongodb|ldaps?|smtps?|imaps?|amqps?):\/\/[^:@/\s]{0,80}:(?<secret>[^@/\s%]{1,200})@/d

/** What makes the keys of a cache unlike those of another site. */
const NAME_OF_SITE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+[:_]?$/i

export const phpConfig: FileDetector = {
  ruleIds: [DATABASE, SALT],
  maxBytes: 1024 * 1024,
  accepts: (path) => PATH.test(path) && !TRANSLATION.test(path),
  scan(file) {
    const matches: Match[] = []
    for (const found of latin1(file).matchAll(ASSIGNMENT)) {
      const key = found[1] ?? found[2] ?? found[3] ?? found[4]
      const literal = found[6]
      if (key === undefined || literal === undefined || isReference(literal)) continue
      const end = found.index + found[0].length - 1
      const start = end - literal.length
      const login = LOGIN_IN_URL.exec(literal)?.indices?.groups?.['secret']
      if (login !== undefined) {
        const value = literal.slice(...login)
        matches.push(...passwordMatch({ ruleId: DATABASE, start: start + login[0], end: start + login[1], value, key }))
        continue
      }
      const isKey = KEY_NAME.test(key) && literal.length >= 8 && !NAME_OF_SITE.test(literal)
      const ruleId = PASSWORD_NAME.test(key) ? DATABASE : isKey ? SALT : undefined
      if (ruleId === undefined) continue
      const value = literal.replace(/\\(["'\\$])/g, '$1')
      const decodedFrom = value === literal ? [] : ['backslash']
      matches.push(...passwordMatch({ ruleId, start, end, value, key, decodedFrom }))
    }
    return matches
  },
}
