// What every candidate has: why it is one, where it stands, what it is called.
import { relative } from 'node:path'
import { connectionPassword, notificationToken, settingPassword } from '../compose/connection-password.js'
import { isNoSecretValue, isSecretName, loginPassword, namesFile } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { placeOf } from '../compose/value-place.js'
import type { Detected, Detection } from './candidates.js'

/** Why a value is taken for a secret, by what is most telling; undefined: it is not. */
export function reasonFor(value: LocatedValue, detected: Detected): Detection | undefined {
  if (isNoSecretValue(value.resolved) || (value.key !== undefined && namesFile(value.key))) return undefined
  const found = detected(value.file, value.start, value.end)
  if (found?.remedy !== undefined) return found
  if (value.key !== undefined && isSecretName(value.key)) return { title: 'Secret by its name' }
  if (value.key !== undefined && loginPassword(value.key, value.resolved) !== undefined)
    return { title: 'User and password' }
  if (findUrlPassword(value.resolved) !== undefined) return { title: 'Holds a password in a URL' }
  const given =
    connectionPassword(value.resolved) ?? notificationToken(value.resolved) ?? settingPassword(value.resolved)
  return given === undefined ? found : { ...found, title: given }
}

export const becauseOf = ({ title, remedy }: Detection, more = '') => ({
  because: title + more,
  ...(remedy === undefined ? {} : { remedy }),
})
/** What a candidate has by its value alone. */
export function base(project: ComposeProject, value: LocatedValue) {
  const [first] = value.usedBy
  const name = value.section === 'healthcheck' ? value.section : (value.key ?? value.section)
  const owner =
    value.service ?? (value.usedBy.length === 1 ? first : undefined) ?? relative(project.directory, value.file)
  return {
    id: `${owner}.${name}`,
    value,
    variable: name,
    services: value.usedBy,
    shadowed: [],
    place: placeOf(project, value),
  }
}
