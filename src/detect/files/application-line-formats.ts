// The rows of LINE_FORMATS for telephony, chat, storage, clouds and other programs that people run on machines of their own.
import { directive, directiveWithin } from './directive.js'
import type { LineFormat } from './line-formats.js'

const OPENSTACK =
  'nova|neutron|keystone|glance|cinder|heat|ceilometer|aodh|barbican|designate|ironic|magnum|manila|octavia|placement|sahara|senlin|swift|trove|watcher|zun|gnocchi|masakari|mistral|murano|panko|congress|cloudkitty|blazar'

export const APPLICATION_LINE_FORMATS: readonly LineFormat[] = [
  {
    ruleId: 'telephony-server-password',
    path: /(?:^|\/)(?:kamctlrc|opensipsctlrc|openserctlrc|osipsconsole[^/]*|opensips-cli\.cfg)$/i,
    line: directive('DB(?:RW|RO|ROOT|ACCESS_)?PW|DBROOTPASS|database_admin_password'),
  },
  {
    ruleId: 'telephony-server-password',
    path: /(?:^|\/)(?:kamailio|opensips)[^/]*(?:\/.+)?\.(?:cfg|conf|inc)$/i,
    line: /^(?!\s*(?:#(?![!a-z])|\/\/)).*?\b(?:mysql|postgres|unixodbc|oracle|redis|mongodb):\/\/[^\s:@/"']{1,64}:(?<secret>[^\s@"'/]{3,128})@/d,
  },
  {
    ruleId: 'puppet-hiera-secret',
    path: /(?:^|\/)(?:hieradata\/.+|puppet(?:labs)?\/(?:.+\/)?data\/.+|environments\/[^/]+\/(?:hiera)?data\/.+)\.(?:ya?ml|eyaml)$/i,
    line: directive(
      String.raw`["']?[\w-]+(?:::[\w-]+)+(?:password|passwd|passphrase|secret|secret_key|token|api_?key)["']?`,
    ),
  },
  {
    ruleId: 'chat-server-password',
    path: /(?:^|\/)prosody[^/]*(?:\/.*)?(?:\.cfg\.lua|\.conf\.lua)$/i,
    line: directiveWithin(String.raw`component_secret|(?:\w+_)?(?:password|secret)`),
  },
  {
    ruleId: 'chat-server-password',
    path: /(?:^|\/)(?:inspircd|unrealircd|ngircd|ircd[^/]*|charybdis|solanum|anope|atheme)(?:\/.*)?[^/]*\.conf$/i,
    line: directive(
      '(?:<\\w+\\s.*?\\s)?(?:Password|MyPassword|PeerPassword|sendpass|recvpass|send_password|accept_password)',
    ),
  },
  {
    ruleId: 'chat-server-password',
    path: /(?:^|\/)(?:homeserver|synapse)[^/]*\.ya?ml$/i,
    line: directive('registration_shared_secret|macaroon_secret_key|form_secret|turn_shared_secret|password'),
  },
  {
    ruleId: 'mqtt-bridge-password',
    path: /(?:^|\/)mosquitto(?:\/.*)?[^/]*\.conf$/i,
    line: directive('remote_password|bridge_password|password|bridge_psk|(?:auth_)?opt_\\w*(?:pass|password)'),
  },
  {
    ruleId: 'storage-service-password',
    path: /(?:^|\/)(?:tgt|iscsi|targetd|lio)\/(?:.*\/)?[^/]+\.conf$|(?:^|\/)(?:targets|iscsid)\.conf$/i,
    line: /^\s*(?:(?:incominguser|outgoinguser)\s+\S+\s+|(?:node|discovery)\.\S+\.password(?:_in)?\s*=\s*)"?(?<secret>[^\s"]+)/d,
  },
  {
    ruleId: 'storage-service-password',
    path: /(?:^|\/)gluster(?:fs|d)?\/(?:.*\/)?[^/]+$/i,
    line: /^\s*option\s+(?:auth\.login\.\S+\.)?password\s+(?<secret>\S+)/d,
  },
  {
    ruleId: 'storage-service-password',
    path: /(?:^|\/)ha\.d\/authkeys$/i,
    line: /^\s*\d{1,3}\s+(?:sha1|md5)\s+(?<secret>\S+)/di,
  },
  {
    ruleId: 'storage-service-password',
    path: /(?:^|\/)pve\/(?:.*\/)?priv\/storage\/[^/]+\.(?:pw|cred)$/i,
    line: directive('password'),
  },
  {
    ruleId: 'virtual-machine-host-password',
    path: /(?:^|\/)libvirt\/(?:qemu|auth)\.conf$/i,
    line: directive('password|vnc_password|spice_password|default_tls_x509_secret_uuid'),
  },
  {
    ruleId: 'openstack-password',
    path: new RegExp(String.raw`(?:^|\/)(?:${OPENSTACK})[^/]*(?:\/.*)?[^/]*\.conf$`, 'i'),
    line: directive(
      '(?:\\w+_)?password|admin_token|metadata_proxy_shared_secret|memcache_secret_key|auth_encryption_key',
    ),
  },
  {
    ruleId: 'openstack-password',
    path: /(?:^|\/)(?:keystonerc|[^/]*openrc)[^/]*$/i,
    line: directive('(?:export\\s+)?(?:OS_PASSWORD|OS_TOKEN|OS_APPLICATION_CREDENTIAL_SECRET)'),
  },
  {
    ruleId: 'openstack-password',
    path: /(?:^|\/)packstack[^/]*\.(?:txt|conf|answers?)$|(?:^|\/)answers?\.txt$/i,
    line: directive('CONFIG_\\w+_(?:PW|PASSWORD|SECRET)'),
  },
  {
    ruleId: 'camera-server-password',
    path: /(?:^|\/)motion(?:\/[^/]+|[^/]*)\.conf$/i,
    line: /^\s*(?:(?:netcam|stream|webcontrol|netcam_high)_?(?:userpass|authentication|highres_userpass)\s+[^\s:]+:|database_password\s+)(?<secret>\S+)/d,
  },
  {
    ruleId: 'artifactory-first-password',
    path: /(?:^|\/)bootstrap\.creds$/i,
    line: /^\s*[^\s@#]+@\S+?=(?<secret>\S+)\s*$/d,
  },
  {
    ruleId: 'buildbot-worker-password',
    path: /(?:^|\/)buildbot\.tac$/i,
    line: /^\s*passwd\s*=\s*(?:u|b)?["'](?<secret>[^"']+)["']/d,
  },
  {
    ruleId: 'ansible-connection-password',
    path: /(?:^|\/)(?:ansible\/hosts|[^/]*(?:inventory|hosts)\.(?:ini|cfg|ya?ml)|[^/]*inventory|inventor(?:y|ies)\/.+|(?:group|host)_vars\/.+)$/i,
    line: /\bansible_(?:ssh_|become_|sudo_|su_|winrm_|httpapi_)?pass(?:word)?\s*[=:]\s*(?!["']?x+["']?\s*$)(?:"(?<secret>[^"]+)"|'(?<secret2>[^']+)'|(?<secret3>[^\s"'#]\S*))/dg,
  },
  {
    ruleId: 'download-program-password',
    path: /(?:^|\/)\.?wgetrc$|(?:^|\/)aria2[^/]*\.conf$|(?:^|\/)(?:youtube-dl|yt-dlp)(?:\/config|\.conf)$/i,
    line: directive(
      '(?:http_|ftp_|proxy_)?password|rpc-secret|(?:http|ftp|all-proxy|http-proxy|https-proxy|ftp-proxy)-passwd|--(?:video-|ap-)?password',
    ),
  },
  {
    ruleId: 'package-upload-password',
    path: /(?:^|\/)\.pause$|(?:^|\/)\.?cabal\/config$/i,
    line: directive('password|token'),
  },
  {
    ruleId: 'kubernetes-static-token',
    path: /(?:^|\/)(?:known_tokens|static[-_]?tokens?|basic_auth|kube[^/]*\/(?:.+\/)?(?:tokens?|auth))\.csv$/i,
    line: /^\s*"?(?<secret>[^\s",#]{6,})"?,[^,]+,[^,]+(?:,|$)/d,
  },
  {
    ruleId: 'k3s-server-token',
    path: /(?:^|\/)rancher\/(?:k3s|rke2)\/config\.yaml(?:\.d\/[^/]+)?$/i,
    line: directive('(?:agent-)?token|datastore-endpoint-password'),
  },
  {
    ruleId: 'wazuh-agent-key',
    path: /(?:^|\/)(?:ossec|wazuh)[^/]*\/(?:.+\/)?client\.keys$/i,
    line: /^\s*\d{1,6}\s+[^\s!#]\S*\s+\S+\s+(?<secret>[0-9a-f]{64})\s*$/d,
  },
  {
    ruleId: 'server-management-password',
    path: /(?:^|\/)\.?(?:freeipmi|ipmi[^/]*)(?:\/[^/]+)?\.conf$/i,
    line: directive('password|k_g'),
  },
  {
    ruleId: 'storage-service-password',
    path: /(?:^|\/)drbd(?:\.d)?(?:\/[^/]+)?\.(?:res|conf)$/i,
    line: directive('shared-secret'),
  },
  {
    ruleId: 'salt-roster-password',
    path: /(?:^|\/)salt\/(?:.*\/)?[^/]*roster[^/]*(?:\/[^/]+)?$/i,
    line: directive('passwd|priv_passwd|sudo_passwd'),
  },
  {
    ruleId: 'news-reader-password',
    path: /(?:^|\/)nzbget[^/]*\.conf$/i,
    line: directive('(?:Control|Restricted|Add|Server\\d{1,2}\\.)Password'),
  },
]
