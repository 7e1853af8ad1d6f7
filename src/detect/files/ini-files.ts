// Programs whose configuration is INI-like and holds a password: one table row a format.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { anyOf, iniEntries, latin1 } from './text.js'

interface IniFormat {
  readonly ruleId: string
  readonly path: RegExp
  /** Names of entries that hold the secret, in lower case. */
  readonly names: RegExp
  /** Only in sections that match. */
  readonly sections?: RegExp
  /** ":" separates too. */
  readonly colon?: boolean
}

const FORMATS: readonly IniFormat[] = [
  { ruleId: 'pypirc-password', path: /(?:^|\/)\.pypirc$/i, names: /^password$/, colon: true },
  {
    ruleId: 'mysql-option-file-password',
    path: /(?:^|\/)(?:\.?my|debian|mysqld?|mariadb|client|\.mysql)\.cnf$/i,
    names: /^(?:password\d?|loose-password|master-password)$/,
  },
  {
    ruleId: 's3cmd-secret-key',
    path: /(?:^|\/)(?:\.s3cfg|s3cfg|\.s3cmd\.ini)$/i,
    names: /^(?:secret_key|gpg_passphrase)$/,
  },
  {
    ruleId: 'boto-secret-key',
    path: /(?:^|\/)(?:\.boto|boto\.cfg)$/i,
    names: /^(?:aws_secret_access_key|gs_secret_access_key|gs_oauth2_refresh_token|proxy_pass)$/,
  },
  {
    ruleId: 'aws-credentials-file',
    path: /(?:^|\/)\.aws\/(?:credentials|config)$/i,
    names: /^(?:aws_secret_access_key|aws_session_token)$/,
  },
  {
    ruleId: 'credentials-file-password',
    path: /(?:^|\/)\.credentials$|(?:^|\/)\.(?:sbt|ivy2)\/[^/]*credentials$|(?:^|\/)\.?(?!(?:smb|cifs|samba|nas)[-_.]?)(?:[\w-]+[-_.])?cred(?:ential)?s?(?:[-_][\w-]+)?(?:\.(?:txt|conf|cred))?$/i,
    names: /^(?:password|passwd|pass)$/,
  },
  { ruleId: 'hgrc-password', path: /(?:^|\/)(?:\.hgrc|hgrc)$/i, names: /(?:^|\.)password$/ },
  {
    ruleId: 'network-manager-secret',
    path: /(?:^|\/)(?:system-connections\/.+|.+\.nmconnection)$/i,
    names: /^(?:psk|password|wep-key\d|leap-password|private-key-password|pin|ipsec-psk)$/,
  },
  {
    ruleId: 'smb-credentials-password',
    path: /(?:^|\/)\.?(?:smb|cifs|samba|nas)(?:[-_.]?(?:cred(?:ential)?s?|login|auth|pass(?:wd|word)?|secrets?))?(?:\.(?:txt|conf|cred))?$/i,
    names: /^(?:password|passwd|pass)$/,
  },
  {
    ruleId: 'subversion-password',
    path: /(?:^|\/)svnserve\.conf$|(?:^|\/)conf\/passwd$/i,
    names: /^[^\s]+$/,
    sections: /^users$/,
  },
  {
    ruleId: 'supervisor-password',
    path: /(?:^|\/)supervisord?\.conf$|(?:^|\/)supervisor\/.*\.(?:conf|ini)$/i,
    names: /^password$/,
    sections: /^(?:unix_http_server|inet_http_server|supervisorctl)$/,
  },
  {
    ruleId: 'grafana-configuration-password',
    path: /(?:^|\/)(?:grafana|custom)\.ini$/i,
    names: /^(?:admin_password|password|secret_key|client_secret|bind_password)$/,
  },
  {
    ruleId: 'php-ini-password',
    path: /(?:^|\/)(?:php|php-fpm|www)\.(?:ini|conf)$/i,
    names: /^(?:(?:mysqli?|pgsql|ldap|odbc|sybct)\.default_(?:pw|password)|php_admin_value\[.*password\])$/,
  },
  {
    ruleId: 'cargo-registry-token',
    path: /(?:^|\/)\.cargo\/credentials(?:\.toml)?$/i,
    names: /^(?:token|secret-key)$/,
  },
  {
    ruleId: 'databricks-configuration',
    path: /(?:^|\/)\.databrickscfg$/i,
    names: /^(?:token|password|client_secret)$/,
  },
  {
    ruleId: 'snowsql-password',
    path: /(?:^|\/)(?:\.snowsql\/config|\.snowflake\/connections\.toml|\.?snowsql\.cnf)$/i,
    names: /^(?:password|private_key_passphrase|proxy_password|token)$/,
  },
  {
    ruleId: 'rails-secret-key-base',
    path: /(?:^|\/)config\/(?:secrets|secret_token)\.(?:yml|rb)$/i,
    names: /secret_(?:key_base|token)$/,
    colon: true,
  },
  {
    ruleId: 'github-cli-token',
    path: /(?:^|\/)(?:gh\/hosts\.yml|\.config\/hub)$/i,
    names: /^-?\s*oauth_token$/,
    colon: true,
  },
  {
    ruleId: 'sssd-bind-password',
    path: /(?:^|\/)(?<!api\.d\/)sssd(?:\/conf\.d\/[^/]+|[^/]*)\.conf$/i,
    names: /^(?:ldap_default_authtok|proxy_password|idp_client_secret)$/,
  },
  {
    ruleId: 'package-repository-password',
    path: /\.repo$|(?:^|\/)(?:yum|dnf)\.conf$|(?:^|\/)zypp\/credentials\.(?:d\/.+|cat)$/i,
    names: /^(?:proxy_)?password$/,
  },
  { ruleId: 'matomo-salt', path: /(?:^|\/)config\.ini\.php$/i, names: /^salt$/ },
  {
    ruleId: 'couchdb-admin-password',
    path: /(?:^|\/)couchdb\/(?:.*\/)?[^/]+\.ini$|(?:^|\/)local(?:\.d\/[^/]+)?\.ini$/i,
    names: /^[^\s]+$/,
    sections: /^admins$/,
  },
  { ruleId: 'pg-service-password', path: /(?:^|\/)\.?pg_service\.conf$/i, names: /^password$/ },
  {
    ruleId: 'remmina-password',
    path: /\.remmina$|(?:^|\/)remmina\.pref$/i,
    names: /^(?:(?:gateway_|ssh_(?:tunnel_)?)?(?:password|passphrase)|secret)$/,
  },
  {
    ruleId: 'radius-secret',
    path: /(?:^|\/)(?:freeradius|raddb|radiusd?)\/(?:.*\/)?(?:clients|proxy|home_servers)[^/]*\.conf$/i,
    names: /^secret$/,
  },
  { ruleId: 'ventrilo-password', path: /(?:^|\/)ventrilo_srv\.ini$/i, names: /^(?:admin)?password$/ },
  { ruleId: 'terraform-rc-token', path: /(?:^|\/)(?:\.terraformrc|terraform\.rc)$/i, names: /^token$/ },
  { ruleId: 'odbc-password', path: /(?:^|\/)\.?odbc\.ini$/i, names: /^(?:password|pwd)$/ },
  {
    ruleId: 'weblogic-password',
    path: /(?:^|\/)security\/boot\.properties$/i,
    names: /^password$/,
  },
  {
    ruleId: 'wrangler-token',
    path: /(?:^|\/)\.?wrangler\/config\/[\w-]+\.toml$/i,
    names: /^(?:oauth|refresh|api)_token$/,
  },
  { ruleId: 'oci-key-passphrase', path: /(?:^|\/)\.oci\/config$/i, names: /^pass_?phrase$/ },
  { ruleId: 'linode-cli-token', path: /(?:^|\/)(?:\.config\/)?\.?linode-cli$/i, names: /^token$/ },
  { ruleId: 'gitlab-cli-token', path: /(?:^|\/)glab-cli\/config\.yml$/i, names: /^(?:token|job_token)$/, colon: true },
  {
    ruleId: 'dbt-profile-password',
    path: /(?:^|\/)\.?dbt\/(?:.+\/)?profiles\.yml$/i,
    names: /^(?:pass|password|token|client_secret|private_key_passphrase|refresh_token)$/,
    colon: true,
  },
]

const PATHS = anyOf(FORMATS.map((format) => format.path))

export const iniFiles: FileDetector = {
  ruleIds: FORMATS.map((format) => format.ruleId),
  maxBytes: 1024 * 1024,
  accepts: (path) => PATHS.test(path),
  scan(file, path) {
    const matches: Match[] = []
    const text = latin1(file)
    for (const format of FORMATS) {
      if (!format.path.test(path)) continue
      for (const { section, name, value, start, end } of iniEntries(text, format.colon ? '=:' : '=')) {
        if (!format.names.test(name) || (format.sections && !format.sections.test(section))) continue
        matches.push(...passwordMatch({ ruleId: format.ruleId, start, end, value, key: name }))
      }
    }
    return matches
  },
}
