// The rows of LINE_FORMATS for networks: lines, tunnels, access points, devices and what watches them.
import { directive } from './directive.js'
import type { LineFormat } from './line-formats.js'

const SNMP = /(?:^|\/)snmp(?:d|trapd)?(?:\.local)?\.conf$/i

export const NETWORK_LINE_FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'ppp-secret',
    path: /(?:^|\/)(?:chap|pap|l2tp)-secrets$/i,
    line: /^\s*(?:"[^"]*"|[^\s"#]+)\s+(?:"[^"]*"|\S+)\s+(?:"(?<secret>[^"]+)"|(?<secret2>[^"\s]+))/d,
  },
  { ruleId: 'ppp-secret', path: /(?:^|\/)ppp\/peers\/[^/]+$/i, line: directive('password') },
  {
    ruleId: 'routing-daemon-password',
    path: /(?:^|\/)(?:quagga|frr|bird)\/[^/]+\.conf$|(?:^|\/)bird[^/]*\.conf$/i,
    line: /^\s*(?:enable\s+)?password\s+(?!8\s)(?:"(?<secret>[^"]+)"|(?<secret2>[^\s";]+))/di,
  },
  {
    ruleId: 'rancid-device-password',
    path: /(?:^|\/)\.?oxidized\/(?:.+\/)?config$/i,
    line: directive('password|enable'),
  },
  {
    ruleId: 'rancid-device-password',
    path: /(?:^|\/)router\.db$/i,
    line: /^[^\s:#][^\s:]*:[a-z]+:[^\s:]*:(?<secret>[^\s:]{4,})/d,
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
    ruleId: 'wpa-supplicant-psk',
    path: /(?:^|\/)wpa_supplicant[^/]*\.conf$/i,
    line: /^\s*(?:#?psk|password|wep_key\d|private_key_passwd)\s*=\s*"?(?<secret>[^"\n]+?)"?\s*$/d,
  },
  {
    ruleId: 'asterisk-secret',
    path: /(?:^|\/)asterisk\/(?:sip|iax|manager|pjsip|users|voicemail|ari|https?|xmpp|res_\w+|cdr_\w+|cel_\w+|func_\w+)[^/]*\.conf$/i,
    line: /^\s*(?:secret|password|md5secret|dbpass|dbsecret)\s*=>?\s*(?<secret>[^\s;]+)/d,
  },
  {
    ruleId: 'haproxy-user-password',
    path: /(?:^|\/)haproxy(?:[^/]*|\/.+)\.(?:cfg|conf)$/i,
    line: /^\s*(?:user\s+\S+\s+(?:insecure-)?password|stats\s+auth\s+[^\s:]+:)\s*(?<secret>\S+)/d,
  },
  {
    ruleId: 'mount-option-password',
    path: /(?:^|\/)(?:fstab(?:\.[\w-]+)?|mtab|auto(?:\.[\w-]+){1,3}|[^/]+\.(?:auto)?mount)$/i,
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
    ruleId: 'asterisk-secret',
    path: /(?:^|\/)asterisk\/(?:sip|iax|pjsip)[^/]*\.conf$/i,
    line: /^\s*register\s*=>?\s*[^:\s;]+:(?<secret>[^@\s:;]+)[@:]/d,
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
    ruleId: 'rancid-device-password',
    path: /(?:^|\/)\.?cloginrc$/i,
    line: /(?<=^\s*add\s+(?:user)?password\s+\S+(?:\s+(?:\{[^}]*\}|[^\s{]\S*))?\s+)(?:\{(?<secret>[^}]+)\}|(?<secret2>[^\s{}]\S*))/dg,
  },
  {
    ruleId: 'davfs2-password',
    path: /(?:^|\/)\.?davfs2\/secrets$/i,
    line: /^\s*(?:"[^"]+"|[^\s#"]\S*)\s+(?:"[^"]*"|\S+)\s+(?:"(?<secret>[^"]+)"|(?<secret2>[^"\s]+))\s*$/d,
  },
  {
    ruleId: 'access-point-passphrase',
    path: /(?:^|\/)hostapd[^/]*\.conf$/i,
    line: /^\s*(?:wpa_passphrase|wpa_psk|wep_key\d|sae_password|private_key_passwd|(?:auth|acct)_server_shared_secret)\s*=\s*"?(?<secret>[^"|\s][^"|]*)/d,
  },
  {
    ruleId: 'access-point-passphrase',
    path: /(?:^|\/)hostapd[^/]*psk[^/]*$/i,
    line: /^\s*(?:\S+=\S+\s+)*(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\s+(?<secret>\S.*?)\s*$/di,
  },
  {
    ruleId: 'netplan-secret',
    path: /(?:^|\/)netplan\/[^/]+\.ya?ml$/i,
    line: /^\s*-?\s*["']?(?:password|psk|client-key-password|key|shared|private)["']?:\s*["']?(?<secret>[^\s"'/{#][^"'#]*?)["']?\s*$/d,
  },
  {
    ruleId: 'ipsec-secret',
    path: /(?:^|\/)swanctl(?:\/.+)?\.conf$/i,
    line: /(?:^|[\s{])secret\d*\s*=\s*(?:"(?<secret>[^"]+)"|(?<secret2>[^"\s{}]+))/d,
  },
  {
    ruleId: 'intrusion-prevention-token',
    path: /(?:^|\/)fail2ban\/.+\.(?:conf|local)$/i,
    line: directive('cftoken|cfpass|(?:\\w+_)?(?:apikey|api_key|token|password|secret)'),
  },
  {
    ruleId: 'monit-password',
    path: /(?:^|\/)\.?monitrc$|(?:^|\/)monit\/.+/i,
    line: /^\s*allow\s+[\w.-]+:(?:"(?<secret>[^"]+)"|(?!\S*:)(?<secret2>[^\s"]+))/di,
  },
  {
    ruleId: 'monit-password',
    path: /(?:^|\/)\.?monitrc$|(?:^|\/)monit\/.+/i,
    line: /^[^#]*\susername\s+\S+\s+password\s+["']?(?<secret>[^\s"']+)/di,
  },
  {
    ruleId: 'munin-plugin-password',
    path: /(?:^|\/)munin\/(?:.+\/)?plugin-conf(?:\.d\/.+)?$/i,
    line: /^\s*env\.\w*(?:pass(?:word|wd)?|secret|token)\s+(?<secret>\S+)|^\s*env\.\S+\s.*--password=(?<secret2>\S+)/di,
  },
  {
    ruleId: 'ups-monitor-password',
    path: /(?:^|\/)upsd\.users$/i,
    line: /^\s*password\s*=\s*"?(?<secret>[^\s"]+)/d,
  },
  {
    ruleId: 'ups-monitor-password',
    path: /(?:^|\/)upsmon\.conf$/i,
    line: /^\s*MONITOR\s+\S+\s+\d+\s+\S+\s+"?(?<secret>[^\s"]+)"?\s+(?:master|slave|primary|secondary)\b/di,
  },
  {
    ruleId: 'amanda-share-password',
    path: /(?:^|\/)\.?amandapass$/i,
    line: /^[^\s#]\S*\s+[^\s%]+%(?<secret>\S+)/d,
  },
  {
    ruleId: 'time-server-key',
    path: /(?:^|\/)(?:[^/]*(?:chrony|ntp)[^/]*\.keys|(?:chrony|ntp(?:sec)?)\/keys)$/i,
    line: /^\s*\d{1,10}\s+(?:(?:M|A|N|MD5|SHA[\w-]*|AES-?\d+(?:-?CMAC)?|RMD160|RIPEMD160)\s+)?(?:ASCII:|HEX:)?(?<secret>\S{4,})/di,
  },
  {
    ruleId: 'rdp-saved-password',
    path: /\.rdp$/i,
    line: /^password 51:b:(?<secret>[0-9a-f]{64,})/di,
  },
]
