// Registry logins in .npmrc and .yarnrc: tokens, base64 user:password, base64 password. References such as ${NPM_TOKEN} are none.
import type { FileDetector, Match } from '../types.js'
import { basicPassword, fileMatch, isReference } from './match.js'
import { baseName, type IniEntry, iniEntries, latin1, lines } from './text.js'

const TOKEN = 'npmrc-auth-token'
const BASIC = 'npmrc-basic-auth'
const PASSWORD = 'npmrc-password'

export const npmrc: FileDetector = {
  ruleIds: [TOKEN, BASIC, PASSWORD],
  maxBytes: 256 * 1024,
  accepts: (path) => /^\.?npmrc$|^\.yarnrc$/.test(baseName(path)),
  scan(file, path) {
    const matches: Match[] = []
    const entries = baseName(path) === '.yarnrc' ? yarnEntries(latin1(file)) : iniEntries(latin1(file))
    for (const { name, value, start, end } of entries) {
      if (isReference(value)) continue
      const option = name.slice(name.lastIndexOf(':') + 1)
      const found = { start, end, value, key: option }
      if (option === '_authtoken' && value.length >= 8) matches.push(fileMatch({ ...found, ruleId: TOKEN }))
      const login = option === '_auth' ? basicPassword(value) : undefined
      if (login) matches.push(fileMatch({ ...found, ruleId: BASIC, value: login.password, decodedFrom: ['base64'] }))
      if (option === '_password') matches.push(fileMatch({ ...found, ruleId: PASSWORD, ...decodedPassword(value) }))
    }
    return matches
  },
}

function decodedPassword(value: string): { value: string; decodedFrom: readonly string[] } {
  const text = /^[0-9A-Za-z+/]{4,}={0,2}$/.test(value) ? Buffer.from(value, 'base64').toString('latin1') : ''
  return /^[\x20-\x7e]{2,}$/.test(text) ? { value: text, decodedFrom: ['base64'] } : { value, decodedFrom: [] }
}

/** Yarn 1 writes no sign between name and value: "//npm.acme.test/:_authToken" "…". */
function* yarnEntries(text: string): Generator<Omit<IniEntry, 'section'>> {
  for (const line of lines(text)) {
    const [head, name = '', value = ''] = /^\s*"?([^\s"#]+)"?\s+"?([^\s"]+)(?="?\s*$)/.exec(line.text) ?? []
    const end = line.start + (head ?? '').length
    if (head !== undefined) yield { name: name.toLowerCase(), value, start: end - value.length, end }
  }
}
