// Registry logins in a Docker client configuration (config.json, .dockercfg): base64 user:password and identity tokens.

import { jsonStrings } from '../../support/json-strings.js'
import type { FileDetector, Match } from '../types.js'
import { basicPassword, fileMatch, passwordMatch } from './match.js'
import { baseName, latin1 } from './text.js'

const AUTH = 'docker-config-auth'
const TOKEN = 'docker-config-identity-token'

export const dockerConfig: FileDetector = {
  ruleIds: [AUTH, TOKEN],
  maxBytes: 1024 * 1024,
  accepts(path, head) {
    const base = baseName(path)
    if (base === '.dockercfg' || base === '.dockerconfigjson') return true
    if (/(?:^|\/)\.docker\/config\.json$/i.test(path)) return true
    return (base === 'config.json' || base === 'auth.json') && latin1(head).includes('"auths"')
  },
  scan(file) {
    const matches: Match[] = []
    for (const { path, value, start, end } of jsonStrings(latin1(file))) {
      const name = path.at(-1)
      const registry = path.at(-2)
      const key = registry === undefined ? {} : { key: registry }
      if (name === 'auth') {
        const login = basicPassword(value)
        if (login)
          matches.push(fileMatch({ ruleId: AUTH, start, end, value: login.password, decodedFrom: ['base64'], ...key }))
      } else if (name === 'password') {
        matches.push(...passwordMatch({ ruleId: AUTH, start, end, value, ...key }))
      } else if ((name === 'identitytoken' || name === 'registrytoken') && value.length >= 16) {
        matches.push(fileMatch({ ruleId: TOKEN, start, end, value, ...key }))
      }
    }
    return matches
  },
}
