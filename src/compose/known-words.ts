// What of a project's values is a password by its variable's name, and nothing else by another one. Knows no commands.
import { isSecret, isTellingValue } from './secret-names.js'
import type { ComposeProject } from './types.js'
import { valuesOf } from './value-index.js'

/** true where the value is also something that is no secret, by which the project calls a user, a service or the like ("root"). */
export function isName(secret: string, project: ComposeProject): boolean {
  const values = valuesOf(project)
  return (
    values.hasService(secret) ||
    values.withKey(secret).length > 0 ||
    values.resolvingTo(secret).some(({ key }) => key !== undefined && !isSecret(key, secret))
  )
}

/** Users, programs and kinds of login, which stand in commands as such, too. */
const COMMON =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|rabbitmq|minio|elastic|grafana|keycloak|admin(?:istrator)?|guest|users?|tests?|example|default|password|secret|token)$/i
/** Shorter ones are words of commands by chance. */
const SHORTEST = 5
const found = new WeakMap<ComposeProject, ReadonlySet<string>>()

/** Passwords that are told from other words by nothing but that they are passwords; made once for each project. */
export function knownWords(project: ComposeProject): ReadonlySet<string> {
  const known = found.get(project)
  if (known !== undefined) return known
  const values = project.values.flatMap(({ key, resolved }) =>
    key !== undefined && resolved.length >= SHORTEST && !/\s/.test(resolved) && isSecret(key, resolved)
      ? [resolved]
      : [],
  )
  const words = new Set(
    values.filter((value) => !isTellingValue(value) && !COMMON.test(value) && !isName(value, project)),
  )
  found.set(project, words)
  return words
}
