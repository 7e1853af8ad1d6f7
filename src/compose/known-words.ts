// Words of a project that are passwords by their variables' names, and those of them that are something else, too. Knows no commands.
import { isSecret, isTellingValue } from './secret-names.js'
import type { ComposeProject } from './types.js'
import { valuesOf } from './value-index.js'

/** true where the same word is a service or a variable of the project, too, or the value of one that says no secret (a user "root", a database). */
export function isAlsoNoSecret(word: string, project: ComposeProject): boolean {
  const values = valuesOf(project)
  return (
    values.hasService(word) ||
    values.withKey(word).length > 0 ||
    values.resolvingTo(word).some(({ key }) => key !== undefined && !isSecret(key, word))
  )
}

/** Users, programs and kinds of login, which stand in commands as such, too. */
const COMMON =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|rabbitmq|minio|elastic|grafana|keycloak|admin(?:istrator)?|guest|users?|tests?|example|default|password|secret|token)$/i
/** Shorter ones are words of commands by chance. */
const SHORTEST = 5
const found = new WeakMap<ComposeProject, ReadonlySet<string>>()

/** Passwords that nothing but their variables tells from other words, and that are nothing else; made once for each project. */
export function knownWords(project: ComposeProject): ReadonlySet<string> {
  const known = found.get(project)
  if (known !== undefined) return known
  const values = project.values.flatMap(({ key, resolved }) =>
    key !== undefined && resolved.length >= SHORTEST && !/\s/.test(resolved) && isSecret(key, resolved)
      ? [resolved]
      : [],
  )
  const words = new Set(
    values.filter((value) => !isTellingValue(value) && !COMMON.test(value) && !isAlsoNoSecret(value, project)),
  )
  found.set(project, words)
  return words
}
