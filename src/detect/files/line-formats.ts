// Formats of whose files each line is one record: one table row a format. Reads nothing.

export interface LineFormat {
  readonly ruleId: string
  readonly path: RegExp
  /** The group `secret` is the value; a line may hold several where the expression is global. */
  readonly line: RegExp
  /** Only in the lines below one that matches, indented further than it. */
  readonly below?: RegExp
}

const CLOUD_INIT =
  /(?:^|\/)(?:(?:user|vendor)[-_]?data|cloud-(?:config|init)|cloud\.cfg|autoinstall)(?:[.-][\w-]{1,30})?(?:\.txt|\.ya?ml|\.cfg)?$|(?:^|\/)cloud\.cfg\.d\/.*\.cfg$/i
const SNMP = /(?:^|\/)snmp(?:d|trapd)?(?:\.local)?\.conf$/i

export const LINE_FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'ppp-secret',
    path: /(?:^|\/)(?:chap|pap)-secrets$/i,
    line: /^\s*(?:"[^"]*"|[^\s"#]+)\s+(?:"[^"]*"|\S+)\s+(?:"(?<secret>[^"]+)"|(?<secret2>[^"\s]+))/d,
  },
  {
    ruleId: 'ipsec-secret',
    path: /(?:^|\/)(?:ipsec|[^/]*)\.secrets$/i,
    line: /:\s*(?:PSK|XAUTH|EAP|NTLM)\s+(?:"(?<secret>[^"]+)"|(?<secret2>[^"\s]+))/d,
  },
  {
    ruleId: 'ipsec-secret',
    path: /(?:^|\/)(?:ipsec|[^/]*)\.secrets$/i,
    line: /:\s*(?:RSA|ECDSA|PKCS8|P12|BLISS)\s+\S+\s+"(?<secret>[^"]+)"/d,
  },
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
    ruleId: 'wpa-supplicant-psk',
    path: /(?:^|\/)wpa_supplicant[^/]*\.conf$/i,
    line: /^\s*(?:psk|password|wep_key\d|private_key_passwd)\s*=\s*"?(?<secret>[^"\n]+?)"?\s*$/d,
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
    line: /\bpasswd\/(?:root|user)-password(?:-again|-crypted)?\s+password\s+(?<secret>\S+)/d,
  },
  {
    ruleId: 'openldap-root-password',
    path: /(?:^|\/)(?:slapd\.conf|slapd\.d\/.*\.ldif|[^/]*ldap[^/]*\.conf|nslcd\.conf|[^/]*\.ldif)$/i,
    line: /^\s*(?:rootpw|bindpw|rootbinddn_pw|olcRootPW::?|userPassword::?|sambaNTPassword:)\s+(?<secret>[^\s:]\S*)/di,
  },
  {
    ruleId: 'asterisk-secret',
    path: /(?:^|\/)asterisk\/(?:sip|iax|manager|pjsip|users|voicemail)\.conf$/i,
    line: /^\s*(?:secret|password|md5secret)\s*=>?\s*(?<secret>[^\s;]+)/d,
  },
  {
    ruleId: 'haproxy-user-password',
    path: /(?:^|\/)haproxy[^/]*\.(?:cfg|conf)$/i,
    line: /^\s*(?:user\s+\S+\s+(?:insecure-)?password|stats\s+auth\s+[^\s:]+:)\s*(?<secret>\S+)/d,
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
    ruleId: 'mount-option-password',
    path: /(?:^|\/)(?:fstab(?:\.[\w-]+)?|mtab|auto\.[\w-]+|[^/]+\.(?:auto)?mount)$/i,
    line: /^[^#]*?[\s,=](?:password2?|pass)=(?<secret>[^\s,]+)/d,
  },
  {
    ruleId: 'keepalived-password',
    path: /(?:^|\/)(?:keepalived\/.+|[^/]*keepalived[^/]*)\.(?:conf|cfg|inc)$/i,
    line: /^\s*auth_pass\s+"?(?<secret>[^\s"]+)/d,
  },
  {
    ruleId: 'snmp-community',
    path: SNMP,
    line: /^\s*(?:r[ow]community6?\s+|com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+|authcommunity\s+[a-z,]+\s+|(?:trap|trap2|inform)sink\s+\S+\s+|trapcommunity\s+)"?(?!(?:public|private)\b)(?<secret>[^\s"]+)/d,
  },
  {
    ruleId: 'snmp-user-password',
    path: SNMP,
    line: /(?<=^\s*createUser\s[^\r\n]{0,200}?\s(?:(?:MD5|SHA(?:-\d+)?|DES|AES(?:-?\d+)?)\s+(?:-[ml]\s+)?))(?:"(?<secret>[^"]+)"|(?<secret2>[^\s"-]\S*))/dgi,
  },
  {
    ruleId: 'snmp-user-password',
    path: SNMP,
    line: /^\s*def(?:Auth|Priv)?Pass(?:phrase|word)\s+"?(?<secret>[^\s"]+)/di,
  },
  {
    ruleId: 'consul-configuration-token',
    path: /(?:^|\/)(?:consul|nomad)(?:\.d)?\/.*\.(?:hcl|json)$|(?:^|\/)(?:consul|nomad)[^/]*\.(?:hcl|json)$/i,
    line: /(?:^|[\s{,])"?(?:agent(?:_(?:recovery|master))?|master|default|initial_management|replication|config_file_service_registration|dns|token)"?\s*[=:]\s*"(?<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/dgi,
  },
  {
    ruleId: 'asterisk-secret',
    path: /(?:^|\/)asterisk\/(?:sip|iax|pjsip)[^/]*\.conf$/i,
    line: /^\s*register\s*=>?\s*[^:\s;]+:(?<secret>[^@\s:;]+)[@:]/d,
  },
  {
    ruleId: 'jaas-user-password',
    path: /(?:^|\/)[^/]*jaas[^/]*\.(?:conf|config)$/i,
    line: /^\s*user_[\w.-]+\s*=\s*"(?<secret>[^"]+)"/d,
  },
  {
    ruleId: 'monitoring-macro-password',
    path: /(?:^|\/)(?:nagios|icinga|naemon)[^/]*\/(?:.*\/)?resource\.cfg$/i,
    line: /^\$USER\d{1,3}\$\s*=\s*(?=\S*[0-9!#%&*+;?@^~])(?![a-z0-9-]+(?:\.[a-z0-9-]+)+$)(?<secret>[^\s/~:$][^\s/:]{5,})$/d,
  },
  {
    ruleId: 'tls-pre-shared-key',
    path: /(?:^|\/)(?:[^/]*[-_.])?psk(?:s|_?keys?|_?file)?(?:\.(?:txt|conf|secrets?|key))?$|\.psk$/i,
    line: /^(?:[^:\s#]+:)?(?<secret>[0-9A-Fa-f]{32,256})\s*$/d,
  },
  {
    ruleId: 'proxy-server-password',
    path: /(?:^|\/)tinyproxy[^/]*\.conf$/i,
    line: /^\s*(?:BasicAuth\s+\S+\s+|Upstream\s+(?:http|socks[45])\s+[^\s:]+:)(?<secret>[^\s@]+)/di,
  },
  {
    ruleId: 'proxy-server-password',
    path: /(?:^|\/)squid[^/]*(?:\/.*)?\.conf$/i,
    line: /^\s*(?:cache_peer\s.*\slogin=|cachemgr_passwd\s+)(?:(?!PASS)[^\s:]+:)?(?!(?:PASS|PASSTHRU|NEGOTIATE|none|disable)\b)(?<secret>[^\s:]+)/d,
  },
  {
    ruleId: 'turn-server-password',
    path: /(?:^|\/)(?:turnserver|coturn)[^/]*\.conf$/i,
    line: /^\s*(?:user=[^:\s]+:|(?:static-auth-secret|cli-password)=)(?<secret>\S+)/d,
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
    ruleId: 'rancid-device-password',
    path: /(?:^|\/)\.?cloginrc$/i,
    line: /(?<=^\s*add\s+(?:user)?password\s+\S+(?:\s+(?:\{[^}]*\}|[^\s{]\S*))?\s+)(?:\{(?<secret>[^}]+)\}|(?<secret2>[^\s{}]\S*))/dg,
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
]
