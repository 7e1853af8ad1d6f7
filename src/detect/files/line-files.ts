// Files in which a pattern of one line finds the password: one table row a format.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { anyOf, latin1, lines } from './text.js'

interface LineFormat {
  readonly ruleId: string
  readonly path: RegExp
  /** The group `secret` is the value. */
  readonly line: RegExp
}

const FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'ppp-secret',
    path: /(?:^|\/)(?:chap|pap)-secrets$/i,
    line: /^\s*(?:"[^"]*"|[^\s"#]+)\s+(?:"[^"]*"|\S+)\s+"?(?<secret>[^"\s]+)/d,
  },
  {
    ruleId: 'ipsec-secret',
    path: /(?:^|\/)(?:ipsec|[^/]*)\.secrets$/i,
    line: /:\s*(?:PSK|XAUTH|EAP|NTLM)\s+"?(?<secret>[^"\s]+)/d,
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
    line: /\b(?:password|pass|remotepass)\s*[=\s]\s*["']?(?<secret>[^"'\s]+)/di,
  },
  {
    ruleId: 'mutt-password',
    path: /(?:^|\/)\.?(?:muttrc|neomuttrc)$/i,
    line: /^\s*set\s+(?:imap|smtp|pop)_pass\s*=\s*["']?(?<secret>[^"'\s]+)/d,
  },
  { ruleId: 'ssmtp-password', path: /(?:^|\/)ssmtp\.conf$/i, line: /^\s*AuthPass\s*=\s*(?<secret>\S+)/di },
  {
    ruleId: 'cloud-init-password',
    path: /(?:^|\/)(?:user-data|user_data|cloud-config|cloud\.cfg)(?:\.txt|\.ya?ml)?$|(?:^|\/)cloud\.cfg\.d\/.*\.cfg$/i,
    line: /^\s*-?\s*(?:password|passwd|hashed_passwd|plain_text_passwd)\s*:\s*["']?(?<secret>[^"'\s#]+)/d,
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
    path: /(?:^|\/)(?:slapd\.conf|slapd\.d\/.*\.ldif|[^/]*ldap[^/]*\.conf|[^/]*\.ldif)$/i,
    line: /^\s*(?:rootpw|bindpw|rootbinddn_pw|olcRootPW:|userPassword:)\s+(?<secret>[^\s:]\S*)/di,
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
    path: /(?:^|\/)(?:\.irssi\/config|irssi\.conf|\.weechat\/sec\.conf|accounts\.cfg)$/i,
    line: /\b(?:sasl_password|password)\s*=\s*"(?<secret>[^"]+)"/di,
  },
  {
    ruleId: 'irc-client-password',
    path: /(?:^|\/)(?:\.irssi\/config|irssi\.conf)$/i,
    line: /\bautosendcmd\s*=\s*"[^"]*?\bidentify\s+(?<secret>[^\s;"]+)/di,
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
]

const PATHS = anyOf(FORMATS.map((format) => format.path))

export const lineFiles: FileDetector = {
  ruleIds: [...new Set(FORMATS.map((format) => format.ruleId))],
  maxBytes: 1024 * 1024,
  accepts: (path) => PATHS.test(path),
  scan(file, path) {
    const formats = FORMATS.filter((format) => format.path.test(path))
    const matches: Match[] = []
    for (const { text, start } of lines(latin1(file))) {
      // Every format is short lines; a long one is no hand-written configuration.
      if (text.length > 4096) continue
      for (const { ruleId, line } of formats) {
        const place = line.exec(text)?.indices?.groups?.['secret']
        if (place)
          matches.push(
            ...passwordMatch({ ruleId, start: start + place[0], end: start + place[1], value: text.slice(...place) }),
          )
      }
    }
    return matches
  },
}
