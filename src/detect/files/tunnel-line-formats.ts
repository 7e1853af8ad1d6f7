// The rows of LINE_FORMATS for tunnels, wireless networks, proxies and what lets users into a network.
import { directive } from './directive.js'
import type { LineFormat } from './line-formats.js'

export const TUNNEL_LINE_FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)vpnc(?:\/[^/]+)?\.conf$/i,
    line: /^\s*(?:IPSec (?:obfuscated )?secret|Xauth (?:obfuscated )?password)\s+(?<secret>\S.*?)\s*$/di,
  },
  { ruleId: 'tunnel-configuration-secret', path: /(?:^|\/)n2n\/[^/]+\.conf$/i, line: /^\s*-k[\s=]\s*(?<secret>\S+)/d },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)(?:openfortivpn\/[^/]+|[^/]*openfortivpn[^/]*\.conf)$/i,
    line: directive('password|pem-passphrase'),
  },
  { ruleId: 'tunnel-configuration-secret', path: /(?:^|\/)vtund[^/]*\.conf$/i, line: directive('passwd|password') },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)frp(?:[cs][^/]*|\/[^/]+)\.(?:ini|toml)$/i,
    line: directive(
      String.raw`(?:auth\.)?token|dashboard_pwd|admin_pwd|webServer\.password|sk|secretKey|http_pwd|httpPassword|plugin_(?:http_)?passwd`,
    ),
  },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)rathole(?:\/[^/]+|[^/]*)\.toml$/i,
    line: directive('default_token|token|local_private_key'),
  },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)hysteria2?\/[^/]+\.ya?ml$/i,
    line: directive('password|auth_str|auth|obfs'),
  },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)torrc(?:[-.][\w.-]+)?$|(?:^|\/)torrc\.d\/[^/]+$/i,
    line: /^\s*HashedControlPassword\s+(?<secret>16:[0-9A-F]{58})\s*$/di,
  },
  {
    ruleId: 'openvpn-password-file',
    path: /(?:^|\/)openvpn\/(?:.+\/)?psw-file$/i,
    line: /^\s*[^\s#;]\S*\s+(?<secret>\S+)\s*$/d,
  },
  {
    ruleId: 'wireless-network-passphrase',
    path: /(?:^|\/)iwd\/[^/]+\.(?:psk|8021x|open)$/i,
    line: /^\s*(?:Passphrase|PreSharedKey|SAE-PT-Group\d+|EAP-(?:[\w-]+-)?(?:Password|ClientKeyPassphrase)|EAP-(?:[\w-]+-)?Phase2-Password)=(?<secret>\S.*?)\s*$/di,
  },
  {
    ruleId: 'wireless-network-passphrase',
    path: /(?:^|\/)connman\/(?:[^/]+\.config|[^/]+\/settings)$/i,
    line: directive(String.raw`(?:.+\.)?(?:Passphrase|PrivateKeyPassphrase|OpenVPN\.AuthPassword)`),
  },
  {
    ruleId: 'wireless-network-passphrase',
    path: /(?:^|\/)netctl\/[^/]+$/i,
    line: /^\s*(?:Key|Password|PskPassphrase)=(?:\\?["'](?:\\?")?(?<secret>[^"'\\]{4,})|(?<secret2>[^\s"'\\]{4,}))/d,
  },
  {
    ruleId: 'wireless-network-passphrase',
    path: /(?:^|\/)wicd\/[^/]+\.conf$/i,
    line: directive('key|passphrase|password|apsk'),
  },
  {
    // `key` may be the number of a key or a file of TLS, `$p$root` is the password of a system user.
    ruleId: 'openwrt-configuration-secret',
    path: /(?:^|\/)etc\/config\/[\w-]+$/i,
    line: /^\s*option\s+(?:key\d?|(?:\w+_)?(?:password|secret|passphrase|passwd)|sae_password|private_?key|preshared_?key|psk)\s+(?:'(?![/$])(?<secret>[^']{5,})'|"(?![/$])(?<secret2>[^"]{5,})"|(?![/$])(?<secret3>[^\s"'#]{5,}))/d,
  },
  {
    ruleId: 'radius-secret',
    path: /(?:^|\/)pam_radius[^/]*\.conf$|(?:^|\/)raddb\/server$|(?:^|\/)(?:radiusclient(?:-ng)?|radcli)\/servers$/i,
    line: /^\s*[\w.[\]:/-]+\s+(?<secret>[^\s#]\S{2,})(?:\s+\d+)?(?:\s+\S+)*\s*$/d,
  },
  { ruleId: 'radius-secret', path: /(?:^|\/)radsecproxy[^/]*\.conf$/i, line: directive('secret') },
  {
    ruleId: 'radius-user-password',
    path: /(?:^|\/)(?:freeradius|raddb|radiusd?)\/(?:.*\/)?(?:users|authorize|users\.[\w-]+)$/i,
    line: /^(?!\s*#).*?\b(?:Cleartext|User|NT|LM|MD5|SHA\d?|SSHA\d*|Crypt)-Password\s*(?::=|==|\+=|=)\s*(?:"(?<secret>[^"]+)"|(?<secret2>[^\s",]+))/di,
  },
  {
    ruleId: 'radius-secret',
    path: /(?:^|\/)(?:freeradius|raddb|radiusd?)\/(?:.*\/)?mods-(?:available|enabled)\/[\w.-]+$/i,
    line: directive('password|private_key_password'),
  },
  {
    ruleId: 'tacacs-secret',
    path: /(?:^|\/)(?:tac_plus|tacacs)[^/]*(?:\/.*)?\.(?:conf|cfg)$/i,
    line: directive(
      String.raw`key|(?:login|pap|chap|enable|opap|arap|ms-chap|global)\s*=?\s+cleartext|(?:password\s+)?(?:login|pap|enable)\s*=\s*clear(?:text)?`,
    ),
  },
  {
    ruleId: 'proxy-server-password',
    path: /(?:^|\/)proxychains[^/]*\.conf$/i,
    line: /^\s*(?:http|socks[45])\s+\S+\s+\d{1,5}\s+\S+\s+(?<secret>\S+)/di,
  },
  {
    ruleId: 'proxy-server-password',
    path: /(?:^|\/)cntlm[^/]*\.(?:conf|ini)$/i,
    line: directive('Password|PassNTLMv2|PassNT|PassLM'),
  },
  {
    ruleId: 'proxy-server-password',
    path: /(?:^|\/)3proxy[^/]*(?:\/[^/]+)?\.cfg$/i,
    line: /(?<=^\s*users\s(?:[^\r\n]*\s)?[^\s:"]+:)(?:CL|CR|NT):(?<secret>[^\s"]+)/dg,
  },
]
