// Programs that keep passwords in XML elements or attributes: one table row a format.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { anyOf, latin1 } from './text.js'

interface XmlFormat {
  readonly ruleId: string
  readonly path: RegExp
  /** The group `secret` is the value as written, entities and all. */
  readonly values: RegExp
  /** The value is base64 of the password. */
  readonly base64?: boolean
}

const FORMATS: readonly XmlFormat[] = [
  {
    ruleId: 'filezilla-password',
    path: /(?:^|\/)(?:sitemanager|recentservers|filezilla(?:3)?)\.xml$/i,
    values: /<Pass encoding="base64">(?<secret>[0-9A-Za-z+/=]{2,400})<\/Pass>/dg,
    base64: true,
  },
  {
    ruleId: 'filezilla-password',
    path: /(?:^|\/)(?:sitemanager|recentservers|filezilla(?:3)?)\.xml$/i,
    values:
      /<Pass>(?<secret>[^<\s]{1,200})<\/Pass>|<Setting name="[^"]{0,60}(?:password|Pass)"(?: [^<>]{0,80})?>(?<secret2>[^<\s]{1,200})<\/Setting>/dg,
  },
  {
    ruleId: 'dbeaver-connection-password',
    path: /(?:^|\/)\.?(?:dbeaver-)?data-sources(?:-\d+)?\.xml$/i,
    values: /<connection\b[^<>]{0,4000}?\spassword="(?<secret>[^"]{1,300})"/dg,
  },
  {
    ruleId: 'tomcat-user-password',
    path: /(?:^|\/)(?:tomcat-users|server|context)\.xml$/i,
    values:
      /<!--[\s\S]{0,20000}?-->|<(?:user|Resource|Realm|Connector|Certificate|Environment)\b[^<>]{0,1000}?\s(?:password|connectionPassword|keystorePass|certificateKeystorePassword|truststorePass)="(?<secret>[^"]{1,200})"|<(?:Environment|Parameter)\b(?=[^<>]{0,400}?\sname="[^"]{0,60}(?:password|secret|token|apikey)")[^<>]{0,400}?\svalue="(?<secret2>[^"]{1,200})"|<Server\b[^<>]{0,200}?\sshutdown="(?!SHUTDOWN")(?<secret3>[^"]{4,100})"/dgi,
  },
  {
    ruleId: 'jenkins-credential',
    path: /(?:^|\/)(?:credentials\.xml|config\.xml|hudson[^/]*\.xml|com\.[^/]*\.xml|org\.[^/]*\.xml)$/i,
    values:
      /<(?:password|secret|privateKey|apiToken|passphrase|clientSecret|defaultValue|token|secretText|secretBytes)>\{?(?<secret>AQAAABAAAA[0-9A-Za-z+/=]{20,8000})\}?</dg,
  },
  {
    ruleId: 'hibernate-password',
    path: /(?:^|\/)(?:hibernate\.cfg|persistence|standalone[^/]*|[^/]*-ds|context|beans?|applicationcontext)\.xml$/i,
    values:
      /<property\s+name="(?:hibernate\.|javax\.persistence\.jdbc\.|jakarta\.persistence\.jdbc\.)?(?:connection\.)?password"(?:\s+value="|\s*>\s*)(?<secret>[^"<\s]{1,200})|<password>(?<secret2>[^<\s]{1,200})<\/password>/dgi,
  },
  {
    ruleId: 'jboss-password',
    path: /(?:^|\/)(?:standalone|domain|host)[^/]*\.xml$/i,
    values:
      /<(?:keystore|trust-store|truststore|ssl|credential-reference)\b[^<>]{0,400}?\s(?:keystore-password|clear-text)="(?<secret>[^"$]{1,200})"|\skey-password="(?<secret2>[^"$]{1,200})"|<property name="Password" value="(?<secret3>[^"$]{1,200})"/dgi,
  },
  {
    ruleId: 'jboss-password',
    path: /(?:^|\/)(?:standalone|domain|host)[^/]*\.xml$/i,
    values: /<secret value="(?<secret>[0-9A-Za-z+/]{4,200}={0,2})"/dg,
    base64: true,
  },
  {
    ruleId: 'dotnet-configuration-password',
    path: /(?:^|\/)(?:web|app|machine)(?:\.[a-z]+)?\.config$/i,
    values:
      /<add\s[^<>]{0,200}?key="[^"]{0,60}(?:password|secret|apikey|token)"\s[^<>]{0,100}?value="(?<secret>[^"]{4,300})"|<network\s[^<>]{0,300}?password="(?<secret2>[^"]{1,200})"|(?:decryptionKey|validationKey)="(?<secret3>[0-9A-Fa-f]{32,160})"/dgi,
  },
  {
    ruleId: 'icecast-password',
    path: /(?:^|\/)[^/]*icecast[^/]*(?:\/.+)?\.xml$/i,
    values:
      /<!--[\s\S]{0,20000}?-->|<((?:source-|relay-|admin-|master-)?password)>\s*(?<secret>[^<\s]{1,200})\s*<\/\1>/dgi,
  },
  {
    ruleId: 'clickhouse-configuration-password',
    path: /(?:^|\/)\.?clickhouse[^/]*\/(?:.+\/)?[^/]+\.xml$/i,
    values:
      /<!--[\s\S]{0,20000}?-->|<(password(?:_sha256_hex|_double_sha1_hex)?|secret|access_key_id|secret_access_key)>\s*(?<secret>[^<\s]{1,200})\s*<\/\1>/dgi,
  },
  {
    ruleId: 'guacamole-password',
    path: /(?:^|\/)user-mapping\.xml$/i,
    values:
      /<!--[\s\S]{0,20000}?-->|<authorize\b[^<>]{0,400}?\spassword="(?<secret>[^"]{1,200})"|<param name="(?:password|passphrase|private-key|sftp-password)">(?<secret2>[^<]{1,8000})</dgi,
  },
  {
    ruleId: 'telephony-server-password',
    path: /(?:^|\/)freeswitch\/.+\.xml$/i,
    values:
      /<!--[\s\S]{0,20000}?-->|<param name="(?:a1-hash|(?!vm-)(?:[\w-]{1,40}-)?password)" value="(?<secret>[^"$]{4,200})"|<X-PRE-PROCESS cmd="set" data="[a-z_]{0,40}password=(?<secret2>[^"$]{4,200})"/dgi,
  },
  {
    ruleId: 'sqldeveloper-password',
    path: /(?:^|\/)(?:connections|product-preferences|sqlplus|squirrel[^/]*|SQLAliases23)\.xml$/i,
    values: /(?:<StringRefAddr addrType="password">\s*<Contents>|<password>)(?<secret>[^<\s]{2,400})</dgi,
  },
]

const PATHS = anyOf(FORMATS.map((format) => format.path))

export const xmlFiles: FileDetector = {
  ruleIds: [...new Set(FORMATS.map((format) => format.ruleId))],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path) => PATHS.test(path),
  scan(file, path) {
    const text = latin1(file)
    return FORMATS.filter((format) => format.path.test(path)).flatMap((format) => valuesOf(text, format))
  },
}

function valuesOf(text: string, { ruleId, values, base64 }: XmlFormat): readonly Match[] {
  const matches: Match[] = []
  for (const found of text.matchAll(values)) {
    const groups = found.indices?.groups
    const place = groups?.['secret'] ?? groups?.['secret2'] ?? groups?.['secret3']
    if (!place) continue
    const [start, end] = place
    const written = text.slice(start, end)
    const value = base64 ? Buffer.from(written, 'base64').toString('latin1') : unescapeXml(written)
    const decodedFrom = base64 ? ['base64'] : value === written ? [] : ['xml']
    matches.push(...passwordMatch({ ruleId, start, end, value, decodedFrom }))
  }
  return matches
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeXml(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (all, name: string) => ENTITIES[name] ?? all)
}
