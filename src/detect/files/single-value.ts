// Files whose whole content is one secret: the path says which.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { anyOf, latin1 } from './text.js'

interface SingleValue {
  readonly ruleId: string
  readonly path: RegExp
  /** The group `secret` is the value where it is not the whole text. */
  readonly value: RegExp
}

const FORMATS: readonly SingleValue[] = [
  { ruleId: 'rails-master-key', path: /(?:^|\/)config\/(?:master|credentials\/[^/]+)\.key$/i, value: /^[0-9a-f]{32}$/ },
  {
    ruleId: 'vault-token-file',
    path: /(?:^|\/)\.vault-token$/i,
    value: /^(?:hv[sbr]\.|s\.|b\.)?[0-9A-Za-z_.-]{20,400}$/,
  },
  {
    ruleId: 'ldap-secret-file',
    path: /(?:^|\/)(?:ldap\.secret|nslcd\.secret|libnss-ldap\.secret|pam_ldap\.secret|ldapscripts\.passwd)$/i,
    value: /^[^\s]{4,200}$/,
  },
  { ruleId: 'erlang-cookie', path: /(?:^|\/)\.erlang\.cookie$/i, value: /^[0-9A-Za-z_-]{8,255}$/ },
  {
    ruleId: 'service-account-token-file',
    path: /(?:^|\/)secrets\/(?:kubernetes\.io|eks\.amazonaws\.com)\/serviceaccount\/(?:\.\.data\/)?token$/i,
    value: /^[0-9A-Za-z_-]{10,4000}\.[0-9A-Za-z_-]{10,8000}\.[0-9A-Za-z_-]{20,2000}$/,
  },
  {
    ruleId: 'mounted-secret-file',
    path: /^(?:run|var\/run)\/secrets\/(?!kubernetes\.io|eks\.amazonaws\.com|rhsm|etc-pki)[^/]+$/i,
    value: /^[^\s\0]{4,4000}$/,
  },
  {
    ruleId: 'jenkins-master-key',
    path: /(?:^|\/)secrets\/(?:master\.key|initialadminpassword)$/i,
    value: /^[0-9a-f]{32,512}$/,
  },
  { ruleId: 'mysql-root-password-file', path: /(?:^|\/)\.mysql_secret$/i, value: /^(?:#.*\n)?[^\s]{6,100}$/ },
  {
    ruleId: 'vault-password-file',
    path: /(?:^|\/)(?:\.pulumi-passphrase|\.ansible_vault_pass(?:word)?|\.?vault[_-]pass(?:word)?(?:\.txt)?|vault[_-]password[_-]file)$/i,
    value: /^[^\s\0#!]{4,300}$/,
  },
  {
    ruleId: 'secret-file',
    path: /(?:^|\/)(?:container_environment|env(?:dir|ironment)?|s6-env(?:ironment)?)\/[A-Z0-9_]*(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|(?:ACCESS|SECRET|PRIVATE|ENCRYPTION|AUTH)_?KEY|_PASS|_PWD)$/,
    value: /^[^\s\0]{4,4000}$/,
  },
  {
    ruleId: 'secret-file',
    path: /(?:^|\/)\.?(?:docker[-_])?secrets?\/(?:[\w.-]*[_.-])?(?:password|passwd|passphrase|secret|token|api[_-]?key|secret[_-]?key|pass|pwd)(?:\.(?:txt|secret))?$|(?:^|\/)(?:restic|borg(?:matic)?)\/(?:repo)?pass(?:word|phrase)?(?:\.txt)?$|(?:^|\/)\.?(?:restic|borg)[-_]?(?:repo[-_]?)?pass(?:word|phrase)?(?:\.txt)?$/i,
    value: /^(?=[^\n]*[^a-z_])[^\s\0]{6,4000}$/,
  },
  {
    ruleId: 'subversion-saved-password',
    path: /(?:^|\/)\.subversion\/auth\/svn\.(?:simple|ssl\.client-passphrase)\/[^/]+$/i,
    value: /(?:^|\n)K \d{1,3}\n(?:password|passphrase)\nV \d{1,4}\n(?<secret>[^\n]+)/d,
  },
  {
    ruleId: 'openvpn-password-file',
    path: /(?:^|\/)[^/]*(?:openvpn|vpn)[^/]*\/(?:.*\/)?[^/]*(?:auth|login|pass|cred|user|up)[^/]*$|(?:^|\/)[^/]*vpn[-_.]?(?:auth|login|pass|cred|user)[^/]*$/i,
    value: /^[^\s:=#<>{}[\]"']{1,100}\r?\n(?<secret>[^\s<>{}]{4,200})$/d,
  },
  {
    ruleId: 'zerotier-identity',
    path: /(?:^|\/)(?:identity|moon)\.secret$/i,
    value: /^[0-9a-f]{10}:0:[0-9a-f]{128}:(?<secret>[0-9a-f]{128})$/d,
  },
  { ruleId: 'zerotier-api-token', path: /(?:^|\/)zerotier[^/]*\/authtoken\.secret$/i, value: /^[0-9a-z]{20,64}$/ },
  {
    ruleId: 'wazuh-agent-key',
    path: /(?:^|\/)(?:ossec|wazuh)[^/]*\/(?:.+\/)?authd\.pass$/i,
    value: /^[^\s\0]{4,200}$/,
  },
  { ruleId: 'checkmk-automation-secret', path: /(?:^|\/)automation\.secret$/i, value: /^[^\s\0]{8,100}$/ },
  { ruleId: 'nexus-first-password', path: /(?:^|\/)admin\.password$/i, value: /^[0-9A-Za-z-]{8,64}$/ },
  { ruleId: 'varnish-secret', path: /(?:^|\/)varnish\/(?:_\.)?secret$/i, value: /^[^\s\0]{8,200}$/ },
  {
    ruleId: 'control-panel-database-password',
    path: /(?:^|\/)(?:psa\/\.psa\.shadow|cyberpanel\/mysqlPassword)$/i,
    value: /^[^\s\0]{6,200}$/,
  },
  {
    ruleId: 'mongodb-keyfile',
    path: /(?:^|\/)(?:mongo[^/]*[-_.]?key(?:[-_]?file)?|[^/]*mongo[^/]*\.key|mongo[^/]*\/(?:.+\/)?key[-_]?file)$/i,
    value: /^(?=[0-9A-Za-z+/=\s]{6,1100}$)[0-9A-Za-z+/]{6}[0-9A-Za-z+/=\s]{0,1100}$/,
  },
]

const PATHS = anyOf(FORMATS.map((format) => format.path))

export const singleValues: FileDetector = {
  ruleIds: [...new Set(FORMATS.map((format) => format.ruleId))],
  maxBytes: 64 * 1024,
  accepts: (path) => PATHS.test(path),
  scan(file, path) {
    const text = latin1(file)
    const start = text.length - text.trimStart().length
    const value = text.trim()
    const matches: Match[] = []
    for (const format of FORMATS) {
      const found = format.path.test(path) ? format.value.exec(value) : null
      if (found === null) continue
      const [from, to] = found.indices?.groups?.['secret'] ?? [0, value.length]
      const secret = value.slice(from, to)
      matches.push(...passwordMatch({ ruleId: format.ruleId, start: start + from, end: start + to, value: secret }))
    }
    return matches
  },
}
