// Formats of whose files each line is one record: one table row a format. Reads nothing.
import { APPLICATION_LINE_FORMATS } from './application-line-formats.js'
import { NETWORK_LINE_FORMATS } from './network-line-formats.js'
import { SERVER_LINE_FORMATS } from './server-line-formats.js'
import { TUNNEL_LINE_FORMATS } from './tunnel-line-formats.js'

export interface LineFormat {
  readonly ruleId: string
  readonly path: RegExp
  /** The group `secret` is the value; a line may hold several where the expression is global. */
  readonly line: RegExp
  /** Only in the lines below one that matches, indented further than it. */
  readonly below?: RegExp
  /** Only in every second line: the user's stands before that of the password. */
  readonly second?: boolean
}

const CLOUD_INIT =
  /(?:^|\/)(?:(?:user|vendor)[-_]?data|cloud-(?:config|init)|cloud\.cfg|autoinstall)(?:[.-][\w-]{1,30})?(?:\.txt|\.ya?ml|\.cfg)?$|(?:^|\/)cloud\.cfg\.d\/.*\.cfg$/i

export const LINE_FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'postfix-sasl-password',
    path: /(?:^|\/)(?:sasl_passwd?|sasl_password|relay_passwd?|smtp_auth)(?:\.txt)?$/i,
    line: /^\s*[^#\s]\S*\s+[^:\s]+:(?<secret>\S+)\s*$/d,
  },
  {
    ruleId: 'postfix-sasl-password',
    path: /(?:^|\/)(?:mail\/)?(?:default-)?auth-?info(?:\/[^/]+)?$/i,
    line: /"P[:=](?<secret>[^"]+)"/d,
  },
  {
    ruleId: 'exim-client-password',
    path: /(?:^|\/)passwd\.client$/i,
    line: /^\s*[^#:\s][^:\s]*:[^:\s]+:(?<secret>\S+)\s*$/d,
  },
  {
    ruleId: 'mail-client-password',
    path: /(?:^|\/)\.?(?:msmtprc|fetchmailrc|mbsyncrc|offlineimaprc|getmailrc|esmtprc)$/i,
    line: /^(?!\s*\w*(?:cmd|eval)\b).*?\b(?:password|pass|remotepass)(?:\s*=\s*|\s+)(?:"(?<secret>[^"]+)"|'(?<secret2>[^']+)'|(?<secret3>[^"'\s]+))/di,
  },
  {
    ruleId: 'mutt-password',
    path: /(?:^|\/)\.?(?:muttrc|neomuttrc)$/i,
    line: /^\s*set\s+(?:imap|smtp|pop)_pass\s*=\s*["']?(?<secret>[^"'\s]+)/d,
  },
  {
    ruleId: 'mail-client-password',
    path: /(?:^|\/)(?:\.mailrc|(?:s-)?nail\.rc|mail\.rc)$/i,
    line: /^\s*set\s+(?:.*\s)?(?:smtp-auth-password|password)(?:-\S+)?=["']?(?<secret>[^\s"']+)/d,
  },
  { ruleId: 'ssmtp-password', path: /(?:^|\/)ssmtp\.conf$/i, line: /^\s*AuthPass\s*=\s*(?<secret>\S+)/di },
  {
    ruleId: 'cloud-init-password',
    path: CLOUD_INIT,
    line: /^\s*-?\s*(?:password|passwd|hashed_passwd|plain_text_passwd)\s*:\s*["']?(?<secret>[^"'\s#]+)/d,
  },
  {
    ruleId: 'cloud-init-password',
    path: CLOUD_INIT,
    below: /^\s*chpasswd:/,
    line: /^\s*(?:-\s+)?["']?[a-z_][\w.-]{0,31}:(?!RANDOM$|R$)(?<secret>[^\s"'#]{3,})/d,
  },
  {
    ruleId: 'kickstart-root-password',
    path: /(?:^|\/)(?:anaconda-ks|ks|kickstart|original-ks)\.cfg$|\.ks$/i,
    line: /^\s*(?:rootpw|user\s.*--password[= ]|bootloader\s.*--password[= ])(?:\s*--(?:iscrypted|plaintext|allow-ssh))*\s*(?<secret>[^\s-]\S*)/d,
  },
  {
    ruleId: 'preseed-password',
    path: /(?:^|\/)preseed[^/]*\.(?:cfg|txt)$/i,
    line: /\bpasswd\/(?:root|user)-password(?:-again|-crypted)?\s+password\s+(?<secret>[^\s[]\S*)/d,
  },
  {
    ruleId: 'openldap-root-password',
    path: /(?:^|\/)(?:slapd\.conf|slapd\.d\/.*\.ldif|[^/]*ldap[^/]*\.conf|nslcd\.conf|[^/]*\.ldif)$/i,
    line: /^\s*(?:rootpw|bindpw|rootbinddn_pw|olcRootPW::?|userPassword::?|sambaNTPassword:)\s+(?<secret>[^\s:]\S*)/di,
  },
  {
    ruleId: 'rabbitmq-default-password',
    path: /(?:^|\/)rabbitmq(?:-env)?\.conf$/i,
    line: /^\s*(?:default_pass|management\.load_definitions_pass|auth_ldap\.dn_lookup_bind\.password)\s*=\s*(?<secret>\S+)/d,
  },
  {
    ruleId: 'mosquitto-password-hash',
    path: /(?:^|\/)(?:mosquitto[^/]*|pwfile|passwordfile|mosquitto\/(?:passwd|passwords?|users))(?:\.txt|\.passwd)?$/i,
    line: /^[^:\s#]+:(?<secret>\$[67]\$[0-9A-Za-z+/=$]{20,200})$/d,
  },
  { ruleId: 'pgbouncer-user-secret', path: /(?:^|\/)userlist\.txt$/i, line: /^\s*"[^"]+"\s+"(?<secret>[^"]+)"/d },
  {
    ruleId: 'cassandra-or-jmx-password',
    path: /(?:^|\/)(?:cqlshrc|jmxremote\.password|\.cqlshrc)$/i,
    line: /^\s*(?:password\s*=|(?:monitorRole|controlRole|cassandra|admin)\s)\s*(?<secret>\S+)/d,
  },
  {
    ruleId: 'irc-client-password',
    path: /(?:^|\/)(?:\.irssi\/config|irssi\.conf|accounts\.cfg)$/i,
    line: /\b(?:sasl_password|password)\s*=\s*"(?<secret>[^"]+)"/di,
  },
  {
    ruleId: 'irc-client-password',
    path: /(?:^|\/)(?:\.irssi\/config|irssi\.conf)$/i,
    line: /\bautosendcmd\s*=\s*"[^"]*?\bidentify\s+(?<secret>[^\s;"]+)/di,
  },
  {
    // Whatever is in quotes; encrypted values are long hexadecimal ones.
    ruleId: 'irc-client-password',
    path: /(?:^|\/)\.?weechat\/sec\.conf$/i,
    line: /^(?!__)[\w.-]{1,60} = "(?<secret>(?![0-9A-F]{64,}")[^"]+)"/d,
  },
  {
    ruleId: 'terraform-variable-secret',
    path: /\.(?:auto\.)?tfvars$/i,
    line: /^\s*["']?[a-z0-9_-]*(?:password|passwd|secret|token|private_key|access_key|api_key|auth_key)["']?\s*=\s*"(?<secret>[^"]{4,2000})"/di,
  },
  {
    ruleId: 'systemd-unit-password',
    path: /(?:^|\/)systemd\/.*\.(?:service|conf)$/i,
    line: /^\s*Environment=["']?[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY)=(?<secret>[^\s"']{4,500})/d,
  },
  {
    ruleId: 'redis-acl-password',
    path: /\.acl$|(?:^|\/)(?:redis|valkey|sentinel|keydb)[^/]*\.conf$/i,
    line: /(?<=^\s*user\s[^\r\n]{1,400}?\s)>(?<secret>\S+)/dg,
  },
  {
    ruleId: 'redis-acl-password-hash',
    path: /\.acl$|(?:^|\/)(?:redis|valkey|sentinel|keydb)[^/]*\.conf$/i,
    line: /(?<=^\s*user\s[^\r\n]{1,400}?\s)#(?<secret>[0-9a-f]{64})(?!\S)/dg,
  },
  {
    ruleId: 'consul-configuration-token',
    path: /(?:^|\/)(?:consul|nomad)(?:\.d)?\/.*\.(?:hcl|json)$|(?:^|\/)(?:consul|nomad)[^/]*\.(?:hcl|json)$/i,
    line: /(?:^|[\s{,])"?(?:agent(?:_(?:recovery|master))?|master|default|initial_management|replication|config_file_service_registration|dns|token)"?\s*[=:]\s*"(?<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/dgi,
  },
  {
    ruleId: 'jaas-user-password',
    path: /(?:^|\/)[^/]*jaas[^/]*\.(?:conf|config)$/i,
    line: /^\s*user_[\w.-]+\s*=\s*"(?<secret>[^"]+)"/d,
  },
  {
    ruleId: 'proftpd-sql-password',
    path: /(?:^|\/)proftpd[^/]*(?:\/.*)?\.conf$/i,
    line: /^\s*SQL(?:Named)?ConnectInfo\s+(?:\S+\s+(?:mysql|postgres|sqlite3)\s+)?\S+@\S+\s+\S+\s+"?(?<secret>[^\s"]+)/di,
  },
  {
    ruleId: 'curl-configuration-password',
    path: /(?:^|\/)[._]?curlrc$/i,
    line: /^\s*-{0,2}(?:user|proxy-user|u|U)(?:\s*[=:]\s*|\s+)(?:"[^":]+:(?<secret>[^"]+)"|[^":\s]+:(?<secret2>\S+))/d,
  },
  {
    ruleId: 'pgpool-password',
    path: /(?:^|\/)(?:pcp\.conf|\.?pcppass|pool_passwd)$/i,
    line: /^(?:[^:\s#]+:[^:\s]+:)?[^:\s#]+:(?:TEXT)?(?<secret>[^\s:]{6,})\s*$/d,
  },
  {
    ruleId: 'wildfly-user-hash',
    path: /(?:^|\/)(?:mgmt|application)-users\.properties$/i,
    line: /^\s*[^#=\s]+\s*=\s*(?<secret>[0-9a-f]{32})\s*$/d,
  },
  {
    ruleId: 'realm-user-password',
    path: /(?:^|\/)(?:jetty-)?realms?\.properties$|(?:^|\/)artemis-users\.properties$|(?:^|\/)[^/]*(?:activemq|artemis|karaf|servicemix)[^/]*\/(?:.*\/)?users\.properties$/i,
    line: /^\s*(?!_g_)[^#!\s=:,]+\s*[=:]\s*(?<secret>[^\s,]+)\s*(?:,.*)?$/d,
  },
  {
    ruleId: 'irc-client-password',
    path: /(?:^|\/)(?:hexchat|xchat2?)\/servlist_?\.conf$/i,
    line: /^[PB]=(?<secret>\S.*)$/d,
  },
  {
    ruleId: 'irc-client-password',
    path: /(?:^|\/)znc\.conf$/i,
    line: /^\s*(?:Hash\s*=\s*|Pass\s*=\s*(?:md5|sha256)#|Server\s*=\s*\S+\s+\+?\d{1,5}\s+)(?<secret>\S{6,})/d,
  },
  {
    ruleId: 'deluge-password',
    path: /(?:^|\/)deluged?\/(?:[^/]+\/)?auth$/i,
    line: /^[^:\s#]+:(?<secret>[^:\s]+):\d{1,2}\s*$/d,
  },
  {
    ruleId: 'postfix-lookup-password',
    path: /(?:^|\/)[^/]+\.cf$/i,
    line: /^\s*(?:password|bind_pw)\s*=\s*(?<secret>\S.*?)\s*$/d,
  },
  {
    ruleId: 'gem-credentials-key',
    path: /(?:^|\/)\.(?:local\/share\/)?gem\/credentials$/i,
    line: /^:?["']?(?:https?:\/\/[^\s"']+?|[\w.-]*key|github|[\w-]+(?:\.[\w-]+)+)["']?:\s+["']?(?:(?:Bearer|Basic|token)\s+)?(?<secret>[^\s"']{16,})/d,
  },
  {
    ruleId: 'ngrok-basic-auth',
    path: /(?:^|\/)\.?ngrok2?(?:\/ngrok)?\.ya?ml$/i,
    line: /\bauth:\s*["']?[^\s:"'{}]+:(?<secret>[^\s"',}]{4,})/d,
  },
  ...NETWORK_LINE_FORMATS,
  ...TUNNEL_LINE_FORMATS,
  ...SERVER_LINE_FORMATS,
  ...APPLICATION_LINE_FORMATS,
]
