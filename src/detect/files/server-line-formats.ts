// The rows of LINE_FORMATS for servers: mail, databases, backups, the web, what watches and what collects logs.
import { directive, directiveWithin } from './directive.js'
import type { LineFormat } from './line-formats.js'

/** `user:password`, each line one. */
const LOGIN = /^\s*[^\s:#]+:(?<secret>[^\s:]{4,})\s*$/d

export const SERVER_LINE_FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)dovecot\/(?:.+\/)?[^/]+\.conf(?:\.ext)?$|(?:^|\/)dovecot[^/]*\.conf(?:\.ext)?$/i,
    line: directive(String.raw`dnpass|\w*(?:password|passwd|api_key)`),
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)(?:mail|smtpd|opensmtpd)\/secrets$/i,
    line: /^\s*[^\s#:]+\s+[^\s:]+:(?<secret>\S+)\s*$/d,
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)rspamd\/(?:.+\/)?[^/]+\.(?:conf|inc)$/i,
    line: directive('password|enable_password'),
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)auth(?:mysql|pgsql|ldap)rc$/i,
    line: directive('(?:MYSQL|PGSQL)_PASSWORD|LDAP_BINDPW'),
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)(?:cyrus\/)?imapd\.conf$/i,
    line: directive(String.raw`\w*(?:password|passwd|_pw)`),
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)(?:spamassassin\/.+|\.spamassassin\/.+|sa-local|local)\.(?:cf|pre)$/i,
    line: directive('(?:user_scores|bayes|user_awl|txrep)_sql_password'),
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)dspam[^/]*(?:\/.+)?\.conf$/i,
    line: directive('(?:MySQL|PgSQL)Pass'),
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)exim[^/]*(?:\/.+|\.conf)$/i,
    line: /^\s*(?:hide\s+)?(?:(?:mysql|pgsql)_servers\s*=\s*[^/\s]+\/[^/\s]+\/[^/\s]+\/(?<secret>[^\s:]+)|client_send\s*=\s*(?:\^|:\s)[^\s:^]*(?:\^|\s:\s)(?<secret2>[^\s$]+)|client_secret\s*=\s*(?<secret3>[^\s$]+))/d,
  },
  {
    ruleId: 'mail-server-password',
    path: /(?:^|\/)nullmailer\/remotes$/i,
    line: /^\s*[^#\s].*\s--pass=(?:"(?<secret>[^"]+)"|(?<secret2>[^\s"]+))/d,
  },
  { ruleId: 'memcached-user-password', path: /(?:^|\/)memcached[^/]*(?:sasl|pwdb|auth|passw)[^/]*$/i, line: LOGIN },
  {
    ruleId: 'database-server-password',
    path: /(?:^|\/)\.mytop$/i,
    line: directive('pass(?:word)?'),
  },
  {
    ruleId: 'database-server-password',
    path: /(?:^|\/)SYSDBA\.password$/i,
    line: directive(String.raw`(?:export\s+)?ISC_PASSW(?:OR)?D`),
  },
  {
    ruleId: 'database-server-password',
    path: /(?:^|\/)neo4j\/(?:.+\/)?(?:dbms\/)?auth(?:\.ini)?$/i,
    line: /^[^\s:]+:(?<secret>SHA-256,[0-9A-F]{64},[0-9A-F]{8,64})(?::|$)/di,
  },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)(?:bacula|bareos)[^/]*\/(?:.+\/)?[^/]+\.conf$|(?:^|\/)(?:bacula|bareos)-[^/]+\.conf$/i,
    line: directiveWithin(String.raw`(?:db\s?)?password`),
  },
  { ruleId: 'backup-configuration-password', path: /(?:^|\/)[^/]*rsyncd?[^/]*\.secrets?$/i, line: LOGIN },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)\.?duply\/(?:.+\/)?conf$/i,
    line: directive('GPG_PW(?:_SIGN)?|TARGET_PASS|(?:export )?(?:FTP_PASSWORD|AWS_SECRET_ACCESS_KEY)'),
  },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)(?:backuppc\/.+|BackupPC\/.+)\.pl$/i,
    line: /^\s*\$Conf\{\w*(?:Passwd|Password)\}\s*=\s*["'](?<secret>[^"']+)/d,
  },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)burp\/(?:.+\/)?[^/]+$/i,
    line: directive('(?:encryption_|ssl_key_)?password'),
  },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)\.?(?:s3ql\/)?authinfo2$/i,
    line: directive('backend-password|fs-passphrase'),
  },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)(?:default\/|[^/]*)automysqlbackup(?:\/[^/]+)?\.conf$|(?:^|\/)default\/auto(?:my|postgre)sqlbackup$/i,
    line: directive('CONFIG_mysql_dump_password|PASSWORD|DBPASSWORD'),
  },
  {
    ruleId: 'backup-configuration-password',
    path: /(?:^|\/)amanda\/(?:.+\/)?[^/]+\.conf$/i,
    line: /^\s*(?:device_property|property)\s+(?:append\s+)?"(?:S3_SECRET_KEY|S3_USER_TOKEN|PASSWORD|PROXY_PASSWORD|CLIENT_SECRET|REFRESH_TOKEN)"\s+"(?<secret>[^"]+)"/di,
  },
  {
    ruleId: 's3fs-password',
    path: /(?:^|\/)\.?passwd-s3fs$/i,
    line: /^\s*(?:[a-z0-9.-]+:)?[0-9A-Za-z._-]+:(?<secret>[0-9A-Za-z+/=_-]{8,})\s*$/d,
  },
  {
    ruleId: 'web-server-password',
    path: /(?:^|\/)(?:lighttpd[^/]*\.(?:user|passwd|plain)|lighttpd\/(?:\.?(?:user|passwd|htpasswd\.plain)[^/]*))$/i,
    line: LOGIN,
  },
  {
    ruleId: 'web-server-password',
    path: /(?:^|\/)(?:apache2?|httpd)\/(?:.+\/)?[^/]+\.(?:conf|load)$|(?:^|\/)(?:httpd[^/]*|apache2?)\.conf$|(?:^|\/)\.htaccess$/i,
    line: directive(
      'AuthLDAPBindPassword|OIDCClientSecret|OIDCCryptoPassphrase|OIDCOAuthClientSecret|SSLProxyMachineCertificatePassphrase|SessionCryptoPassphrase|AuthFormSitePassphrase',
    ),
  },
  {
    ruleId: 'ftp-server-password',
    path: /(?:^|\/)vsftpd?\/(?:.+\/)?(?![^/]*list)[^/]*(?:user|login|virtual|account|passw)[^/]*\.txt$|(?:^|\/)vsftpd?[-_.](?![^/]*list)[^/]*(?:user|login|virtual|account)s?[^/]*\.txt$/i,
    second: true,
    line: /^(?<secret>[^\s#]\S*)\s*$/d,
  },
  {
    ruleId: 'dns-server-secret',
    path: /(?:^|\/)(?:pdns|powerdns|recursor)[^/]*(?:\/.+)?\.conf$/i,
    line: directive(String.raw`[\w-]*(?:password|api-key|apikey)`),
  },
  {
    ruleId: 'dns-server-secret',
    path: /(?:^|\/)(?:dhcpd|named|rndc|ddns|bind)[^/]*(?:\/.+)?\.(?:conf|key)(?:\.[\w-]+)?$/i,
    line: /^(?!\s*(?:#|\/\/)).*?\bsecret\s+(?<secret>[0-9A-Za-z+/]{16,120}={0,2})\s*;/d,
  },
  {
    ruleId: 'dns-server-secret',
    path: /(?:^|\/)dnsdist[^/]*\.(?:conf|lua)$/i,
    line: /^\s*(?!--).*?\b(?:setKey\(\s*|(?:password|apiKey)\s*=\s*)"(?<secret>[^"]+)"/d,
  },
  {
    ruleId: 'monitoring-configuration-password',
    path: /(?:^|\/)icinga2?[^/]*\/(?:.*\/)?[^/]+\.(?:conf|ini)$/i,
    // Without quotes it is the name of a constant.
    line: /^\s*(?!\/\/|#|\*)(?:.*?[\s{,])?(?:TicketSalt|(?:\w+_)?password|ticket_salt)\s*=\s*"(?<secret>[^"]+)"/di,
  },
  {
    ruleId: 'monitoring-configuration-password',
    path: /(?:^|\/)telegraf(?:\/.*)?[^/]*\.conf$/i,
    line: directive(String.raw`(?:\w+_)?password|token|auth_token|community`),
  },
  {
    ruleId: 'monitoring-configuration-password',
    path: /(?:^|\/)collectd(?:\/.*)?[^/]*\.conf(?:\.d\/[^/]+)?$/i,
    line: directive('Password|AuthPassphrase|PrivacyPassphrase|Community|BindPassword'),
  },
  {
    ruleId: 'monitoring-configuration-password',
    path: /(?:^|\/)collectd\/(?:auth[\w-]*|passwd|[\w-]+\.auth)$/i,
    line: /^\s*[^\s:#]+:\s*(?<secret>\S+)\s*$/d,
  },
  {
    ruleId: 'monitoring-configuration-password',
    path: /(?:^|\/)zabbix[^/]*(?:\/.*)?\.conf$/i,
    line: directive('DBPassword|VaultToken|DBTLSPassword'),
  },
  {
    ruleId: 'log-collector-password',
    path: /(?:^|\/)graylog[^/]*\/(?:.*\/)?[^/]+\.conf$/i,
    line: directive(
      'password_secret|root_password_sha2|transport_email_auth_password|(?:http|rest)_tls_key_password|[a-z_]*_password',
    ),
  },
  {
    ruleId: 'log-collector-password',
    path: /(?:^|\/)(?:td-agent|fluentd?|fluent-bit)(?:\/.*)?[^/]*\.conf$/i,
    line: directive(
      String.raw`(?:\w+_)?(?:password|passwd|shared_key|secret_key|aws_sec_key|api_key|token|passphrase)`,
    ),
  },
  {
    ruleId: 'log-collector-password',
    path: /(?:^|\/)rsyslog[^/]*(?:\/.*)?\.conf$/i,
    line: /^\s*(?!#).*?(?:\b(?:pwd|password|db_?pass(?:word)?)="(?<secret>[^"]+)"|:ommysql:[^,\s]+,[^,\s]+,[^,\s]+,(?<secret2>[^,;\s]+))/di,
  },
  {
    ruleId: 'log-collector-password',
    path: /(?:^|\/)syslog-ng[^/]*(?:\/.*)?\.conf$/i,
    line: /^\s*(?!#).*?\bpassword\(\s*["'](?<secret>[^"']+)["']/di,
  },
]
