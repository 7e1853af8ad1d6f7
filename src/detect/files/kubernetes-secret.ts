// Manifests of kind Secret: what stands below `data` (base64) and `stringData` (as it is) is secret whatever its name. Certificates are not.
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { latin1, lines } from './text.js'

const RULE = 'kubernetes-secret-value'

const KIND = /^["']?kind["']?\s*:\s*["']?Secret["']?\s*(?:#.*)?$/m
const MAP = /^["']?(data|stringData)["']?\s*:\s*(?:#.*)?$/
const ENTRY = /^(\s+(["']?)([\w.-]{1,253})\2\s*:\s+["']?)([^\s"'#{}|>]+)["']?\s*(?:#.*)?$/
/** What everybody may see: certificates, addresses, names. */
const PUBLIC =
  /(?:\.crt|\.cert|\.cer|\.pub)$|(?:^|[._-])(?:user(?:name)?|host(?:name)?|port|database|db[_-]?name|region|e?mail|namespace|url|endpoint)$|^type$/i
/** What a template fills in. */
const TEMPLATE = /[{}]|^\$/
const MOST = 65_536

export const kubernetesSecret: FileDetector = {
  ruleIds: [RULE],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path, head) => /\.ya?ml$/i.test(path) && KIND.test(latin1(head)),
  scan(file) {
    const matches: Match[] = []
    let start = 0
    for (const document of latin1(file).split(/^(?=---)/m)) {
      if (KIND.test(document)) matches.push(...secretValues(document, start))
      start += document.length
    }
    return matches
  },
}

/** The values of one document, which begins at `base` of the file. */
function* secretValues(document: string, base: number): Generator<Match> {
  let map: string | undefined
  for (const { text, start } of lines(document)) {
    if (/^[^\s#]/.test(text)) map = MAP.exec(text)?.[1]
    const [, head = '', , key = '', written = ''] = (map === undefined ? null : ENTRY.exec(text)) ?? []
    if (key === '' || PUBLIC.test(key) || TEMPLATE.test(written) || written.length > MOST) continue
    const place = {
      ruleId: RULE,
      start: base + start + head.length,
      end: base + start + head.length + written.length,
      key,
    }
    if (map === 'stringData') yield* passwordMatch({ ...place, value: written, confidence: 'medium' })
    else yield* encoded(place, written)
  }
}

interface Place {
  readonly ruleId: string
  readonly start: number
  readonly end: number
  readonly key: string
}

function encoded(place: Place, written: string): readonly Match[] {
  if (!/^[0-9A-Za-z+/]{8,}={0,2}$/.test(written) || written.length % 4 !== 0) return []
  const value = Buffer.from(written, 'base64').toString('latin1').trimEnd()
  if (/^-----BEGIN (?:CERTIFICATE|PUBLIC KEY)/.test(value) || /^https?:\/\/[^@]*$/.test(value)) return []
  return passwordMatch({ ...place, value, decodedFrom: ['base64'], confidence: 'medium' })
}
