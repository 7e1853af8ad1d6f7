// Users of a kubeconfig: bearer tokens, passwords, client keys (base64 PEM) and OIDC secrets. YAML and JSON forms.
import type { FileDetector, Match } from '../types.js'
import { fileMatch, isReference, passwordMatch } from './match.js'
import { baseName, latin1 } from './text.js'

const TOKEN = 'kubeconfig-token'
const PASSWORD = 'kubeconfig-password'
const CLIENT_KEY = 'kubeconfig-client-key'

const FIELD =
  /(?:^|[\s{,-])["']?(token|password|client-key-data|id-token|refresh-token|access-token|client-secret)["']?\s{0,4}:\s{0,4}(["']?)([^\s"',{}]{1,16000})\2/gm

export const kubeconfig: FileDetector = {
  ruleIds: [TOKEN, PASSWORD, CLIENT_KEY],
  maxBytes: 4 * 1024 * 1024,
  accepts(path, head) {
    if (/(?:^|\/)\.kube\/config$/i.test(path)) return true
    const text = latin1(head)
    if (!/["']?apiVersion["']?\s*:/.test(text)) return false
    return (
      /["']?kind["']?\s*:\s*["']?Config\b/.test(text) ||
      /kubeconfig|^(?:admin|kubelet|scheduler|controller-manager)\.conf$/.test(baseName(path))
    )
  },
  scan(file) {
    const matches: Match[] = []
    for (const found of latin1(file).matchAll(FIELD)) {
      const [all, key = '', quote = '', value = ''] = found
      const end = found.index + all.length - quote.length
      const start = end - value.length
      matches.push(...field(key, value, start, end))
    }
    return matches
  },
}

function field(key: string, value: string, start: number, end: number): readonly Match[] {
  // A template's ${…} ends at its brace for the pattern above.
  if (isReference(value) || value.startsWith('$')) return []
  if (key === 'password') return passwordMatch({ ruleId: PASSWORD, start, end, value, key })
  if (key !== 'client-key-data') return value.length < 8 ? [] : [fileMatch({ ruleId: TOKEN, start, end, value, key })]
  const pem = Buffer.from(value, 'base64')
  if (!pem.toString('latin1').includes('PRIVATE KEY-----')) return []
  return [
    fileMatch({ ruleId: CLIENT_KEY, start, end, value: pem, key, decodedFrom: ['base64'], validity: 'plausible' }),
  ]
}
